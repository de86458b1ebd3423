"""``PREPARE``, ``EXECUTE`` and ``DEALLOCATE PREPARE``, of the statements that the API's CreatePreparedStatement makes, too.

https://docs.aws.amazon.com/athena/latest/ug/querying-with-prepared-statements.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from moto.athena.models import PreparedStatement, athena_backends

from local_cloud.athena.errors import QueryFailedError
from local_cloud.athena.results.query_result import QueryResult
from local_cloud.athena.statements.hive_text import split_list
from local_cloud.settings import ACCOUNT_ID

if TYPE_CHECKING:
    from local_cloud.athena.statement_context import StatementContext

EXECUTE = re.compile(r"EXECUTE\s+(?P<name>\w+)(?:\s+USING\s+(?P<values>.*))?", re.IGNORECASE | re.DOTALL)


def prepare(match: re.Match[str], context: StatementContext) -> QueryResult:
    """Run ``PREPARE``, which replaces a statement of the same name."""
    name, query = match["name"].lower(), match["query"].strip()
    made = PreparedStatement(name, context.work_group, query, "")  # type: ignore[arg-type]  # moto stores the name, too
    _statements(context)[name] = made
    return QueryResult(statement_type="DDL")


def deallocate(match: re.Match[str], context: StatementContext) -> QueryResult:
    """Run ``DEALLOCATE PREPARE``."""
    prepared_query(match["name"], context)
    del _statements(context)[match["name"].lower()]
    return QueryResult(statement_type="DDL")


def prepared_query(name: str, context: StatementContext) -> str:
    """Return the query of a prepared statement. Raises QueryFailedError if there is none."""
    found = {key.lower(): statement for key, statement in _statements(context).items()}.get(name.lower())
    if found is None or str(found.workgroup) != context.work_group:
        raise QueryFailedError(
            "NOT_FOUND", f"PreparedStatement {name.lower()} was not found in workGroup {context.work_group}"
        )
    return found.query_statement


def given_values(text: str | None) -> tuple[str, ...]:
    """Return the values of ``USING``."""
    return tuple(split_list(text)) if text else ()


def _statements(context: StatementContext) -> dict[str, PreparedStatement]:
    found: dict[str, PreparedStatement] = athena_backends[ACCOUNT_ID][context.region].prepared_statements
    return found
