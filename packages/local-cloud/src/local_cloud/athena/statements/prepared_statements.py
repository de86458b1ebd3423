"""Prepared statements, which SQL and the API share: ``PREPARE``, ``EXECUTE`` and ``DEALLOCATE PREPARE``.

https://docs.aws.amazon.com/athena/latest/ug/querying-with-prepared-statements.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from moto.athena.models import PreparedStatement, athena_backends

from local_cloud.athena.errors import QueryFailedError
from local_cloud.athena.results.query_result import QueryResult
from local_cloud.athena.statements.hive_text import split_list
from local_cloud.settings import ACCOUNT_ID

if TYPE_CHECKING:
    from local_cloud.athena.statement_context import StatementContext

EXECUTE = re.compile(r'EXECUTE\s+"?(?P<name>\w+)"?(?:\s+USING\s+(?P<values>.*))?', re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class PreparedStatements:
    """The prepared statements of a workgroup, by their names, which are not case-sensitive."""

    region: str
    work_group: str

    def find(self, name: str) -> PreparedStatement | None:
        """Return a statement, or None if it does not exist."""
        found: PreparedStatement | None = self._stored.get((self.work_group, name.lower()))
        return found

    def put(self, name: str, query: str, description: str = "") -> None:
        """Create or replace a statement."""
        made = PreparedStatement(name, self.work_group, query, description)  # type: ignore[arg-type]  # moto stores a name, too
        self._stored[self.work_group, name.lower()] = made

    def delete(self, name: str) -> None:
        """Delete a statement."""
        del self._stored[self.work_group, name.lower()]

    def all(self) -> list[PreparedStatement]:
        """Return the workgroup's statements, sorted by name."""
        return [one for (work_group, _), one in sorted(self._stored.items()) if work_group == self.work_group]

    @property
    def _stored(self) -> dict[Any, PreparedStatement]:
        # moto keeps them by name alone; its own operations on them are replaced.
        found: dict[Any, PreparedStatement] = athena_backends[ACCOUNT_ID][self.region].prepared_statements
        return found


def prepare(match: re.Match[str], context: StatementContext) -> QueryResult:
    """Run ``PREPARE``, which replaces a statement of the same name."""
    _statements(context).put(match["name"].lower(), match["query"].strip())
    return QueryResult(statement_type="DDL")


def deallocate(match: re.Match[str], context: StatementContext) -> QueryResult:
    """Run ``DEALLOCATE PREPARE``."""
    prepared_query(match["name"], context)
    _statements(context).delete(match["name"])
    return QueryResult(statement_type="DDL")


def prepared_query(name: str, context: StatementContext) -> str:
    """Return the query of a prepared statement. Raises QueryFailedError if there is none."""
    found = _statements(context).find(name)
    if found is None:
        raise QueryFailedError(
            "NOT_FOUND", f"PreparedStatement {name.lower()} was not found in workGroup {context.work_group}"
        )
    return found.query_statement


def given_values(text: str | None) -> tuple[str, ...]:
    """Return the values of ``USING``."""
    return tuple(split_list(text)) if text else ()


def _statements(context: StatementContext) -> PreparedStatements:
    return PreparedStatements(context.region, context.work_group)
