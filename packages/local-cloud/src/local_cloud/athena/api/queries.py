"""Athena's query operations."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from moto.athena.responses import AthenaResponse

from local_cloud.athena.api.execution import QueryExecution
from local_cloud.athena.api.result_reuse import reusable
from local_cloud.athena.errors import InvalidStatementError, invalid_token
from local_cloud.athena.statement_context import StatementContext
from local_cloud.athena.statements.reading import read_statement
from local_cloud.backend_lock import waiting
from local_cloud.pages import page_of
from local_cloud.patching import add, replace

if TYPE_CHECKING:
    from pathlib import Path

    from moto.athena.models import AthenaBackend, WorkGroup

    from local_cloud.athena.statement_context import Engine

# StartQueryExecution and GetQueryExecution wait so long for the query: most small ones have ended by then, and a client that polls without
# pauses does not take the time of the query.
_HEAD_START_SECONDS = 0.05
_LARGEST_PAGE = 1000


class QueryApi:
    """The query executions of all regions.

    Parameters
    ----------
    cache_folder
        Folder for copies of the objects that queries read.
    engine
        Returns the query of a SELECT, if DuckDB does not evaluate it.
    """

    def __init__(self, cache_folder: Path, engine: Engine | None = None) -> None:
        self._cache_folder, self._engine = cache_folder, engine
        self._executions: WeakKeyDictionary[AthenaBackend, dict[str, QueryExecution]] = WeakKeyDictionary()

    def install(self) -> None:
        """Replace moto's query operations."""

        def start_query_execution(self: AthenaResponse) -> str:
            return api.start(self.athena_backend, json.loads(self.body), self.region)

        def get_query_execution(self: AthenaResponse) -> str:
            execution = api.find(self.athena_backend, self._get_param("QueryExecutionId"))
            with waiting():
                execution.wait(_HEAD_START_SECONDS)
            return json.dumps({"QueryExecution": execution.describe()})

        def get_query_results(self: AthenaResponse) -> str:
            return api.results(self.athena_backend, json.loads(self.body))

        def list_query_executions(self: AthenaResponse) -> str:
            return api.list_ids(self.athena_backend, json.loads(self.body))

        def stop_query_execution(self: AthenaResponse) -> str:
            api.find(self.athena_backend, self._get_param("QueryExecutionId")).stop()
            return "{}"

        def get_work_group(self: AthenaResponse) -> str:
            name = self._get_param("WorkGroup")
            _find_work_group(self.athena_backend, name)
            return json.dumps({"WorkGroup": self.athena_backend.get_work_group(name)})

        def batch_get_query_execution(self: AthenaResponse) -> str:
            return api.describe_several(self.athena_backend, self._get_param("QueryExecutionIds"))

        api = self
        # extension: queries really run; moto returns results that a test has put into a queue.
        replace(AthenaResponse, "start_query_execution", start_query_execution)
        replace(AthenaResponse, "get_query_execution", get_query_execution)
        replace(AthenaResponse, "get_query_results", get_query_results)
        replace(AthenaResponse, "list_query_executions", list_query_executions)
        replace(AthenaResponse, "stop_query_execution", stop_query_execution)
        # moto: Athena's GetWorkGroup returns null for an unknown workgroup; not reported yet: AWS answers InvalidRequestException.
        replace(AthenaResponse, "get_work_group", get_work_group)
        # moto: Athena's BatchGetQueryExecution is missing; not reported yet: the operation returns up to 50 query executions, and the ids that
        # were not found.
        add(AthenaResponse, "batch_get_query_execution", batch_get_query_execution)

    def start(self, backend: AthenaBackend, request: dict[str, Any], region: str) -> str:
        """Answer StartQueryExecution. A repeated token returns the execution that it started."""
        executions = self._of(backend)
        token = request.get("ClientRequestToken")
        for execution in executions.values():
            if token and execution.request.get("ClientRequestToken") == token:
                if execution.request != request:
                    raise InvalidStatementError(message="Idempotent parameters do not match")
                return json.dumps({"QueryExecutionId": execution.identifier})
        name = request.get("WorkGroup", "primary")
        work_group = _find_work_group(backend, name)
        database = request.get("QueryExecutionContext", {})
        if database.get("Catalog", "AwsDataCatalog").lower() != "awsdatacatalog":
            raise InvalidStatementError(message=f"Catalog {database['Catalog']} does not exist")
        folder, enforced = _output_folder(request, work_group.configuration)
        context = StatementContext(
            database=(database.get("Database") or "default").strip('`"'),
            region=region,
            cache_folder=self._cache_folder,
            parameters=tuple(request.get("ExecutionParameters", [])),
            output_folder=folder,
            output_enforced=enforced,
            work_group=name,
            engine=self._engine,
        )
        statement = read_statement(request["QueryString"], context)
        if not folder:
            raise InvalidStatementError(
                message="No output location provided. An output location is required either through the Workgroup result "
                "configuration setting or as an API input."
            )
        execution = QueryExecution(request, statement, name, context)
        execution.reused = reusable(execution, reversed(executions.values()))
        executions[execution.identifier] = execution
        execution.start()
        with waiting():
            execution.wait(_HEAD_START_SECONDS)
        return json.dumps({"QueryExecutionId": execution.identifier})

    def find(self, backend: AthenaBackend, identifier: str) -> QueryExecution:
        """Return an execution. Raises InvalidStatementError if it does not exist."""
        execution = self._of(backend).get(identifier)
        if execution is None:
            raise InvalidStatementError(message=f"QueryExecution {identifier} was not found")
        return execution

    def results(self, backend: AthenaBackend, request: dict[str, Any]) -> str:
        """Answer GetQueryResults with one page."""
        execution = self.find(backend, request["QueryExecutionId"])
        if execution.state != "SUCCEEDED":
            raise InvalidStatementError(
                message=f"Query has not yet finished. Current state: {execution.state}"
                if execution.state in {"QUEUED", "RUNNING"}
                else f"Query did not finish successfully. Final query state: {execution.state}"
            )
        size = min(int(request.get("MaxResults", _LARGEST_PAGE)), _LARGEST_PAGE)
        rows, following = execution.page(request.get("NextToken", "0"), size)
        answer: dict[str, Any] = {
            "ResultSet": {"Rows": rows, "ResultSetMetadata": {"ColumnInfo": execution.result.columns}},
            "UpdateCount": execution.result.update_count or 0,
        }
        if following is not None:
            answer["NextToken"] = following
        return json.dumps(answer)

    def list_ids(self, backend: AthenaBackend, request: dict[str, Any]) -> str:
        """Answer ListQueryExecutions for a workgroup, newest first."""
        name = request.get("WorkGroup", "primary")
        _find_work_group(backend, name)
        found = [one.identifier for one in reversed(self._of(backend).values()) if one.work_group == name]
        return json.dumps(page_of("QueryExecutionIds", found, request, 50, invalid_token))

    def describe_several(self, backend: AthenaBackend, identifiers: list[str]) -> str:
        """Answer BatchGetQueryExecution."""
        executions = self._of(backend)
        return json.dumps(
            {
                "QueryExecutions": [executions[one].describe() for one in identifiers if one in executions],
                "UnprocessedQueryExecutionIds": [
                    {"QueryExecutionId": one, "ErrorCode": "INVALID_INPUT", "ErrorMessage": "not found"}
                    for one in identifiers
                    if one not in executions
                ],
            }
        )

    def _of(self, backend: AthenaBackend) -> dict[str, QueryExecution]:
        return self._executions.setdefault(backend, {})


def _find_work_group(backend: AthenaBackend, name: str) -> WorkGroup:
    if name not in backend.work_groups:
        raise InvalidStatementError(message=f"WorkGroup {name} is not found.")
    return backend.work_groups[name]


def _output_folder(request: dict[str, Any], configuration: dict[str, Any]) -> tuple[str, bool]:
    """Return the folder for the result, and whether the workgroup enforces its own, which overrides the client's."""
    own = request.get("ResultConfiguration", {}).get("OutputLocation", "")
    of_group = configuration.get("ResultConfiguration", {}).get("OutputLocation", "")
    enforced = str(configuration.get("EnforceWorkGroupConfiguration", False)).lower() == "true"
    folder = (of_group or own) if enforced else (own or of_group)
    return folder if not folder or folder.endswith("/") else f"{folder}/", enforced
