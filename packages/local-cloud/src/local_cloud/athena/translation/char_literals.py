"""Comparisons with char columns: their values are padded with spaces, so compared strings must be padded, too.

https://trino.io/docs/current/language/types.html#string
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sqlglot import exp

if TYPE_CHECKING:
    from collections.abc import Iterable

_CHAR = re.compile(r"char\s*\(\s*(\d+)\s*\)")
_COMPARISONS = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.NullSafeEQ, exp.NullSafeNEQ, exp.In, exp.Between)


def pad_char_literals(query: exp.Expr, columns: Iterable[tuple[str, str]]) -> None:
    """Pad the string literals in a query that are compared with char columns.

    Parameters
    ----------
    columns
        The name and Hive type of the columns of all tables in the query. Names with several types are ignored.
    """
    types: dict[str, set[str]] = {}
    for name, hive_type in columns:
        types.setdefault(name, set()).add(hive_type.strip().lower())
    lengths = {
        name: int(match[1])
        for name, found in types.items()
        if len(found) == 1 and (match := _CHAR.fullmatch(next(iter(found))))
    }
    if not lengths:
        return
    for comparison in query.find_all(*_COMPARISONS):
        parts = [part for part in comparison.iter_expressions() if isinstance(part, exp.Column | exp.Literal)]
        found = {lengths.get(part.name.lower(), 0) for part in parts if isinstance(part, exp.Column)}
        length = max(found, default=0)
        for part in parts if length else ():
            if isinstance(part, exp.Literal) and part.is_string:
                part.replace(exp.Literal.string(part.name.rstrip(" ").ljust(length)))
