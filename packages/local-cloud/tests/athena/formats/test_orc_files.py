"""ORC is read by name or by position, according to the SerDe, with Trino's rules for types."""

from __future__ import annotations

import datetime as dt
import io
import sys
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from pyarrow import orc

from cloud_under_test.lake import PARQUET
from local_cloud.athena.errors import QueryFailedError
from local_cloud.athena.formats.orc_rows import orc_rows_sql

if TYPE_CHECKING:
    from cloud_under_test.lake import Lake

ORC = "org.apache.hadoop.hive.ql.io.orc.OrcSerde"
BY_NAME = {"serialization.format": "1", "orc.column.index.access": "false"}


def orc_of(**columns: Any) -> bytes:
    stream = io.BytesIO()
    orc.write_table(pa.table(columns), stream, compression="zlib")
    return stream.getvalue()


def table(lake: Lake, columns: str, *, keys: str = "", by_name: bool = True) -> None:
    lake.table(columns, keys=keys, serde=ORC, serde_parameters=BY_NAME if by_name else {"serialization.format": "1"})


def test_by_name_columns_are_found_in_any_case_and_order_and_those_that_a_file_lacks_are_null(lake: Lake) -> None:
    table(lake, "a int, b string, c double")
    lake.put("t/1", orc_of(B=["x"], a=pa.array([1], pa.int32())))
    lake.put("t/2", orc_of(c=[2.5], a=pa.array([2], pa.int32()), extra=[1], filename=["own"]))
    lake.put("t/3", orc_of(B=["y"], a=pa.array([3], pa.int32())))
    assert lake.rows("SELECT * FROM t ORDER BY a") == [("1", "x", None), ("2", None, "2.5"), ("3", "y", None)]
    assert lake.rows('SELECT "$path" FROM t WHERE a = 2') == [(lake.uri("t/2"),)]
    assert lake.rows("SELECT count(*) FROM t") == [("3",)]


def test_without_the_serde_s_parameter_columns_are_found_by_position(lake: Lake) -> None:
    table(lake, "a int, b string, c int", by_name=False)
    lake.put("t/1", orc_of(b=pa.array([1], pa.int32()), a=["x"]))
    assert lake.rows("SELECT * FROM t") == [("1", "x", None)]
    lake.put("t/2", orc_of(b=["x"], a=pa.array([1], pa.int32())))
    assert lake.refusal("SELECT * FROM t").endswith(
        "Cannot read SQL type 'integer' from ORC stream '.b' of type STRING"
    )


def test_partition_keys_come_from_the_catalog(lake: Lake) -> None:
    table(lake, "a int", keys="dt string")
    lake.partition("2021-12-15")
    lake.put("t/2021-12-15/1", orc_of(a=pa.array([1], pa.int32()), dt=["of the file"]))
    assert lake.rows("SELECT * FROM t") == [("1", "2021-12-15")]


def test_a_partition_s_own_columns_are_compared_by_name(lake: Lake) -> None:
    table(lake, "a bigint, b string", keys="dt string")
    lake.partition("1", storage=lake.storage("b string, a int", "t/1/", ORC, BY_NAME))
    lake.put("t/1/1", orc_of(b=["x"], a=pa.array([7], pa.int32())))
    assert lake.rows("SELECT a, b FROM t") == [("7", "x")]


@pytest.mark.parametrize(
    ("kind", "array", "text"),
    [
        ("boolean", pa.array([True]), "true"),
        ("tinyint", pa.array([-1], pa.int8()), "-1"),
        ("smallint", pa.array([1], pa.int32()), "1"),
        ("bigint", pa.array([1], pa.int16()), "1"),
        ("double", pa.array([1.5], pa.float32()), "1.5"),
        ("varchar(2)", pa.array(["日本語"]), "日本"),
        ("char(4)", pa.array(["ab"]), "ab  "),
        ("string", pa.array([b"ab"]), "ab"),
        ("binary", pa.array([b"\xff"]), "ff"),
        ("date", pa.array([dt.date(1969, 12, 31)]), "1969-12-31"),
        ("timestamp", pa.array([dt.datetime(1970, 1, 1, 0, 0, 0, 999600)]), "1970-01-01 00:00:01.000"),  # noqa: DTZ001
        ("decimal(12,2)", pa.array([Decimal("1.50")], pa.decimal128(10, 2)), "1.50"),
        ("array<struct<x:int>>", pa.array([[{"X": 1}, None]], pa.list_(pa.struct([("X", pa.int32())]))), "[{x=1}, null]"),
        ("map<string,int>", pa.array([[("k", 1)]], pa.map_(pa.string(), pa.int32())), "{k=1}"),
    ],
)  # fmt: skip
def test_values_are_read_as_the_table_s_types(lake: Lake, kind: str, array: pa.Array, text: str) -> None:
    table(lake, f"a {kind}")
    lake.put("t/1", orc_of(a=array))
    lake.put("t/2", orc_of(a=pa.nulls(1, array.type)))
    assert lake.rows("SELECT * FROM t ORDER BY a IS NULL") == [(text,), (None,)]


@pytest.mark.parametrize(
    ("kind", "array", "stored"),
    [
        ("int", pa.array(["x"]), "STRING"),
        ("int", pa.array([1], pa.int8()), "BYTE"),
        ("tinyint", pa.array([1], pa.int16()), "SHORT"),
        ("string", pa.array([1]), "LONG"),
        ("double", pa.array([True]), "BOOLEAN"),
        ("date", pa.array(["2021-01-01"]), "STRING"),
        ("timestamp", pa.array([dt.datetime(2021, 1, 1)], pa.timestamp("us", "UTC")), "TIMESTAMP_INSTANT"),  # noqa: DTZ001
        ("array<int>", pa.array([["x"]]), "LIST"),
    ],
)
def test_another_type_fails_the_query(lake: Lake, kind: str, array: pa.Array, stored: str) -> None:
    table(lake, f"a {kind}")
    lake.put("t/1", orc_of(a=array))
    reason = lake.refusal("SELECT * FROM t")
    assert reason.startswith(
        "HIVE_CANNOT_OPEN_SPLIT: Error opening Hive split: Malformed ORC file. Cannot read SQL type '"
    )
    assert reason.endswith(f"from ORC stream '.a' of type {stored}")


def test_a_fraction_of_a_second_before_1970_fails_the_query_as_pyarrow_writes_it(lake: Lake) -> None:
    table(lake, "a timestamp")
    lake.put("t/1", orc_of(a=pa.array([dt.datetime(1969, 12, 31, 23, 59, 59)])))  # noqa: DTZ001
    assert lake.rows("SELECT a FROM t") == [("1969-12-31 23:59:59.000",)]
    lake.put("t/2", orc_of(a=pa.array([dt.datetime(1969, 12, 31, 23, 59, 59, 500_000)])))  # noqa: DTZ001
    assert lake.refusal("SELECT a FROM t").startswith("HIVE_BAD_DATA: Malformed ORC file. Nanos field of timestamp")


def test_a_value_beyond_a_narrower_type_fails_the_query(lake: Lake) -> None:
    table(lake, "a smallint")
    lake.put("t/1", orc_of(a=pa.array([2**15], pa.int32())))
    assert "exceeds range of smallint" in lake.refusal("SELECT * FROM t")


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"a,b\n", "HIVE_CANNOT_OPEN_SPLIT: Error opening Hive split: Malformed ORC file."),
        (orc_of(_col0=[1], _col1=["x"]), "HIVE_FILE_MISSING_COLUMN_NAMES: ORC file does not contain column names"),
        (
            orc_of(a=[1], A=["x"]),
            "HIVE_CANNOT_OPEN_SPLIT: Error opening Hive split: Malformed ORC file. Multiple entries",
        ),
    ],
)
def test_files_that_cannot_be_read_fail_the_query(lake: Lake, body: bytes, reason: str) -> None:
    table(lake, "a bigint")
    lake.put("t/1", body)
    assert lake.refusal("SELECT * FROM t").startswith(reason)


def test_a_table_of_another_format_beside_it(lake: Lake) -> None:
    table(lake, "a int")
    lake.put("t/1", orc_of(a=pa.array([1, 2], pa.int32())))
    lake.table("a int, b string", serde=PARQUET, name="p")
    lake.put_parquet("p/1", pa.table({"a": pa.array([2], pa.int32()), "b": ["x"]}))
    assert lake.rows("SELECT t.a, p.b FROM t LEFT JOIN p ON t.a = p.a ORDER BY 1") == [("1", None), ("2", "x")]


def test_without_pyarrow_the_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(QueryFailedError, match="pip install pyarrow"):
        orc_rows_sql(None, [("a", "int")], ["a.orc"], by_name=True)  # type: ignore[arg-type]  # it is not reached
