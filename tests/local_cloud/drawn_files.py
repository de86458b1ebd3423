"""Values and files that are drawn at random, and what a reader has to make of them."""

from __future__ import annotations

import base64
import datetime as dt
import json
import math
import re
import struct
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Any

import pyarrow as pa
from hypothesis import strategies as st

TYPES = [
    *("tinyint", "smallint", "int", "bigint", "float", "double", "boolean", "date", "timestamp", "string", "binary"),
    *("decimal(5,2)", "decimal(10,2)", "decimal(38,0)", "decimal(38,37)", "varchar(3)", "char(3)"),
]
_ODD = [
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
    st.sampled_from(_ODD),
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
# JSON as it is written.
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


def expected_text(hive_type: str, text: str) -> Any:
    """What a string is, read as a type: without loss, but for the rounding that the type itself asks for."""
    kind = hive_type.partition("(")[0]
    sizes = [int(size) for size in re.findall(r"\d+", hive_type)]
    if kind in ("string", "varchar", "char"):
        return text.ljust(sizes[0])[: sizes[0]].rstrip(" ").ljust(sizes[0]) if kind == "char" else text
    if kind == "binary":
        return base64.b64decode(text, validate=True)
    if text == "":
        return None
    if kind in ("tinyint", "smallint", "int", "bigint"):
        return int(text)
    if kind in ("float", "double"):
        return _rounded_float(float(re.sub("[fFdD]$", "", text)), kind)
    if kind == "decimal":
        return Decimal(text).quantize(Decimal(1).scaleb(-sizes[1]), ROUND_HALF_UP, Context(prec=len(text) + 500))
    if kind == "boolean":
        return {"true": True, "false": False}[text.lower()]
    if kind == "date":
        return dt.date(*map(int, text.split("-")))
    whole, _, fraction = text.partition(".")
    moment = dt.datetime(*map(int, re.split("[- :]", whole)))  # type: ignore[arg-type]  # noqa: DTZ001
    return moment + dt.timedelta(milliseconds=(int(fraction.ljust(9, "0")) + 500_000) // 1_000_000 if fraction else 0)


def expected_value(hive_type: str, value: Any) -> Any:
    """What a value of Arrow's is, read as a type."""
    if value is None:
        return None
    if isinstance(value, bytes) and hive_type != "binary":
        value = value.decode()
    if isinstance(value, str):
        length = int(re.sub(r"\D", "", hive_type) or 0)
        if hive_type == "binary":
            return value.encode()
        # The audit does not look at the values of Parquet: a longer one is cut, as it says.
        return value[:length].ljust(length) if hive_type.startswith("char") else value[: length or None]
    if isinstance(value, dt.datetime):
        microseconds = (value.replace(tzinfo=None) - dt.datetime(1970, 1, 1)) // dt.timedelta(microseconds=1)  # noqa: DTZ001
        return dt.datetime(1970, 1, 1) + dt.timedelta(milliseconds=(microseconds + 500) // 1000)  # noqa: DTZ001
    return _rounded_float(value, hive_type) if isinstance(value, float) else value


def read_cell(hive_type: str, cell: str | None) -> Any:
    """Read a cell of Athena's result."""
    kind = hive_type.partition("(")[0]
    if cell is None or kind in ("string", "varchar", "char"):
        return cell
    if kind == "binary":
        return bytes.fromhex(cell)
    if kind in ("float", "double"):
        return _rounded_float(float(cell.replace("Infinity", "inf")), kind)
    if kind == "date":
        return dt.date.fromisoformat(cell)
    if kind == "timestamp":
        return dt.datetime.fromisoformat(cell)
    if kind == "boolean":
        return cell == "true"
    return Decimal(cell) if kind == "decimal" else int(cell)


def same(one: Any, other: Any) -> bool:
    """Whether two values are the same: NaN is NaN."""
    if isinstance(one, float) and isinstance(other, float) and math.isnan(one):
        return math.isnan(other)
    return bool(one == other)


def _rounded_float(value: float, kind: str) -> float:
    if kind != "float" or not math.isfinite(value):
        return value
    return float(struct.unpack("<f", struct.pack("<f", value))[0])
