"""Values in files, as Trino reads them: lengths, rounding, Java's numbers, names at every depth."""

from __future__ import annotations

import datetime as dt
import gzip
import zlib
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest

from cloud_under_test.lake import LAZY_SIMPLE, OPENX_JSON, PARQUET

if TYPE_CHECKING:
    from cloud_under_test.lake import Lake


def put(lake: Lake, file_format: str, columns: str, *values: Any) -> None:
    """Write a row in a format."""
    names = [column.split()[0] for column in columns.split(", ")]
    lake.table(columns, serde={"csv": LAZY_SIMPLE, "json": OPENX_JSON, "parquet": PARQUET}[file_format])
    if file_format == "csv":
        lake.put("t/1.csv", ",".join(values) + "\n")
    elif file_format == "json":
        lake.put("t/1.json", "{" + ", ".join(f'"{n}": "{v}"' for n, v in zip(names, values, strict=True)) + "}\n")
    else:
        lake.put_parquet("t/1.parquet", pa.table({name: [value] for name, value in zip(names, values, strict=True)}))


@pytest.mark.parametrize("file_format", ["csv", "json", "parquet"])
class TestLengths:
    def test_a_varchar_is_cut_in_characters_and_a_char_is_padded(self, lake: Lake, file_format: str) -> None:
        put(lake, file_format, "city varchar(5), code char(3), long char(3)", "Zürich-Nord", "B", "日本語日本")
        assert lake.rows("SELECT city, length(city), code, length(code), long FROM t") == [
            ("Züric", "5", "B  ", "3", "日本語")
        ]

    def test_a_char_is_compared_without_its_spaces(self, lake: Lake, file_format: str) -> None:
        put(lake, file_format, "code char(3), n varchar(3)", "B", "B")
        for condition in (
            "code = 'B'",
            "'B ' = t.code",
            "code IN ('A', 'B')",
            "code BETWEEN 'A' AND 'C'",
            "NOT code <> 'B'",
        ):
            assert lake.rows(f"SELECT n FROM t WHERE {condition}") == [("B",)], condition  # noqa: S608 - no input
        assert lake.rows("SELECT n FROM (SELECT * FROM t) WHERE code = 'BB'") == []
        assert lake.rows("SELECT count(*) FROM t WHERE n = 'B '") == [("0",)]


@pytest.mark.parametrize("kind", ["double", "float"])
@pytest.mark.parametrize("file_format", ["csv", "json"])
def test_numbers_are_java_s(lake: Lake, file_format: str, kind: str) -> None:
    put(lake, file_format, f"x {kind}", "0")
    values = {
        "1.5d": "1.5",
        "1e3f": "1000.0",
        ".5": "0.5",
        "5.": "5.0",
        "-Infinity": "-Infinity",
        "NaN": "NaN",
        "+1D": "1.0",
    }
    for text, value in values.items():
        lake.put(f"t/1.{file_format}", text if file_format == "csv" else f'{{"x": "{text}"}}')
        assert lake.rows("SELECT x FROM t") == [(value,)], text
    for text in ("nan", "inf", "1_0", "0x1F", "\u0661", "--1", "1e", "d"):
        lake.put(f"t/1.{file_format}", text if file_format == "csv" else f'{{"x": "{text}"}}')
        assert lake.rows("SELECT x FROM t") == [(None,)], text


@pytest.mark.parametrize("file_format", ["csv", "json"])
def test_a_decimal_is_rounded_and_then_has_to_fit(lake: Lake, file_format: str) -> None:
    columns = ", ".join(f"{name} decimal(5,2)" for name in "abcdefg")
    put(lake, file_format, columns, "999.994", "9.99E+2", "999.995", "1E+3", "-100000E-3", "0.0000000001e10", "1e-900")
    assert lake.rows("SELECT * FROM t") == [("999.99", "999.00", None, None, "-100.00", "1.00", "0.00")]


@pytest.mark.parametrize("file_format", ["csv", "json"])
@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2024-01-02", None),
        ("2024-01-02 03:04", None),
        ("2024-1-2 3:4:5", "2024-01-02 03:04:05.000"),
        ("2024-01-02 03:04:05.1234", "2024-01-02 03:04:05.123"),
        ("2024-01-02 23:59:59.9995", "2024-01-03 00:00:00.000"),
        ("2024-01-02 23:59:59.999499999", "2024-01-02 23:59:59.999"),
        ("1969-12-31 23:59:59.9996", "1970-01-01 00:00:00.000"),
        ("0001-01-01 00:00:00", "0001-01-01 00:00:00.000"),
    ],
)
def test_a_timestamp_of_text(lake: Lake, file_format: str, text: str, value: str | None) -> None:
    put(lake, file_format, "at timestamp", text)
    assert lake.rows("SELECT at FROM t") == [(value,)]


@pytest.mark.parametrize("unit", ["ms", "us", "ns"])
def test_a_timestamp_of_parquet_is_rounded_to_milliseconds(lake: Lake, unit: str) -> None:
    moment = dt.datetime(2024, 5, 31, 23, 59, 59, 123000)  # noqa: DTZ001  # Hive's timestamps have no timezone
    moments: list[Any] = [moment]
    if unit != "ms":
        moments += [moment.replace(microsecond=999600), dt.datetime(1969, 12, 31, 23, 59, 59, 999600)]  # noqa: DTZ001
    lake.table("at timestamp", serde=PARQUET)
    lake.put_parquet("t/1", pa.table({"at": pa.array(moments, pa.timestamp(unit))}))
    assert lake.rows("SELECT at FROM t WHERE at = timestamp '2024-05-31 23:59:59.123'") == [
        ("2024-05-31 23:59:59.123",)
    ]
    rounded = [("1970-01-01 00:00:00.000",), ("2024-05-31 23:59:59.123",), ("2024-06-01 00:00:00.000",)]
    assert lake.rows("SELECT at FROM t ORDER BY at") == (rounded if unit != "ms" else rounded[1:2])


class TestJson:
    COLUMNS = (
        "id bigint, customer struct<id:bigint,firstname:string,age:int>, items array<struct<sku:string,qty:int>>, "
        "m map<string,struct<a:int>>"
    )

    def test_names_are_found_in_any_case_at_every_depth(self, lake: Lake) -> None:
        lake.table(self.COLUMNS, serde=OPENX_JSON)
        lake.put(
            "t/1.json",
            '{"ID":2,"customer":{"id":8,"firstName":"Bo","age":30},"Items":[{"SKU":"x","Qty":2},null],"m":{"K":{"A":1}}}\n',
        )
        assert lake.rows("SELECT customer.firstname, customer, items, m FROM t") == [
            ("Bo", "{id=8, firstname=Bo, age=30}", "[{sku=x, qty=2}, null]", "{K={a=1}}")
        ]

    def test_values_of_another_type_are_null_where_they_are(self, lake: Lake) -> None:
        lake.table("id int, customer struct<age:int,name:string>, sizes array<int>", serde=OPENX_JSON)
        lake.put("t/1.json", '{"id":1,"customer":{"age":"n/a","name":"x"},"sizes":["x",3000000000,7]}\n')
        assert lake.rows("SELECT * FROM t") == [("1", "{age=null, name=x}", "[null, null, 7]")]

    @pytest.mark.parametrize("line", ['{"id":1,"ID":2}', '{"s":{"a":1,"A":2}}', '{"s":{"a":1,"a":2}}'])
    def test_a_key_that_comes_twice_fails_the_query(self, lake: Lake, line: str) -> None:
        lake.table("id int, s struct<a:int>", serde=OPENX_JSON)
        lake.put("t/1.json", f"{line}\n")
        reason = lake.refusal("SELECT * FROM t")
        assert reason.startswith("HIVE_CURSOR_ERROR: Row is not a valid JSON Object - JSONException: Duplicate key")

    @pytest.mark.parametrize(("kind", "value"), [("int", "[1]"), ("struct<a:int>", "1"), ("map<string,int>", "[1]")])
    def test_a_value_of_another_shape_fails_the_query(self, lake: Lake, kind: str, value: str) -> None:
        lake.table(f"v {kind}", serde=OPENX_JSON)
        lake.put("t/1.json", f'{{"v": {value}}}\n')
        assert lake.refusal("SELECT * FROM t").startswith("HIVE_CURSOR_ERROR: ")

    def test_many_levels(self, lake: Lake) -> None:
        kind, value = "int", "1"
        for level in range(12):
            kind, value = (f"array<{kind}>", f"[{value}]") if level % 2 else (f"struct<a:{kind}>", f'{{"A":{value}}}')
        lake.table(f"v {kind}", serde=OPENX_JSON)
        lake.put("t/1.json", f'{{"v": {value}}}\n')
        assert lake.rows("SELECT v FROM t") == [("[{a=" * 6 + "1" + "}]" * 6,)]


class TestParquet:
    @pytest.mark.parametrize(
        ("kind", "array"),
        [
            ("struct<team:string,cost:double>", [{"team": "a", "cost": "1,5"}]),
            ("struct<team:string,cost:double>", [{"team": "a", "cost": 3}]),
            ("array<struct<a:int>>", [["x"]]),
            ("map<string,int>", pa.array([[("k", "x")]], pa.map_(pa.string(), pa.string()))),
            ("int", [3000000000]),
            ("double", [1]),
            ("string", [1]),
        ],
    )
    @pytest.mark.parametrize("beside", [False, True])
    def test_a_file_of_another_type_fails_the_query_whichever_lie_beside(
        self, lake: Lake, kind: str, array: Any, beside: bool
    ) -> None:
        lake.table(f"v {kind}", keys="dt string", serde=PARQUET)
        good: dict[str, Any] = {
            "struct<team:string,cost:double>": [{"team": "b", "cost": 1.5}],
            "array<struct<a:int>>": pa.array([[{"a": 1}]], pa.list_(pa.struct([("a", pa.int32())]))),
            "map<string,int>": pa.array([[("k", 1)]], pa.map_(pa.string(), pa.int32())),
            "int": pa.array([1], pa.int32()),
            "double": [1.5],
            "string": ["x"],
        }
        lake.put_parquet("t/1/p", pa.table({"v": array}))
        lake.partition("1")
        if beside:
            lake.put_parquet("t/2/p", pa.table({"v": good[kind]}))
            lake.partition("2")
        assert lake.refusal("SELECT * FROM t").startswith("HIVE_BAD_DATA: Field v's type ")
        if beside:
            assert len(lake.rows("SELECT * FROM t WHERE dt = '2'")) == 1

    def test_fewer_more_and_reordered_fields_are_read_by_the_table_s_names(self, lake: Lake) -> None:
        lake.table("s struct<service:string,n:bigint,z:int>, l array<struct<service:string>>", serde=PARQUET)
        lake.put_parquet("t/1", pa.table({"s": [{"n": 1, "Service": "SNS", "more": 2}], "l": [[{"Service": "SQS"}]]}))
        lake.put_parquet("t/2", pa.table({"s": [{"SERVICE": "S3"}], "L": [[{"service": "a", "x": 1}]]}))
        assert lake.rows("SELECT s FROM t ORDER BY 1") == [
            ("{service=S3, n=null, z=null}",),
            ("{service=SNS, n=1, z=null}",),
        ]
        assert lake.rows("SELECT l FROM t ORDER BY 1") == [("[{service=SQS}]",), ("[{service=a}]",)]

    def test_a_struct_that_is_null_stays_null(self, lake: Lake) -> None:
        lake.table("s struct<a:bigint>, m map<string,bigint>, l array<bigint>", serde=PARQUET)
        kinds = {"s": pa.struct([("A", pa.int64())]), "m": pa.map_(pa.string(), pa.int64()), "l": pa.list_(pa.int64())}
        nulls = {name: pa.array([None], kind) for name, kind in kinds.items()}
        lake.put_parquet("t/1", pa.table(nulls))
        assert lake.rows("SELECT * FROM t") == [(None, None, None)]

    def test_unsigned_integers_are_read_as_signed(self, lake: Lake) -> None:
        lake.table("a bigint, b int, c bigint", serde=PARQUET)
        count = pa.array([4034472678], pa.uint32())
        lake.put_parquet("t/1", pa.table({"a": count, "b": count, "c": pa.array([2**64 - 1], pa.uint64())}))
        assert lake.rows("SELECT * FROM t") == [("-260494618", "-260494618", "-1")]

    def test_a_value_beyond_a_narrow_type_fails_the_query(self, lake: Lake) -> None:
        lake.table("a tinyint", serde=PARQUET)
        lake.put_parquet("t/1", pa.table({"a": pa.array([1, 200], pa.int32())}))
        assert lake.refusal("SELECT a FROM t") == "GENERIC_INTERNAL_ERROR: Value 200 exceeds range of tinyint"

    def test_bytes_without_annotation_are_utf_8(self, lake: Lake) -> None:
        lake.table("a string", serde=PARQUET)
        lake.put_parquet("t/1", pa.table({"a": pa.array(["日本".encode()], pa.binary())}))
        assert lake.rows("SELECT a FROM t") == [("日本",)]


def test_an_empty_compressed_file_has_no_rows(lake: Lake) -> None:
    lake.table("a string, n int")
    lake.put("t/1.csv.gz", gzip.compress(b""))
    assert lake.rows("SELECT * FROM t") == []
    lake.put("t/2.csv.gz", gzip.compress(b"\nx,1\n"))
    assert lake.rows("SELECT * FROM t") == [("", None), ("x", "1")]


@pytest.mark.parametrize("suffix", ["zst", "snappy", "lz4", "lzo", "deflate"])
def test_a_compression_that_is_not_read_fails_the_query_by_the_file_s_name(lake: Lake, suffix: str) -> None:
    lake.table("a string")
    lake.put(f"t/1.csv.{suffix}", zlib.compress(b"x\n"))
    assert lake.refusal("SELECT * FROM t").startswith(
        f"HIVE_CANNOT_OPEN_SPLIT: Error opening Hive split {lake.uri(f't/1.csv.{suffix}')}: "
    )
