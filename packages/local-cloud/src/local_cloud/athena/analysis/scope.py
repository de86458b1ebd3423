"""The columns that names can refer to."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from local_cloud.athena.errors import QueryFailedError
from local_cloud.athena.functions.value import Value

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from local_cloud.athena.sql.tokens import Position
    from local_cloud.athena.types.trino_types import Type

Source = tuple[int, str]


@dataclass(slots=True)
class Field:
    """A column of a relation.

    Attributes
    ----------
    qualifier
        The relation's alias, or the parts of its name.
    origins
        The partition keys that its values are, by scan.
    sources
        The columns of scans that its value depends on.
    hidden
        Whether ``*`` does not select it.
    """

    name: str | None
    type: Type
    sql: str
    qualifier: tuple[str, ...] = ()
    origins: dict[int, str] = field(default_factory=dict)
    sources: frozenset[Source] = frozenset()
    hidden: bool = False


@dataclass(slots=True)
class Relation:
    """An item of FROM, or a query, in DuckDB's SQL."""

    sql: str
    fields: list[Field]


@dataclass(slots=True)
class Aggregation:
    """The groups and aggregates of a query: its keys and aggregates are computed first, expressions over them next.

    Attributes
    ----------
    keys
        The column and type of each key, by its SQL.
    aggregates
        The column of each aggregate, by its SQL.
    sets
        The keys, as in ``GROUPING``.
    """

    alias: str
    keys: dict[str, Value] = field(default_factory=dict)
    aggregates: dict[str, str] = field(default_factory=dict)
    has_expressions: bool = False


@dataclass(slots=True)
class Scope:
    """The columns of a query's FROM, and those of the query around it."""

    fields: Sequence[Field]
    parent: Scope | None = None
    variables: dict[str, Value] = field(default_factory=dict)
    aggregation: Aggregation | None = None


def located(position: Position, name: str, message: str) -> QueryFailedError:
    """Return an error with its position."""
    return QueryFailedError(name, f"line {position[0]}:{position[1]}: {message}")


def matching(fields: Iterable[Field], parts: Sequence[str]) -> list[Field]:
    """Return the fields that a name, qualified or not, refers to."""
    name, qualifier = parts[-1].lower(), tuple(part.lower() for part in parts[:-1])
    return [
        one
        for one in fields
        if one.name is not None
        and one.name.lower() == name
        and (not qualifier or one.qualifier[-len(qualifier) :] == qualifier)
    ]


__all__ = ["Aggregation", "Field", "Relation", "Scope", "Source", "Value", "located", "matching"]
