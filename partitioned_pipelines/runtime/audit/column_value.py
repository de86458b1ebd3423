"""The check of a string against a plain type: engines silently read invalid values as null or as other values.

A string is valid if all engines that may read the table agree on its value. Trino's text readers are the reference, because Athena engine
version 3 is based on Trino; strings that they read differently from Hive's own SerDes are rejected.
"""

from __future__ import annotations

import base64
import binascii
import re
import struct
from datetime import date, time
from decimal import ROUND_HALF_UP, Context, Decimal
from math import isinf
from typing import TYPE_CHECKING

from partitioned_pipelines.lake.tables.hive_type import INTEGER_BITS

if TYPE_CHECKING:
    from partitioned_pipelines.lake.tables.hive_type import HiveType

_INTEGER = re.compile(r"[+-]?[0-9]{1,40}")
# The syntax of Java's Double.parseDouble, without hexadecimal numbers and surrounding spaces.
_FLOAT = re.compile(r"[+-]?(NaN|Infinity|(?P<number>([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?)[fFdD]?)")
# The syntax of Java's BigDecimal.
_DECIMAL = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,9})?")
_DATE = re.compile(r"(?P<year>[0-9]{4})-(?P<month>[0-9]{1,2})-(?P<day>[0-9]{1,2})")
_TIMESTAMP = re.compile(
    r"(?P<date>[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}) (?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{1,2}):(?P<second>[0-9]{1,2})"
    r"(\.(?P<fraction>[0-9]{1,9}))?"
)
_WIDER = "use a wider type for the column"


def value_problem(wanted: HiveType, text: str) -> str | None:
    """Return the reason why a string is not a value of a type, with a correction; None if it is one."""
    kind = wanted.kind
    if "\x00" in text:
        return "it contains the control character '\\x00': remove it"
    if kind in INTEGER_BITS:
        return _integer_problem(wanted, text, INTEGER_BITS[kind])
    if kind in ("float", "double"):
        return _float_problem(wanted, text)
    if kind == "decimal":
        return _decimal_problem(wanted, text)
    if kind == "boolean":
        return None if text.lower() in ("true", "false") else "it is not a boolean: write true or false"
    if kind == "date":
        return None if _is_date(text) else "it is not a date: write YYYY-MM-DD"
    if kind == "timestamp":
        return _timestamp_problem(text)
    if kind in ("varchar", "char") and wanted.sizes:
        return _length_problem(wanted, text)
    if kind == "binary":
        return None if _is_base64(text) else "it is not Base64, the encoding of binary values in text files: encode it"
    return None


def _integer_problem(wanted: HiveType, text: str, bits: int) -> str | None:
    if not _INTEGER.fullmatch(text):
        remedy = "round it, or make the column a double" if _FLOAT.fullmatch(text) else "write digits alone, or nothing"
        return f"it is not {_a(wanted)}: {remedy}"
    limit = 2 ** (bits - 1)
    if not -limit <= int(text) < limit:
        return f"it is outside the range of {wanted} ({-limit} to {limit - 1}): {_WIDER}"
    return None


def _float_problem(wanted: HiveType, text: str) -> str | None:
    match = _FLOAT.fullmatch(text)
    if match is None:
        remedy = {"nan": "write NaN, or nothing", "inf": "write Infinity", "-inf": "write -Infinity"}
        return f"it is not {_a(wanted)}: {remedy.get(text.lower(), 'write a number, or nothing')}"
    if match["number"] and _is_infinite(float(match["number"]), wanted):
        return f"it is outside the range of {wanted}, and would be read as Infinity: {_WIDER}"
    return None


def _is_infinite(value: float, wanted: HiveType) -> bool:
    try:
        struct.pack("<f" if wanted.kind == "float" else "<d", value)
    except OverflowError:
        return True
    return isinf(value)


def _decimal_problem(wanted: HiveType, text: str) -> str | None:
    if not _DECIMAL.fullmatch(text):
        return f"it is not {_a(wanted)}: write a number, or nothing"
    precision, scale = wanted.sizes
    # Engines round to the scale, and then check the number of digits.
    value = Decimal(text)
    whole = precision - scale
    too_large = value != 0 and value.adjusted() > whole  # before rounding, because an exponent may be in the billions
    if not too_large:
        value = rounded(wanted, value)
        too_large = value != 0 and value.adjusted() >= whole
    return f"it is outside the range of {wanted}: {_WIDER}" if too_large else None


def rounded(wanted: HiveType, value: Decimal) -> Decimal:
    """Round a number to the scale of a decimal, half up, as engines do; the decimal must be able to hold the number."""
    precision, scale = wanted.sizes
    if value.adjusted() < -scale - 1:
        return Decimal(0)
    digits = precision + len(value.as_tuple().digits) + 2
    return value.quantize(Decimal(1).scaleb(-scale), ROUND_HALF_UP, Context(prec=digits))


def _is_date(text: str) -> bool:
    match = _DATE.fullmatch(text)
    if not match:
        return False
    try:
        date(int(match["year"]), int(match["month"]), int(match["day"]))
    except ValueError:
        return False
    return True


def _timestamp_problem(text: str) -> str | None:
    if _is_date(text):
        return f"it is a date, not a timestamp: write {text} 00:00:00"
    match = _TIMESTAMP.fullmatch(text)
    if not match or not _is_date(match["date"]) or not _is_time(match):
        return "it is not a timestamp: write YYYY-MM-DD hh:mm:ss, without T or an offset"
    last = (match["date"], *(int(match[part]) for part in ("hour", "minute", "second"))) == ("9999-12-31", 23, 59, 59)
    if last and (match["fraction"] or "").startswith("999") and (match["fraction"] or "")[3:4] >= "5":
        return "it would be rounded to milliseconds, up to the year 10000: write at most three decimal places"
    return None


def _is_time(match: re.Match[str]) -> bool:
    try:
        time(int(match["hour"]), int(match["minute"]), int(match["second"]))
    except ValueError:
        return False
    return True


def _length_problem(wanted: HiveType, text: str) -> str | None:
    length, longest = len(text.rstrip(" ") if wanted.kind == "char" else text), wanted.sizes[0]
    if length <= longest:
        return None
    return f"it has {length} characters, and would be cut to the first {longest}: shorten it, or {_WIDER}"


def _is_base64(text: str) -> bool:
    try:
        base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return False
    return True


def _a(wanted: HiveType) -> str:
    return f"{'an' if wanted.text[0] in 'aeiou' else 'a'} {wanted}"
