"""JSON lines and Parquet are read by the names of their columns."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest

from cloud_under_test.lake import HCATALOG_JSON, OPENX_JSON, PARQUET

if TYPE_CHECKING:
    from cloud_under_test.lake import Lake

SHORT_INTEGERS = pa.schema([("q", pa.int32()), ("r", pa.string()), ("s", pa.int32()), ("t", pa.int64())])


class TestJson:
    def test_keys_are_found_in_any_case_and_order(self, lake: Lake) -> None:
        lake.table("id int, name string, flag boolean", serde=OPENX_JSON)
        lake.put("t/1.json", '{"Name": "x", "ID": 1, "more": 2}\n{"flag": true, "id": 2}\n')
        assert lake.rows("SELECT * FROM t ORDER BY id") == [("1", "x", None), ("2", None, "true")]

    def test_nested_values_have_their_types(self, lake: Lake) -> None:
        lake.table("a array<int>, s struct<x:int,y:string>, m map<string,double>", serde=OPENX_JSON)
        lake.put("t/1.json", '{"a": [1, 2], "s": {"x": 1, "y": "z"}, "m": {"k": 1.5}}\n')
        assert lake.rows("SELECT a[2], s.y, m['k'], a, s FROM t") == [("2", "z", "1.5", "[1, 2]", "{x=1, y=z}")]

    def test_values_of_another_type_are_null_and_lines_that_are_not_objects_rows_of_nulls(self, lake: Lake) -> None:
        lake.table("n int, s string", serde=OPENX_JSON)
        lake.put("t/1.json", '{"n": "x", "s": 5}\n\n1\n{"n": null, "s": null}\n')
        assert sorted(lake.rows("SELECT * FROM t"), key=str) == [(None, "5"), *[(None, None)] * 3]

    def test_a_blank_line_fails_the_query_of_hive_s_serde(self, lake: Lake) -> None:
        lake.table("n int", serde=HCATALOG_JSON)
        lake.put("t/1.json", '{"n": 1}\n\n')
        assert lake.refusal("SELECT * FROM t").startswith("HIVE_CURSOR_ERROR: Row is not a valid JSON Object")
        assert lake.refusal("SELECT count(*) FROM t").startswith("HIVE_CURSOR_ERROR: Row is not a valid JSON Object")

    def test_a_line_that_is_no_object_fails_the_query(self, lake: Lake) -> None:
        lake.table("n int", serde=OPENX_JSON)
        lake.put("t/1.json", '{"n": 1}\n{"n": \n')
        assert lake.refusal("SELECT * FROM t").startswith("HIVE_CURSOR_ERROR: Row is not a valid JSON Object")


class TestParquet:
    def test_columns_are_found_by_name_and_those_that_a_file_lacks_are_null(self, lake: Lake) -> None:
        lake.table("a int, b string, c double", serde=PARQUET)
        lake.put_parquet("t/1", pa.table({"B": ["x"], "a": pa.array([1], pa.int32())}))
        lake.put_parquet("t/2", pa.table({"c": [2.5], "a": pa.array([2], pa.int32()), "extra": [1]}))
        assert lake.rows("SELECT * FROM t ORDER BY a") == [("1", "x", None), ("2", None, "2.5")]

    def test_columns_are_found_by_position_if_the_serde_says_so(self, lake: Lake) -> None:
        lake.table("a int, b string, c int", serde=PARQUET, serde_parameters={"parquet.column.index.access": "true"})
        lake.put_parquet("t/1", pa.table({"b": pa.array([1], pa.int32()), "a": ["x"]}))
        lake.put_parquet("t/2", pa.table({"q": [2], "r": ["y"], "s": [3], "t": [4]}, schema=SHORT_INTEGERS))
        assert lake.rows("SELECT * FROM t ORDER BY a") == [("1", "x", None), ("2", "y", "3")]

    def test_a_narrower_number_is_read_as_the_table_s(self, lake: Lake) -> None:
        lake.table("a bigint, b double", serde=PARQUET)
        lake.put_parquet("t/1", pa.table({"a": pa.array([1], pa.int32()), "b": pa.array([1.5], pa.float32())}))
        assert lake.rows("SELECT * FROM t") == [("1", "1.5")]

    @pytest.mark.parametrize(
        ("kind", "array"), [("int", ["x"]), ("string", [1]), ("date", ["2021-01-01"]), ("double", [True])]
    )
    def test_another_type_fails_the_query(self, lake: Lake, kind: str, array: list[object]) -> None:
        lake.table(f"a {kind}", serde=PARQUET)
        lake.put_parquet("t/1", pa.table({"a": array}))
        reason = lake.refusal("SELECT * FROM t")
        assert reason.startswith("HIVE_BAD_DATA: Field a's type ")
        assert reason.endswith(f"in parquet file is incompatible with type {kind} defined in table schema")

    def test_every_type_comes_through(self, lake: Lake) -> None:
        lake.table(
            "d date, ts timestamp, n decimal(5,2), b boolean, x binary, l array<int>, m map<string,int>", serde=PARQUET
        )
        values = {
            "d": pa.array([dt.date(2021, 12, 15)]),
            "ts": pa.array([dt.datetime(2021, 12, 15, 1, 2, 3, 456000)]),  # noqa: DTZ001 - Hive's timestamps have no zone
            "n": pa.array([Decimal("1.50")], pa.decimal128(5, 2)),
            "b": [False],
            "x": [b"\x00\xff"],
            "l": pa.array([[1, None]], pa.list_(pa.int32())),
            "m": pa.array([[("k", 1)]], pa.map_(pa.string(), pa.int32())),
        }
        lake.put_parquet("t/1", pa.table(values))
        assert lake.rows("SELECT * FROM t") == [
            ("2021-12-15", "2021-12-15 01:02:03.456", "1.50", "false", "00 ff", "[1, null]", "{k=1}")
        ]

    def test_what_is_no_parquet_fails_the_query(self, lake: Lake) -> None:
        lake.table("a int", serde=PARQUET)
        lake.put("t/1", "1,2\n")
        assert lake.run("SELECT * FROM t").state == "FAILED"
