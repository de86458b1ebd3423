"""A query execution: it runs in its own thread and writes its result to S3."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from local_cloud.athena.errors import SYSTEM_ERROR, USER_ERROR, QueryFailedError
from local_cloud.athena.results.metadata import metadata_content
from local_cloud.athena.results.pages import read_page
from local_cloud.athena.results.query_result import QueryResult
from local_cloud.daemon_thread import start_daemon_thread
from local_cloud.object_store import NoSuchBucketError, split_uri, write_object

if TYPE_CHECKING:
    from local_cloud.athena.statement_context import StatementContext
    from local_cloud.athena.statements.reading import Statement


@dataclass(slots=True)
class QueryExecution:
    """A query execution, as GetQueryExecution describes it.

    Attributes
    ----------
    request
        The request of StartQueryExecution.
    reused
        The execution whose result this one returns, instead of running.
    """

    request: dict[str, Any]
    statement: Statement
    work_group: str
    context: StatementContext
    state: str = "QUEUED"
    result: QueryResult = field(default_factory=QueryResult)
    submitted: float = field(default_factory=time.time)
    completed: float | None = None
    reason: str | None = None
    error: dict[str, Any] | None = None
    reused: QueryExecution | None = None
    _ended: threading.Event = field(default_factory=threading.Event)

    def start(self) -> None:
        """Start the execution in its own thread."""
        start_daemon_thread(f"athena-{self.identifier}", self._run, self._fail_unexpectedly)

    def stop(self) -> None:
        """Cancel the execution, unless it has ended."""
        if self.state in {"QUEUED", "RUNNING"}:
            self._end("CANCELLED", "Query was cancelled by user")
            self.statement.stop()

    def wait(self, seconds: float) -> bool:
        """Wait until the execution has ended. Returns False if that takes longer."""
        return self._ended.wait(seconds)

    @property
    def identifier(self) -> str:
        """The QueryExecutionId."""
        return self.context.identifier

    @property
    def output_location(self) -> str:
        """The URI of the result file, or of the data that the statement writes."""
        if self.reused is not None:
            return self.reused.output_location
        if self.statement.writes_data:
            return self.result.data_location or f"{self.context.output_folder}{self.identifier}"
        return f"{self.context.output_folder}{self.identifier}.{self.statement.file_suffix}"

    def page(self, token: str, size: int) -> tuple[list[dict[str, Any]], str | None]:
        """Return a page of rows and the token of the next page. A statement that writes data has no rows."""
        if self.statement.writes_data:
            return [], None
        return read_page(self.output_location, token, size)

    def describe(self) -> dict[str, Any]:
        """Return the API's QueryExecution."""
        milliseconds = int(((self.completed or time.time()) - self.submitted) * 1000)
        status = {
            "State": self.state,
            "StateChangeReason": self.reason,
            "SubmissionDateTime": self.submitted,
            "CompletionDateTime": self.completed,
            "AthenaError": self.error,
        }
        return {
            "QueryExecutionId": self.identifier,
            "Query": self.request["QueryString"],
            "StatementType": self.statement.statement_type,
            "SubstatementType": self.statement.substatement_type,
            "ResultConfiguration": {
                **self.request.get("ResultConfiguration", {}),
                "OutputLocation": self.output_location,
            },
            "ResultReuseConfiguration": self.request.get(
                "ResultReuseConfiguration", {"ResultReuseByAgeConfiguration": {"Enabled": False}}
            ),
            "QueryExecutionContext": self.request.get("QueryExecutionContext", {}),
            "Status": {name: value for name, value in status.items() if value is not None},
            "Statistics": {
                "EngineExecutionTimeInMillis": milliseconds,
                "DataScannedInBytes": self.result.scanned_bytes,
                **({"DataManifestLocation": self._manifest_location} if self.result.written is not None else {}),
                "TotalExecutionTimeInMillis": milliseconds,
                "QueryQueueTimeInMillis": 0,
                "ServiceProcessingTimeInMillis": 0,
                "ResultReuseInformation": {"ReusedPreviousResult": self.reused is not None},
            },
            "WorkGroup": self.work_group,
            "EngineVersion": {
                "SelectedEngineVersion": "AUTO",
                "EffectiveEngineVersion": "Athena engine version 3",
            },
            **(
                {"ExecutionParameters": self.request["ExecutionParameters"]}
                if "ExecutionParameters" in self.request
                else {}
            ),
        }

    @property
    def _manifest_location(self) -> str:
        return f"{self.context.output_folder}{self.identifier}-manifest.csv"

    def _run(self) -> None:
        self.state = "RUNNING"
        try:
            if self.reused is not None:
                result = replace(self.reused.result, scanned_bytes=0)
            else:
                result = self.statement.run()
                self._write(result)
        except QueryFailedError as error:
            self._fail(str(error), error.category)
        else:
            self.result = result
            self._end("SUCCEEDED")

    def _fail_unexpectedly(self, error: Exception) -> None:
        self._fail(f"GENERIC_INTERNAL_ERROR: {error}", SYSTEM_ERROR)

    def _write(self, result: QueryResult) -> None:
        writes_data = result.written is not None
        bucket, key = split_uri(self._manifest_location if writes_data else self.output_location)
        described = f"{self.context.output_folder}{self.identifier}" if writes_data else self.output_location
        try:
            write_object(bucket, key, result.manifest() if writes_data else result.take_content())
            write_object(*split_uri(f"{described}.metadata"), metadata_content(result.columns))
        except NoSuchBucketError as error:
            raise QueryFailedError("PERMISSION_DENIED", f"Unable to verify/create output bucket {bucket}") from error

    def _fail(self, reason: str, category: int) -> None:
        if self.state != "CANCELLED":
            self.error = {
                "ErrorCategory": category,
                "ErrorType": 1000 if category == USER_ERROR else 1,
                "Retryable": False,
                "ErrorMessage": reason,
            }
            self._end("FAILED", reason)

    def _end(self, state: str, reason: str | None = None) -> None:
        if not self._ended.is_set():
            self.reason, self.completed = reason, time.time()
            self.state = state  # last: clients that poll the state read the other fields after it
            self._ended.set()
