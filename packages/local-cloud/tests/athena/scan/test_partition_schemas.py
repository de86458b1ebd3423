"""Partitions whose columns differ from their table's.

https://docs.aws.amazon.com/athena/latest/ug/updates-and-partitions.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pytest

from cloud_under_test.lake import OPENX_JSON, PARQUET
from local_cloud.athena.scan.partition_schema import can_coerce

if TYPE_CHECKING:
    from cloud_under_test.lake import Lake


@pytest.mark.parametrize(
    ("stored", "wanted"),
    [
        ("string", "bigint"),
        ("string", "tinyint"),
        ("tinyint", "smallint"),
        ("smallint", "bigint"),
        ("int", "bigint"),
        ("integer", "int"),
        ("float", "double"),
        ("int", "string"),
        ("bigint", "varchar(20)"),
        ("decimal(6,0)", "decimal(28,5)"),
        ("decimal(10,2)", "double"),
        ("array<int>", "array<bigint>"),
        ("map<string,int>", "map<string, bigint>"),
        ("struct<a:int,b:string>", "struct<a:bigint>"),
        ("struct<a:int>", "struct<a:int,b:string>"),
        ("decimal", "decimal(10,0)"),
    ],
)
def test_types_that_are_coerced(stored: str, wanted: str) -> None:
    assert can_coerce(stored, wanted)


@pytest.mark.parametrize(
    ("stored", "wanted"),
    [
        ("string", "timestamp"),
        ("string", "double"),
        ("string", "date"),
        ("bigint", "int"),
        ("int", "double"),
        ("bigint", "decimal(28,5)"),
        ("double", "string"),
        ("double", "bigint"),
        ("timestamp", "string"),
        ("boolean", "int"),
        ("char(3)", "string"),
        ("array<string>", "array<double>"),
        ("array<int>", "int"),
        ("struct<service:string,impact:int>", "struct<service:string,region:string,impact:int>"),
    ],
)
def test_types_that_are_not(stored: str, wanted: str) -> None:
    assert not can_coerce(stored, wanted)


def parquet(lake: Lake, columns: str, keys: str = "dt string") -> None:
    lake.table(columns, keys=keys, serde=PARQUET)


def test_a_mismatch_fails_the_queries_that_read_the_column(lake: Lake) -> None:
    parquet(lake, "id int, at timestamp")
    lake.partition("old", storage=lake.storage("id int, at string", "t/old/", PARQUET))
    lake.put_parquet("t/old/1.parquet", pa.table({"id": pa.array([1], pa.int32()), "at": ["2024-01-01 00:00:00"]}))
    expected = (
        "HIVE_PARTITION_SCHEMA_MISMATCH: There is a mismatch between the table and partition schemas. The types are incompatible and cannot be "
        f"coerced. The column 'at' in table '{lake.database}.t' is declared as type 'timestamp', but partition 'dt=old' declared column 'at' "
        "as type 'string'."
    )
    for sql in (
        "SELECT * FROM t",
        "SELECT at FROM t",
        "SELECT count(at) FROM t",
        "SELECT id FROM t WHERE at IS NULL",
        "SELECT id FROM (SELECT * FROM t) ORDER BY at",
    ):
        assert lake.refusal(sql) == expected, sql
    assert lake.rows("SELECT id, dt FROM t") == [("1", "old")]
    assert lake.rows("SELECT count(*) FROM t") == [("1",)]
    assert lake.rows("WITH all_of AS (SELECT * FROM t) SELECT id FROM all_of") == [("1",)]
    assert lake.rows("SELECT * FROM t WHERE dt = 'new'") == []


def test_a_partition_that_is_left_out_does_not_count(lake: Lake) -> None:
    parquet(lake, "at timestamp")
    lake.partition("old", storage=lake.storage("at string", "t/old/", PARQUET))
    lake.put_parquet("t/old/1.parquet", pa.table({"at": ["x"]}))
    lake.partition("new")
    lake.put_parquet("t/new/1.parquet", pa.table({"at": pa.array([0], pa.timestamp("us"))}))
    assert lake.rows("SELECT at FROM t WHERE dt = 'new'") == [("1970-01-01 00:00:00.000",)]
    assert "HIVE_PARTITION_SCHEMA_MISMATCH" in lake.refusal("SELECT at FROM t")


def test_coerced_values(lake: Lake) -> None:
    parquet(lake, "n string, size decimal(28,5), total bigint, code bigint, rate double")
    own = "n int, size decimal(6,0), total int, code string, rate float"
    lake.partition("old", storage=lake.storage(own, "t/old/", PARQUET))
    decimals = pa.array([12, None], pa.decimal128(6, 0))
    lake.put_parquet(
        "t/old/1.parquet",
        pa.table(
            {
                "n": pa.array([7, None], pa.int32()),
                "size": decimals,
                "total": pa.array([5, 6], pa.int32()),
                "code": ["42", "4.2"],
                "rate": pa.array([0.5, 1.5], pa.float32()),
            }
        ),
    )
    assert lake.rows("SELECT n, size, total, code, rate FROM t ORDER BY total") == [
        ("7", "12.00000", "5", "42", "0.5"),
        (None, None, "6", None, "1.5"),
    ]


def test_text_is_compared_and_read_by_position(lake: Lake) -> None:
    lake.table("a int, total double", keys="dt string")
    lake.partition("renamed", storage=lake.storage("a int, price double", "t/renamed/"))
    lake.put("t/renamed/1.csv", "1,2.5\n")
    assert lake.rows("SELECT a, total FROM t") == [("1", "2.5")]
    lake.partition("other", storage=lake.storage("a int, note string, total double", "t/other/"))
    lake.put("t/other/1.csv", "2,x,3.5\n")
    assert (
        "declared as type 'double', but partition 'dt=other' declared column 'note' as type 'string'"
        in lake.refusal("SELECT total FROM t")
    )
    assert lake.rows("SELECT a FROM t ORDER BY a") == [("1",), ("2",)]


def test_json_is_compared_by_position_and_read_by_name(lake: Lake) -> None:
    lake.table("a int, at timestamp", keys="dt string", serde=OPENX_JSON)
    lake.partition("old", storage=lake.storage("a int, at string", "t/old/", OPENX_JSON))
    lake.put("t/old/1.json", '{"at": "x", "a": 1}\n')
    assert lake.rows("SELECT a FROM t") == [("1",)]
    assert "HIVE_PARTITION_SCHEMA_MISMATCH" in lake.refusal("SELECT at FROM t")


def test_parquet_is_compared_by_name(lake: Lake) -> None:
    parquet(lake, "b string, a int")
    lake.partition("old", storage=lake.storage("a int, gone timestamp, b string", "t/old/", PARQUET))
    lake.put_parquet("t/old/1.parquet", pa.table({"a": pa.array([1], pa.int32()), "b": ["x"]}))
    assert lake.rows("SELECT * FROM t") == [("x", "1", "old")]


def test_partitions_of_other_keys_fail_every_query_by_name(lake: Lake) -> None:
    lake.table("a int", keys="year string, month string")
    lake.partition("2024", "03")
    lake.put("t/2024/03/1.csv", "1\n")
    table = lake.glue.get_table(DatabaseName=lake.database, Name="t")["Table"]
    kept = {name: table[name] for name in ("Name", "TableType", "Parameters", "StorageDescriptor")}
    keys = [*table["PartitionKeys"], {"Name": "region", "Type": "string"}]
    lake.glue.update_table(DatabaseName=lake.database, TableInput={**kept, "PartitionKeys": keys})
    for sql in (
        "SELECT a FROM t",
        "SELECT a FROM t WHERE year = '2024'",
        "SHOW PARTITIONS t",
        'SELECT * FROM "t$partitions"',
        "MSCK REPAIR TABLE t",
    ):
        reason = lake.refusal(sql)
        assert reason.startswith(
            "GENERIC_INTERNAL_ERROR: Number of partition values does not match number of filters"
        ), sql
        assert f"{lake.database}.t" in reason
