"""The execution of one Athena query, which is stopped if the command is interrupted."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from partitioned_pipelines.cli.athena.result import QueryResult
from partitioned_pipelines.cli.errors import CommandError, ExitCode
from partitioned_pipelines.cli.terminal.output import note, readable_bytes

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_athena import AthenaClient
    from mypy_boto3_athena.type_defs import QueryExecutionTypeDef
    from mypy_boto3_s3 import S3Client

# The pauses between two polls: an eighth of the time so far, so that a result is seen at most an eighth late.
_SHORTEST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 0.02, 1.0
_PAUSE = 1 / 8


class QueryFailedError(CommandError):
    """The query failed.

    Attributes
    ----------
    reason
        Athena's reason.
    """

    def __init__(self, message: str, reason: str, remedy: str | None = None) -> None:
        super().__init__(message, remedy, exit_code=ExitCode.FAILED)
        self.reason = reason


def run_query(
    athena: AthenaClient,
    s3: S3Client,
    sql: str,
    *,
    work_group: str,
    database: str | None,
    report: Callable[[str], None] = lambda _progress: None,
) -> QueryResult:
    """Run a query and return its result; Ctrl-C and SIGTERM stop it.

    Parameters
    ----------
    report
        Called on each poll with the query's state, its running time, and the data scanned.

    Raises
    ------
    QueryFailedError
        If the query fails; it holds Athena's reason.
    CommandError
        If Athena does not start it.
    """
    try:
        query_id = athena.start_query_execution(
            QueryString=sql,
            WorkGroup=work_group,
            QueryExecutionContext={"Database": database} if database else {},
        )["QueryExecutionId"]
    except athena.exceptions.InvalidRequestException as error:
        said = error.response["Error"]["Message"]
        raise QueryFailedError(said, said) from error
    try:
        execution = _wait(athena, query_id, report)
    except KeyboardInterrupt:
        _stop(athena, query_id)
        raise
    status = execution["Status"]
    if status["State"] != "SUCCEEDED":
        reason = (
            status.get("StateChangeReason") or status.get("AthenaError", {}).get("ErrorMessage") or "no reason given"
        )
        ended = "failed" if status["State"] == "FAILED" else "was cancelled"
        raise QueryFailedError(f"the query {ended}: {reason}", reason)
    return QueryResult.of(athena, s3, execution)


def _wait(athena: AthenaClient, query_id: str, report: Callable[[str], None]) -> QueryExecutionTypeDef:
    began = time.monotonic()
    while True:
        execution = athena.get_query_execution(QueryExecutionId=query_id)["QueryExecution"]
        state = execution["Status"]["State"]
        if state not in {"QUEUED", "RUNNING"}:
            return execution
        scanned = execution.get("Statistics", {}).get("DataScannedInBytes", 0)
        read = f", {readable_bytes(scanned)} scanned" if scanned else ""
        elapsed = time.monotonic() - began
        report(f"the query is {state}: {elapsed:.0f} s{read}")
        time.sleep(min(max(elapsed * _PAUSE, _SHORTEST_PAUSE_SECONDS), _LONGEST_PAUSE_SECONDS))


def _stop(athena: AthenaClient, query_id: str) -> None:
    """Stop a query; a failure is reported but not raised, so that the command ends the same way."""
    try:
        athena.stop_query_execution(QueryExecutionId=query_id)
    except (BotoCoreError, ClientError) as error:
        note(f"the query {query_id} could not be stopped, and may still be running: {error}", style="bold red")
    else:
        note(f"the query {query_id} was stopped", style="yellow")
