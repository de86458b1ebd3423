"""Tests of Hive's column types: plain ones for every format, nested ones if the format supports them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from partitioned_pipelines.lake.tables.storage_format import TABLE_FORMATS
from partitioned_pipelines.spec.checks.column_types import column_type_problem

_PLAIN = ["bigint", "binary", "boolean", "date", "double", "float", "int", "smallint", "string", "timestamp", "tinyint"]
_SIZED = ["decimal(1)", "decimal(38,38)", "decimal(10,2)", "varchar(1)", "varchar(65535)", "char(255)"]
_FLAT = [*_PLAIN, *_SIZED]


def _nested(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    names = st.from_regex(r"[a-z_][a-z0-9_]{0,8}", fullmatch=True)
    fields = st.lists(st.tuples(names, inner), min_size=1, max_size=3)
    return st.one_of(
        inner.map(lambda each: f"array<{each}>"),
        st.tuples(st.sampled_from(_FLAT), inner).map(lambda pair: f"map<{pair[0]},{pair[1]}>"),
        fields.map(lambda pairs: f"struct<{','.join(f'{name}:{each}' for name, each in pairs)}>"),
    )


@pytest.mark.parametrize("text", _FLAT)
def test_flat_types_are_for_every_format(text: str) -> None:
    assert [column_type_problem(text, table_format) for table_format in TABLE_FORMATS] == [None] * len(TABLE_FORMATS)


@given(st.recursive(st.sampled_from(_FLAT), _nested, max_leaves=8))
def test_nested_types(text: str) -> None:
    assert column_type_problem(text, "json") is None
    assert (column_type_problem(text, "csv") is None) == ("<" not in text)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        pytest.param("", "use one of bigint", id="empty"),
        pytest.param("INT", "use one of bigint", id="upper-case"),
        pytest.param("integer", "Hive calls it 'int'", id="sql"),
        pytest.param("str", "Hive calls it 'string'", id="python"),
        pytest.param("datetime", "Hive calls it 'timestamp'", id="pandas"),
        pytest.param("int ", "use one of bigint", id="space"),
        pytest.param("int;drop table x", "use one of bigint", id="code"),
        pytest.param("varchar", "varchar(n)", id="no-length"),
        pytest.param("varchar(65536)", "varchar 1 to 65535", id="long-varchar"),
        pytest.param("varchar(0)", "out of range", id="varchar-of-nothing"),
        pytest.param("varchar(1,2)", "out of range", id="varchar-of-two"),
        pytest.param("char(256)", "char takes 1 to 255", id="long-char"),
        pytest.param("decimal(39,2)", "p from 1 to 38", id="precision"),
        pytest.param("decimal(0)", "p from 1 to 38", id="no-precision"),
        pytest.param("decimal(5,6)", "s up to p", id="scale"),
        pytest.param("decimal(10, 2)", "decimal(p,s)", id="space-in-decimal"),
        pytest.param("decimal(٣)", "decimal(p,s)", id="other-digits"),
        pytest.param("array", "use one of bigint", id="array-of-nothing"),
        pytest.param("array<>", "use one of bigint", id="array-of-empty"),
        pytest.param("array<int,int>", "is not array<type>", id="array-of-two"),
        pytest.param("array<number>", "is 'number'", id="array-of-an-unknown"),
        pytest.param("array<int", "use one of bigint", id="open-bracket"),
        pytest.param("map<int>", "is not map<key,value>", id="map-of-one"),
        pytest.param("map<array<int>,int>", "use a plain type", id="map-by-arrays"),
        pytest.param("struct<int>", "whose fields are not name:type", id="field-without-a-name"),
        pytest.param("struct<A:int>", "whose fields are not name:type", id="field-in-upper-case"),
        pytest.param("struct<a:int,>", "whose fields are not name:type", id="comma-at-the-end"),
        pytest.param("struct<a:str>", "Hive calls it 'string'", id="field-of-an-unknown"),
        pytest.param("array<" * 10_000 + "int" + ">" * 10_000, "nested too deeply", id="deep"),
    ],
)
def test_bad(text: str, says: str) -> None:
    assert says in (column_type_problem(text, "json") or "")


@pytest.mark.parametrize("text", ["array<int>", "map<string,int>", "struct<a:int>"])
def test_csv_has_no_nested_types(text: str) -> None:
    kind = text.partition("<")[0]
    assert f"a CSV table has no {kind}s; choose a format that has (JSON, " in (column_type_problem(text, "csv") or "")
