"""The query of a table's newest partition, as SQL and as a command."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from partitioned_pipelines.lake.shell_words import shown_command

if TYPE_CHECKING:
    from collections.abc import Sequence

    from partitioned_pipelines.operations.lake_state.documents.detail import Column, Detail
    from partitioned_pipelines.operations.lake_state.documents.lake import Table

_PLAIN: Final = re.compile(r"[a-z_][a-z0-9_]*")
_NUMERIC: Final = frozenset({"tinyint", "smallint", "int", "integer", "bigint"})
_DIGITS: Final = re.compile(r"-?[0-9]+")


@dataclass(frozen=True, slots=True)
class Query:
    """A query of a table."""

    sql: str
    command: str


def query_of(table: Table, detail: Detail, options: Sequence[str]) -> Query:
    """Return the query of the newest partition; of any rows if none is there."""
    types = {key.name: key for key in detail.keys}
    newest = detail.newest_keys or {}
    conditions = [f"{_name(key)} = {_literal(types.get(key), value)}" for key, value in newest.items()]
    lines = ["SELECT *", f"FROM {'.'.join(map(_name, table.id.split('.', 1)))}"]
    if conditions:
        lines.append(f"WHERE {' AND '.join(conditions)}")
    lines.append("LIMIT 100")
    return Query("\n".join(lines), shown_command(("pipelines", "query", " ".join(lines), *options)))


def _name(name: str) -> str:
    """Return a name as Athena's SELECT takes it: quoted if it is not plain.

    https://docs.aws.amazon.com/athena/latest/ug/reserved-words.html
    """
    return name if _PLAIN.fullmatch(name) else '"' + name.replace('"', '""') + '"'


def _literal(key: Column | None, value: str) -> str:
    if key is not None and key.type in _NUMERIC and _DIGITS.fullmatch(value):
        return str(int(value))
    quoted = value.replace("'", "''")
    return f"DATE '{quoted}'" if key is not None and key.type == "date" else f"'{quoted}'"
