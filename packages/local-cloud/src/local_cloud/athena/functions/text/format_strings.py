"""``format``: strings in the patterns of Java's Formatter.

https://trino.io/docs/current/functions/conversion.html#format
"""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import TYPE_CHECKING, Any

from local_cloud.athena.functions.conversions import text_of
from local_cloud.athena.functions.implementation import invalid
from local_cloud.athena.functions.numbers.number_texts import java_number
from local_cloud.athena.types.trino_types import INTEGERS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from local_cloud.athena.types.trino_types import Type

_PIECE = re.compile(r"%(?:(\d+)\$)?([-#+ 0,(]*)(\d+)?(?:\.(\d+))?([a-zA-Z%])")
_WIDE = Context(prec=400, rounding=ROUND_HALF_UP)


def formatted(kinds: Sequence[Type]) -> Callable[..., str | None]:
    """Return the function that formats values of some types; the first one is the pattern."""

    def call(pattern: str | None, *values: Any) -> str | None:
        if pattern is None:
            return None
        place = 0

        def piece(match: re.Match[str]) -> str:
            nonlocal place
            letter = match[5]
            if letter == "%":
                return "%"
            if letter == "n":
                return "\n"
            index = int(match[1]) - 1 if match[1] else place
            place += not match[1]
            if index >= len(values):
                raise invalid(f"Format specifier '{match[0]}'")
            return _written(match, values[index], kinds[index + 1])

        return _PIECE.sub(piece, pattern)

    return call


def _written(match: re.Match[str], value: Any, kind: Type) -> str:
    flags, width, places, letter = match[2], int(match[3] or 0), match[4], match[5]
    if value is None:
        text = "null"
    elif letter in "sS":
        text = (
            java_number(value, single=kind.base == "real")
            if kind.is_floating
            else value.isoformat()
            if kind.base in {"date", "timestamp"}
            else text_of(kind)(value)
        )
        text = text[: int(places)] if places else text
    elif letter == "d" and kind.base in INTEGERS:
        text = _signed(f"{value:,}" if "," in flags else str(value), flags)
    elif letter in "xXo" and kind.base in INTEGERS:
        text = format(value & (2**64 - 1 if kind.base == "bigint" else 2**32 - 1), letter)
    elif letter in "feE" and (kind.is_floating or kind.base == "decimal"):
        text = _real(value, letter, int(places or 6), flags)
    elif letter in "bB":
        text = text_of(kind)(value)
    else:
        raise invalid(f"Invalid format string: {match[0]} ({letter} != {kind})")
    if letter in "SBX":
        text = text.upper()
    if "-" in flags:
        return text.ljust(width)
    if "0" in flags and letter not in "sSbB":
        sign = text[:1] if text[:1] in "+-" else ""
        return sign + text[len(sign) :].rjust(width - len(sign), "0")
    return text.rjust(width)


def _real(value: Any, letter: str, places: int, flags: str) -> str:
    if isinstance(value, float) and (value != value or abs(value) == float("inf")):
        return java_number(value)
    number = Decimal(repr(value)) if isinstance(value, float) else value
    if letter in "eE":
        return _signed(f"{float(value):.{places}{letter}}", flags)
    rounded = number.quantize(Decimal(1).scaleb(-places), context=_WIDE)
    return _signed(f"{rounded:,f}" if "," in flags else f"{rounded:f}", flags)


def _signed(text: str, flags: str) -> str:
    if text.startswith("-"):
        return f"({text[1:]})" if "(" in flags else text
    return f"+{text}" if "+" in flags else f" {text}" if " " in flags else text
