"""The values of question marks, given as SQL literals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local_cloud.athena.analysis.walking import parts_of
from local_cloud.athena.errors import InvalidStatementError, QueryFailedError
from local_cloud.athena.sql import tree
from local_cloud.athena.sql.query_parser import parse_expression

if TYPE_CHECKING:
    from collections.abc import Sequence


def parameter_values(query: tree.Query, texts: Sequence[str]) -> list[tree.Expression]:
    """Return the expressions of a query's parameters, which may only consist of literals.

    Raises
    ------
    QueryFailedError
        If one does not, or their number is not that of the question marks.
    """
    expected = _count(query)
    if expected != len(texts):
        raise QueryFailedError(
            "INVALID_PARAMETER_USAGE",
            f"line 1:1: Incorrect number of parameters: expected {expected} but found {len(texts)}",
        )
    return [_value(text) for text in texts]


def _count(node: tree.Node) -> int:
    return isinstance(node, tree.Parameter) + sum(map(_count, parts_of(node)))


def _value(text: str) -> tree.Expression:
    try:
        found = parse_expression(text)
    except InvalidStatementError as error:
        raise QueryFailedError("INVALID_PARAMETER_USAGE", f"{text!r} is not a literal") from error
    if _has_names(found):
        raise QueryFailedError("INVALID_PARAMETER_USAGE", f"{text!r} is not a literal")
    return found


def _has_names(node: tree.Node) -> bool:
    return isinstance(node, tree.Name | tree.Query | tree.Parameter) or any(map(_has_names, parts_of(node)))
