"""Whether a text is a value of a column's type: what is none would be read as null, without a word."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from partitions.audit.table_content import Column

_BITS = {"tinyint": 8, "smallint": 16, "int": 32, "integer": 32, "bigint": 64}
_INTEGER = re.compile(r"[+-]?[0-9]{1,40}")
# Java's Double.valueOf
_FLOAT = re.compile(r"\s*[+-]?(NaN|Infinity|(([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?[fFdD]?))\s*")
_DECIMAL = re.compile(r"[+-]?(?P<whole>[0-9]*)\.?[0-9]*([eE][+-]?[0-9]+)?")
_DATE = re.compile(r"(?P<year>[0-9]{4})-(?P<month>[0-9]{1,2})-(?P<day>[0-9]{1,2})")
_TIMESTAMP = re.compile(
    r"(?P<date>[0-9]{4}-[0-9]{1,2}-[0-9]{1,2})( (?P<time>[0-9]{1,2}:[0-9]{1,2}:[0-9]{1,2})(\.[0-9]{1,9})?)?"
)
_PRECISION = re.compile(r"decimal\(\s*(?P<precision>[0-9]+)\s*(,\s*(?P<scale>[0-9]+)\s*)?\)")


def value_problem(column: Column, text: str) -> str | None:
    """Say why a text is no value of a column, and what would be right; None where it is one."""
    base = column.base_type
    if base in _BITS:
        return _integer_problem(column, text, _BITS[base])
    if base in ("float", "double"):
        if _FLOAT.fullmatch(text):
            return None
        remedy = {"nan": "write NaN, or nothing", "inf": "write Infinity", "-inf": "write -Infinity"}
        return f"it is no {column.type}: {remedy.get(text.lower(), 'write a number, or nothing')}"
    if base == "decimal":
        return _decimal_problem(column, text)
    if base == "boolean":
        return None if text.lower() in ("true", "false") else "it is no boolean: write true or false"
    if base == "date":
        return None if _is_date(text) else "it is no date: write YYYY-MM-DD"
    if base == "timestamp":
        return None if _is_timestamp(text) else "it is no timestamp: write YYYY-MM-DD hh:mm:ss, without T or an offset"
    return None


def _integer_problem(column: Column, text: str, bits: int) -> str | None:
    if not _INTEGER.fullmatch(text):
        remedy = "round it, or make the column a double" if _FLOAT.fullmatch(text) else "write digits alone, or nothing"
        return f"it is no {column.type}: {remedy}"
    limit = 2 ** (bits - 1)
    if not -limit <= int(text) < limit:
        return f"it is beyond what {column.type} holds ({-limit} to {limit - 1}): make the column a wider type"
    return None


def _decimal_problem(column: Column, text: str) -> str | None:
    match = _DECIMAL.fullmatch(text)
    if not match or not any(character.isdigit() for character in text):
        return f"it is no {column.type}: write a number, or nothing"
    sized = _PRECISION.fullmatch(column.type)
    precision, scale = (int(sized["precision"]), int(sized["scale"] or 0)) if sized else (10, 0)
    if "e" not in text.lower() and len(match["whole"].lstrip("0")) > precision - scale:
        return f"it is beyond what {column.type} holds: make the column a wider type"
    return None


def _is_date(text: str) -> bool:
    match = _DATE.fullmatch(text)
    if not match:
        return False
    try:
        date(int(match["year"]), int(match["month"]), int(match["day"]))
    except ValueError:
        return False
    return True


def _is_timestamp(text: str) -> bool:
    match = _TIMESTAMP.fullmatch(text)
    if not match or not _is_date(match["date"]):
        return False
    try:
        datetime.strptime(match["time"] or "0:0:0", "%H:%M:%S")  # noqa: DTZ007  # a time of day has no timezone
    except ValueError:
        return False
    return True
