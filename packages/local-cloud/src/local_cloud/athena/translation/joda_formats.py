"""Joda's patterns of dates, ``yyyy-MM-dd``, as those of strftime."""

from __future__ import annotations

import re

from sqlglot import exp

from local_cloud.athena.errors import QueryFailedError

_PIECE = re.compile(r"'((?:[^']|'')*)'|([A-Za-z])\2*|[^A-Za-z']")
_LETTERS = {
    "yyyy": "%Y", "YYYY": "%Y", "y": "%Y", "yy": "%y", "xxxx": "%G", "ww": "%V", "MMMM": "%B", "MMM": "%b", "MM": "%m", "M": "%-m",
    "dd": "%d", "d": "%-d", "DDD": "%j", "EEEE": "%A", "EEE": "%a", "E": "%a", "e": "%u", "HH": "%H", "H": "%-H", "hh": "%I", "h": "%-I",
    "mm": "%M", "m": "%-M", "ss": "%S", "s": "%-S", "SSS": "%g", "SSSSSS": "%f", "a": "%p", "Z": "%z", "ZZ": "%z", "ZZZ": "%Z", "z": "%Z",
}  # fmt: skip


def strftime_format(pattern: exp.Expr) -> str:
    """Translate a literal pattern.

    Raises
    ------
    QueryFailedError
        If it is no literal, or has letters that strftime has nothing for.
    """
    if not isinstance(pattern, exp.Literal):
        raise QueryFailedError("NOT_SUPPORTED", "the local cloud takes patterns of dates as literals only")
    pieces = []
    for piece in _PIECE.finditer(pattern.name):
        if piece[1] is not None:
            pieces.append((piece[1].replace("''", "'") or "'").replace("%", "%%"))
        elif piece[2] is None:
            pieces.append(piece[0].replace("%", "%%"))
        elif piece[0] in _LETTERS:
            pieces.append(_LETTERS[piece[0]])
        else:
            raise QueryFailedError(
                "INVALID_FUNCTION_ARGUMENT", f"the local cloud does not know {piece[0]!r} in a pattern of dates"
            )
    return "".join(pieces)
