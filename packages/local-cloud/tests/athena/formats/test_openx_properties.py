"""The properties of the OpenX SerDe: https://docs.aws.amazon.com/athena/latest/ug/openx-json-serde.html."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cloud_under_test.lake import OPENX_JSON

if TYPE_CHECKING:
    from cloud_under_test.lake import Lake


def table(lake: Lake, columns: str, lines: str, **parameters: str) -> None:
    given = {name.replace("__", "."): value for name, value in parameters.items()}
    lake.table(columns, serde=OPENX_JSON, serde_parameters=given)
    lake.put("t/1.json", lines)


def test_a_column_is_read_from_the_key_that_is_mapped(lake: Lake) -> None:
    lines = '{"timestamp": 1, "ts": 9, "nested": {"Group": "x"}}\n'
    table(lake, "ts int, nested struct<grp:string>", lines, mapping__ts="TimeStamp", mapping__grp="group")
    assert lake.rows("SELECT ts, nested.grp FROM t") == [("1", "x")]


def test_keys_that_differ_in_case_are_different_if_the_table_says_so(lake: Lake) -> None:
    names = {"mapping__url1": "URL", "mapping__url2": "Url"}
    table(
        lake,
        "url1 string, url2 string, url string",
        '{"URL": "a", "Url": "b", "url": "c"}\n',
        case__insensitive="FALSE",
        **names,
    )
    assert lake.rows("SELECT * FROM t") == [("a", "b", "c")]
    assert lake.rows("SELECT count(*) FROM t") == [("1",)]


def test_without_it_such_keys_are_duplicates(lake: Lake) -> None:
    table(lake, "url string", '{"URL": "a", "Url": "b"}\n')
    assert lake.refusal("SELECT * FROM t").startswith("HIVE_CURSOR_ERROR: Row is not a valid JSON Object")


@pytest.mark.parametrize(("given", "rows"), [({}, [(None, None)]), ({"dots__in__keys": "TRUE"}, [("1", "2")])])
def test_dots_in_keys_become_underscores(lake: Lake, given: dict[str, str], rows: list[tuple[str | None]]) -> None:
    table(lake, "a_b int, s struct<c_d:int>", '{"A.b": 1, "s": {"c.d": 2}}\n', **given)
    assert lake.rows("SELECT a_b, s.c_d FROM t") == rows


def test_a_key_with_an_underscore_comes_before_one_with_a_dot(lake: Lake) -> None:
    table(lake, "a_b int", '{"a.b": 1, "a_b": 2}\n', dots__in__keys="true")
    assert lake.rows("SELECT a_b FROM t") == [("2",)]


def test_malformed_lines_are_rows_of_nulls_if_they_are_ignored(lake: Lake) -> None:
    lines = '{"a": 1}\n{"a": \n{"a": 2}\n'
    table(lake, "a int", lines, ignore__malformed__json="TRUE")
    assert sorted(lake.rows("SELECT a FROM t"), key=str) == [("1",), ("2",), (None,)]
    assert lake.rows("SELECT count(*) FROM t") == [("3",)]


def test_values_of_the_wrong_shape_are_null_if_the_table_says_so(lake: Lake) -> None:
    lines = '{"a": {"x": 1}, "b": 1}\n'
    table(lake, "a int, b int", lines, use__null__for__invalid__data="true")
    assert lake.rows("SELECT a, b FROM t") == [(None, "1")]
