"""An analyzed expression."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from local_cloud.athena.types.trino_types import Type


@dataclass(slots=True)
class Value:
    """An analyzed expression.

    Attributes
    ----------
    sql
        The expression in DuckDB's SQL.
    text
        The content of a string literal.
    plain
        Whether it is a column or a literal, which may be repeated at no cost.
    """

    sql: str
    type: Type
    text: str | None = None
    plain: bool = False
