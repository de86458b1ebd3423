"""Joda date patterns, such as ``yyyy-MM-dd``, translated to strftime formats."""

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
    """Return the strftime format of a literal pattern.

    Raises
    ------
    QueryFailedError
        If it is not a literal, or has letters without an equivalent in strftime.
    """
    if not isinstance(pattern, exp.Literal):
        raise QueryFailedError("NOT_SUPPORTED", "the local cloud only supports literal date patterns")
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
                "INVALID_FUNCTION_ARGUMENT", f"the local cloud does not support {piece[0]!r} in date patterns"
            )
    return "".join(pieces)
