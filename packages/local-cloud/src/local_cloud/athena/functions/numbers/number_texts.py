"""Numbers as Java writes and reads them."""

from __future__ import annotations

import math
import re
import struct
from decimal import Decimal

_FLOAT = re.compile(r"[+-]?(?:NaN|Infinity|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?[fFdD]?)")


def parse_double(text: str) -> float | None:
    """Return a number as Java's ``Double.parseDouble`` reads it, or None."""
    stripped = text.strip("".join(map(chr, range(33))))
    if not _FLOAT.fullmatch(stripped):
        return None
    return float(stripped.rstrip("fFdD") if stripped[-1:] in "fFdD" else stripped)


def as_single(value: float) -> float:
    """Return a number rounded to 32 bits."""
    try:
        return float(struct.unpack("f", struct.pack("f", value))[0])
    except OverflowError:
        return math.copysign(math.inf, value)


def shortest(value: float, *, single: bool = False) -> str:
    """Return the fewest digits that identify a number."""
    if not single or not math.isfinite(value):
        return repr(value)
    for digits in range(1, 10):
        text = f"{value:.{digits}g}"
        if as_single(float(text)) == value:
            return text
    return repr(value)


def java_number(value: float, *, single: bool = False) -> str:
    """Return a number as Java's ``Double.toString`` and ``Float.toString`` write it."""
    if (special := _special(value)) is not None:
        return special
    text = shortest(value, single=single)
    if value == 0 or 1e-3 <= abs(value) < 1e7:
        plain = format(Decimal(text), "f")
        return plain if "." in plain else f"{plain}.0"
    return _exponential(Decimal(text))


def scientific(value: float, *, single: bool = False) -> str:
    """Return a number as Trino casts it to varchar: ``1.5E0``."""
    if (special := _special(value)) is not None:
        return special
    if value == 0:
        return "-0E0" if math.copysign(1, value) < 0 else "0E0"
    # a real has six decimal places at most
    number = Decimal(f"{value:.6e}") if single else Decimal(repr(value))
    return _exponential(number)


def _exponential(number: Decimal) -> str:
    sign, digits, exponent = number.as_tuple()
    stripped = "".join(map(str, digits)).rstrip("0") or "0"
    power = len(digits) - 1 + int(exponent)
    return f"{'-' if sign else ''}{stripped[0]}.{stripped[1:] or '0'}E{power}"


def _special(value: float) -> str | None:
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return None
