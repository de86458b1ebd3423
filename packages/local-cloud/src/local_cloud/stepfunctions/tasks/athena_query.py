"""``arn:aws:states:::athena:startQueryExecution.sync``: start a query and wait until it ends.

https://docs.aws.amazon.com/step-functions/latest/dg/connect-athena.html
"""

from __future__ import annotations

from typing import Any

from local_cloud.stepfunctions.tasks.sync_task import SyncTask

_OUTCOMES = {"SUCCEEDED": True, "FAILED": False, "CANCELLED": False}


class AthenaQueryTask(SyncTask):
    """A state that runs a query; its result is the description of the query, without its rows."""

    service = "athena"
    service_name = "AmazonAthena"
    operation = "StartQueryExecution"

    def begin(self, api: Any, parameters: dict[str, Any]) -> str:
        return str(api.start_query_execution(**parameters)["QueryExecutionId"])

    def describe(self, api: Any, identifier: str) -> dict[str, Any]:
        return {"QueryExecution": api.get_query_execution(QueryExecutionId=identifier)["QueryExecution"]}

    def outcome(self, description: dict[str, Any]) -> bool | None:
        return _OUTCOMES.get(description["QueryExecution"]["Status"]["State"])

    def stop(self, api: Any, identifier: str) -> None:
        api.stop_query_execution(QueryExecutionId=identifier)

    def error_of(self, code: str) -> str:
        return f"Athena.{code}"
