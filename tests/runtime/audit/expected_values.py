"""The values that a reader must find in a file, and comparison with those that it found."""

from __future__ import annotations

import base64
import datetime as dt
import math
import re
import struct
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Any


def expected_text(hive_type: str, text: str) -> Any:
    """Return the value of a string read as a type: without loss, except for rounding that the type requires."""
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
    """Return an Arrow value read as a type."""
    if value is None:
        return None
    if isinstance(value, bytes) and hive_type != "binary":
        value = value.decode()
    if isinstance(value, str):
        length = int(re.sub(r"\D", "", hive_type) or 0)
        if hive_type == "binary":
            return value.encode()
        # The audit does not check the values of Parquet: a longer one is truncated, as documented.
        return value[:length].ljust(length) if hive_type.startswith("char") else value[: length or None]
    if isinstance(value, dt.datetime):
        microseconds = (value.replace(tzinfo=None) - dt.datetime(1970, 1, 1)) // dt.timedelta(microseconds=1)  # noqa: DTZ001
        return dt.datetime(1970, 1, 1) + dt.timedelta(milliseconds=(microseconds + 500) // 1000)  # noqa: DTZ001
    return _rounded_float(value, hive_type) if isinstance(value, float) else value


def read_cell(hive_type: str, cell: str | None) -> Any:
    """Return the value of a cell in Athena's result."""
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
    """Return whether two values are equal; NaN equals NaN."""
    if isinstance(one, float) and isinstance(other, float) and math.isnan(one):
        return math.isnan(other)
    return bool(one == other)


def _rounded_float(value: float, kind: str) -> float:
    if kind != "float" or not math.isfinite(value):
        return value
    return float(struct.unpack("<f", struct.pack("<f", value))[0])
