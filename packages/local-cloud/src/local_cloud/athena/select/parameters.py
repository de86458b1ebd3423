"""The values of question marks, given as SQL literals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local_cloud.athena.analysis.walking import walk_all
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
    expected = sum(isinstance(node, tree.Parameter) for node in walk_all(query))
    if expected != len(texts):
        raise QueryFailedError(
            "INVALID_PARAMETER_USAGE",
            f"line 1:1: Incorrect number of parameters: expected {expected} but found {len(texts)}",
        )
    return [_value(text) for text in texts]


def _value(text: str) -> tree.Expression:
    try:
        found = parse_expression(text)
    except InvalidStatementError as error:
        raise QueryFailedError("INVALID_PARAMETER_USAGE", f"{text!r} is not a literal") from error
    if any(isinstance(node, tree.Name | tree.Query | tree.Parameter) for node in walk_all(found)):
        raise QueryFailedError("INVALID_PARAMETER_USAGE", f"{text!r} is not a literal")
    return found
