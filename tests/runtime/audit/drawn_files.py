"""Random values and files, and whether the audit passes them."""

from __future__ import annotations

import base64
import datetime as dt
import json
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet
from hypothesis import strategies as st
from pyarrow import orc

from partitioned_pipelines.lake.partitions.key_value import PartitionKey
from partitioned_pipelines.runtime.audit import TableContent, audit_local

if TYPE_CHECKING:
    from pathlib import Path

TYPES = [
    *("tinyint", "smallint", "int", "bigint", "float", "double", "boolean", "date", "timestamp", "string", "binary"),
    *("decimal(5,2)", "decimal(10,2)", "decimal(38,0)", "decimal(38,37)", "varchar(3)", "char(3)"),
]
ODD = [
    *("", "\\N", "0", "-0", "1", "+1", " 1", "1 ", "007", "010", "1_000", "0x1F", "\u0661\u0662", "\uff11", "1L"),
    *("1.0", ".5", "5.", "1e2"),
    *("127", "128", "-129", "32768", "2147483648", "9223372036854775807", "9223372036854775808", "1e20", "1E+3", "1E+38", "1E-7", "1e400"),
    *("999.994", "999.995", "-999.995", "99999999.995", "0.12345678901234567890123", "9" * 38),
    *("1.5d", "1e3f", "NaN", "nan", "inf", "-Infinity"),
    *("true", "FALSE", "yes", "t", "2024-01-02", "2024-1-2", "2024-02-30", "0001-01-01", "2024-01-02 03:04:05"),
    *("2024-01-02 3:4:5.9996", "\u2028"),
    *("2024-01-02T03:04:05", "2024-01-02 03:04", "2024-01-02 24:00:00", "9999-12-31 23:59:59.9999", "1969-12-31 23:59:59.9996"),
    *("Zürich-Nord", "日本語日本", "ab", "abcd ", "e\u0301x", "\U0001f600", "a\x00b", "\ud800", "x\udfff", "YWI=", "YW=", "a\tb", "\x85"),
]  # fmt: skip
TEXTS = st.one_of(
    st.sampled_from(ODD),
    st.text(st.characters(blacklist_characters="\r\n"), max_size=8),
    st.integers(-(2**64), 2**64).map(str),
    st.decimals(allow_nan=False, allow_infinity=False).map(str),
    st.floats().map(repr),
    st.dates().map(str),
    st.datetimes().map(str),
    st.binary(max_size=4).map(lambda content: base64.b64encode(content).decode()),
    st.from_regex(r"[+-]?[0-9]{1,4}(\.[0-9]{0,3})?([eE][+-]?[0-9]{1,2})?[fFdD]?", fullmatch=True),
)
_NUMBERS = st.from_regex(r"-?(0|[1-9][0-9]{0,18})(\.[0-9]{1,20})?([eE][+-]?[0-9]{1,2})?", fullmatch=True)
# JSON values as written.
JSON_VALUES = st.one_of(
    TEXTS.map(json.dumps),
    _NUMBERS,
    st.sampled_from(["null", "true", "false", "[]", "{}", '{"a": 1.50}', '["x"]', '{"a": 1, "A": 2}', "1e20", "-0"]),
)
MOMENTS = st.datetimes(dt.datetime(1700, 1, 1), dt.datetime(2200, 1, 1))  # noqa: DTZ001  # what nanoseconds can hold
ARROW = {
    "bool": (pa.bool_(), st.booleans()),
    "int8": (pa.int8(), st.integers(-128, 127)),
    "int16": (pa.int16(), st.integers(-(2**15), 2**15 - 1)),
    "int32": (pa.int32(), st.one_of(st.integers(-200, 200), st.integers(-(2**31), 2**31 - 1))),
    "int64": (pa.int64(), st.integers(-(2**63), 2**63 - 1)),
    "uint8": (pa.uint8(), st.integers(0, 255)),
    "uint16": (pa.uint16(), st.integers(0, 2**16 - 1)),
    "uint32": (pa.uint32(), st.integers(0, 2**32 - 1)),
    "uint64": (pa.uint64(), st.integers(0, 2**64 - 1)),
    "float": (pa.float32(), st.floats(width=32)),
    "double": (pa.float64(), st.floats()),
    "string": (pa.string(), st.text(max_size=5)),
    "binary": (pa.binary(), st.text(max_size=3).map(str.encode)),
    "date": (pa.date32(), st.dates()),
    "ms": (pa.timestamp("ms"), MOMENTS.map(lambda at: at.replace(microsecond=at.microsecond // 1000 * 1000))),
    "us": (pa.timestamp("us"), MOMENTS),
    "ns": (pa.timestamp("ns"), MOMENTS),
    "utc": (pa.timestamp("us", "UTC"), MOMENTS),
    "decimal(5,2)": (pa.decimal128(5, 2), st.decimals(-999, 999, places=2)),
    "decimal(10,2)": (pa.decimal128(10, 2), st.decimals(-999, 999, places=2)),
    "null": (pa.null(), st.none()),
}  # fmt: skip
# Types that ORC does not have.
NOT_IN_ORC = {"uint8", "uint16", "uint32", "uint64", "null"}


def is_good(folder: Path, table_format: str, hive_type: str, body: bytes) -> bool:
    """Return whether the audit passes a file with a column ``n`` in addition to the drawn one."""
    columns = [{"name": "v", "type": hive_type}, {"name": "n", "type": "int"}]
    file = folder / "audited" / "dt=a" / f"p.{table_format}"
    file.parent.mkdir(parents=True, exist_ok=True)
    for other in file.parent.iterdir():
        other.unlink()
    file.write_bytes(body)
    payload: Any = {"format": table_format, "columns": columns, "partition_keys": [{"name": "dt"}]}
    table = TableContent.from_payload(payload)
    return audit_local(folder / "audited", table, [PartitionKey("dt")]).count == 0


def parquet_of(held: list[Any], kind: pa.DataType, wrapped: str) -> bytes:
    """Return a Parquet file with the values in a column ``V``, and their numbers."""
    stream = pa.BufferOutputStream()
    pyarrow.parquet.write_table(table_of(held, kind, wrapped), stream)
    body: bytes = stream.getvalue().to_pybytes()
    return body


def orc_of(held: list[Any], kind: pa.DataType, wrapped: str, codec: str = "zlib") -> bytes:
    """Return an ORC file with the values in a column ``V``, and their numbers."""
    stream = pa.BufferOutputStream()
    orc.write_table(table_of(held, kind, wrapped), stream, compression=codec)
    body: bytes = stream.getvalue().to_pybytes()
    return body


def as_pyarrow_writes_to_orc(value: Any) -> Any:
    """Return a value without what PyArrow writes incorrectly: a fraction of a second before 1970."""
    return value.replace(microsecond=0) if isinstance(value, dt.datetime) and value.year < 1970 else value


def table_of(held: list[Any], kind: pa.DataType, wrapped: str) -> pa.Table:
    """Return a table with the values in a column ``V``, and their numbers."""
    if wrapped == "array<{}>":
        array = pa.array([[value] for value in held], pa.list_(kind))
    elif wrapped == "struct<f:{}>":
        array = pa.array([{"F": value} for value in held], pa.struct([("F", kind)]))
    else:
        array = pa.array(held, kind)
    return pa.table({"V": array, "n": pa.array(range(len(held)), pa.int32())})
