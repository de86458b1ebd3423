"""Tests that the local Athena reads everything that the audit passes, without error or loss, for every type in every format."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cloud_under_test.lake import LAZY_SIMPLE, OPENX_JSON
from partitioned_pipelines.lake.tables.storage_format import FORMATS
from tests.runtime.audit import drawn_files as drawn
from tests.runtime.audit.expected_values import expected_text, expected_value, read_cell, same

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from cloud_under_test.lake import Lake
    from partitioned_pipelines.lake.tables.storage_format import TableFormat

DRAWN = settings(
    max_examples=3, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
WRAPPED = {
    "{}": "v",
    "array<{}>": "v[1]",
    "struct<f:{}>": "v.f",
    "map<string,{}>": "map_values(v)[1]",
    "array<struct<f:{}>>": "v[1].f",
}
JSON_OF = {
    "{}": "{}",
    "array<{}>": "[{}]",
    "struct<f:{}>": '{{"F": {}}}',
    "map<string,{}>": '{{"k": {}}}',
    "array<struct<f:{}>>": '[{{"f": {}}}]',
}


def read(lake: Lake, expression: str, hive_type: str) -> list[Any]:
    return [read_cell(hive_type, cell) for (cell,) in lake.rows(f"SELECT {expression} FROM t ORDER BY n")]  # noqa: S608 - no input


@pytest.mark.parametrize("hive_type", drawn.TYPES)
@DRAWN
@given(texts=st.lists(drawn.TEXTS, min_size=20, max_size=40))
def test_csv(lake: Lake, tmp_path: Path, hive_type: str, texts: list[str]) -> None:
    rows = [text.encode("utf-8", "surrogatepass") for text in texts]
    good = [
        number
        for number, row in enumerate(rows)
        if drawn.is_good(tmp_path, "csv", hive_type, row + f",{number}\n".encode())
    ]
    create(lake, hive_type, LAZY_SIMPLE)
    lake.put("t/p.csv", b"".join(rows[number] + f",{number}\n".encode() for number in good) or b"\\N,0\n")
    for number, found in zip(good, read(lake, "v", hive_type), strict=False):
        expected = None if texts[number] == "\\N" else expected_text(hive_type, texts[number])
        assert same(found, expected), (texts[number], found)


@pytest.mark.parametrize("hive_type", drawn.TYPES)
@DRAWN
@given(wrapped=st.sampled_from(list(WRAPPED)), values=st.lists(drawn.JSON_VALUES, min_size=20, max_size=40))
def test_json(lake: Lake, tmp_path: Path, hive_type: str, wrapped: str, values: list[str]) -> None:
    rows = [
        f'{{"V": {JSON_OF[wrapped].format(value)}, "n": {number}}}\n'.encode() for number, value in enumerate(values)
    ]
    column = wrapped.format(hive_type)
    good = [number for number, row in enumerate(rows) if drawn.is_good(tmp_path, "json", column, row)]
    create(lake, column, OPENX_JSON)
    lake.put("t/p.json", b"".join(rows[number] for number in good) or b'{"n": 0}\n')
    for number, found in zip(good, read(lake, WRAPPED[wrapped], hive_type), strict=False):
        # A number is written as Java's BigDecimal is.
        value = json.loads(values[number], parse_float=lambda spelling: str(Decimal(spelling)), parse_int=str)
        if isinstance(value, list | dict):
            assert json.loads(found) == json.loads(values[number])
            continue
        text = value if isinstance(value, str) else json.dumps(value)
        expected = None if value is None else expected_text(hive_type, text)
        assert same(found, expected), (values[number], found)


COLUMNAR = {"parquet": drawn.parquet_of, "orc": drawn.orc_of}


@pytest.mark.parametrize(
    ("table_format", "arrow_type"),
    [
        *(("parquet", arrow_type) for arrow_type in drawn.ARROW),
        *(("orc", arrow_type) for arrow_type in drawn.ARROW if arrow_type not in drawn.NOT_IN_ORC),
    ],
)
@settings(DRAWN, max_examples=2)
@given(wrapped=st.sampled_from(["{}", "array<{}>", "struct<f:{}>"]), data=st.data())
def test_columnar(
    lake: Lake, tmp_path: Path, table_format: TableFormat, arrow_type: str, wrapped: str, data: st.DataObject
) -> None:
    kind, values = drawn.ARROW[arrow_type]
    held = data.draw(st.lists(st.none() | values, min_size=1, max_size=20))
    if table_format == "orc":
        held = [drawn.as_pyarrow_writes_to_orc(value) for value in held]
    body = COLUMNAR[table_format](held, kind, wrapped)
    for hive_type in drawn.TYPES:
        column = wrapped.format(hive_type)
        if not drawn.is_good(tmp_path, table_format, column, body):
            continue
        create(lake, column, FORMATS[table_format].serialization_library, FORMATS[table_format].serde_parameters)
        lake.put(f"t/p.{table_format}", body)
        found = read(lake, WRAPPED[wrapped], hive_type)
        expected = [expected_value(hive_type, value) for value in held]
        assert all(map(same, found, expected)), (hive_type, found, expected)


def create(lake: Lake, column: str, serde: str, serde_parameters: Mapping[str, str] | None = None) -> None:
    """Recreate the table; its files are those of the last example."""
    for item in lake.s3.list_objects_v2(Bucket=lake.bucket, Prefix="t/").get("Contents", []):
        lake.s3.delete_object(Bucket=lake.bucket, Key=item["Key"])
    if lake.glue.get_tables(DatabaseName=lake.database)["TableList"]:
        lake.glue.delete_table(DatabaseName=lake.database, Name="t")
    parameters = dict(serde_parameters) if serde_parameters else None
    lake.table(f"v {column}, n int", serde=serde, serde_parameters=parameters)
