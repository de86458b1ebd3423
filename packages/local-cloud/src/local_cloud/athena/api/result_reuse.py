"""Reuse of the result of an earlier execution of the same query, if StartQueryExecution asks for it.

https://docs.aws.amazon.com/athena/latest/ug/reusing-query-results.html
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from local_cloud.athena.statements.reading import SelectStatement
from local_cloud.object_store import NoSuchBucketError, find_object, split_uri

if TYPE_CHECKING:
    from collections.abc import Iterable

    from local_cloud.athena.api.execution import QueryExecution

_DEFAULT_MINUTES = 60


def reusable(execution: QueryExecution, earlier: Iterable[QueryExecution]) -> QueryExecution | None:
    """Return the execution whose result a new one reuses, or None if it has to run.

    Parameters
    ----------
    earlier
        The previous executions, the latest one first.
    """
    asked = execution.request.get("ResultReuseConfiguration", {}).get("ResultReuseByAgeConfiguration", {})
    statement = execution.statement
    if not asked.get("Enabled") or not isinstance(statement, SelectStatement) or not statement.is_deterministic:
        return None
    oldest = time.time() - 60 * asked.get("MaxAgeInMinutes", _DEFAULT_MINUTES)
    wanted = _identity(execution)
    for one in earlier:
        is_same = one.reused is None and one.state == "SUCCEEDED" and _identity(one) == wanted
        if is_same and (one.completed or 0) > oldest and _has_result(one):
            return one
    return None


def _identity(execution: QueryExecution) -> tuple[Any, ...]:
    """Return what two executions must have in common; a statement that is not a query has no such identity."""
    context, statement = execution.context, execution.statement
    query = (statement.sql, statement.parameters) if isinstance(statement, SelectStatement) else ()
    return query, context.database, execution.work_group, context.output_folder


def _has_result(execution: QueryExecution) -> bool:
    try:
        return find_object(*split_uri(execution.output_location)) is not None
    except NoSuchBucketError:
        return False
