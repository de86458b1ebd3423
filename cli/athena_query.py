"""One Athena query: started, waited for, and read page by page."""

from __future__ import annotations

import time
from dataclasses import dataclass
from decimal import Decimal
from math import isfinite
from typing import TYPE_CHECKING, Any

from cli.errors import CommandError
from cli.exit_codes import ExitCode

if TYPE_CHECKING:
    from mypy_boto3_athena import AthenaClient
    from mypy_boto3_athena.type_defs import QueryExecutionTypeDef

_INTEGERS = {"tinyint", "smallint", "integer", "int", "bigint"}
_FLOATS = {"float", "real", "double"}
_POLL_SECONDS = (0.05, 0.1, 0.2, 0.5)  # then each second


class QueryFailedError(CommandError):
    """A query failed.

    Attributes
    ----------
    reason
        In Athena's words.
    """

    def __init__(self, message: str, reason: str, remedy: str | None = None) -> None:
        super().__init__(message, remedy, exit_code=ExitCode.FAILED)
        self.reason = reason


@dataclass(frozen=True)
class QueryResult:
    """What a query gave.

    Attributes
    ----------
    columns
        Name and type of each column; no two have the same name.
    rows
        Cells as Athena writes them; None is null.
    bytes_scanned
        What AWS bills.
    """

    columns: tuple[tuple[str, str], ...]
    rows: tuple[tuple[str | None, ...], ...]
    bytes_scanned: int

    @property
    def numeric(self) -> list[bool]:
        """Which columns hold numbers."""
        return [kind in _INTEGERS | _FLOATS or kind.startswith("decimal") for _, kind in self.columns]

    def objects(self) -> list[dict[str, Any]]:
        """Give each row as an object, with its values typed."""
        return [
            {name: typed_value(cell, kind) for (name, kind), cell in zip(self.columns, row, strict=True)}
            for row in self.rows
        ]


def typed_value(cell: str | None, kind: str) -> Any:
    """Read a cell by its column's type.

    Numbers are numbers and booleans are booleans. What JSON cannot hold as it is stays text: dates, nested values, a NaN,
    and a decimal with more digits than a double.
    """
    if cell is None:
        return None
    if kind in _INTEGERS:
        return int(cell)
    if kind == "boolean":
        return cell.lower() == "true"
    if kind in _FLOATS:
        return value if isfinite(value := float(cell)) else cell
    if kind.startswith("decimal"):
        exact = Decimal(cell)
        if exact == exact.to_integral_value() and "." not in cell:
            return int(exact)
        return value if Decimal(repr(value := float(cell))) == exact else cell
    return cell


def run_query(athena: AthenaClient, sql: str, *, work_group: str, database: str | None) -> QueryResult:
    """Run a query; Ctrl-C stops it.

    Raises
    ------
    CommandError
        Where the query fails, with Athena's reason.
    """
    try:
        query_id = athena.start_query_execution(
            QueryString=sql,
            WorkGroup=work_group,
            QueryExecutionContext={"Database": database} if database else {},
        )["QueryExecutionId"]
    except athena.exceptions.InvalidRequestException as error:
        raise CommandError(error.response["Error"]["Message"], exit_code=ExitCode.FAILED) from error
    try:
        execution = _wait(athena, query_id)
    except KeyboardInterrupt:
        athena.stop_query_execution(QueryExecutionId=query_id)
        raise
    status = execution["Status"]
    if status["State"] != "SUCCEEDED":
        reason = (
            status.get("StateChangeReason") or status.get("AthenaError", {}).get("ErrorMessage") or "no reason given"
        )
        raise QueryFailedError(f"the query is {status['State']}: {reason}", reason)
    scanned = execution.get("Statistics", {}).get("DataScannedInBytes", 0)
    return _read(athena, query_id, scanned, has_header=execution.get("StatementType", "DML") == "DML")


def _wait(athena: AthenaClient, query_id: str) -> QueryExecutionTypeDef:
    pauses = iter(_POLL_SECONDS)
    while True:
        execution = athena.get_query_execution(QueryExecutionId=query_id)["QueryExecution"]
        if execution["Status"]["State"] not in {"QUEUED", "RUNNING"}:
            return execution
        time.sleep(next(pauses, 1.0))


def _read(athena: AthenaClient, query_id: str, scanned: int, *, has_header: bool) -> QueryResult:
    columns: tuple[tuple[str, str], ...] = ()
    rows: list[tuple[str | None, ...]] = []
    for page in athena.get_paginator("get_query_results").paginate(QueryExecutionId=query_id):
        result = page["ResultSet"]
        if not columns:
            info = result.get("ResultSetMetadata", {}).get("ColumnInfo", [])
            columns = tuple(zip(_unique([one["Name"] for one in info]), [one["Type"] for one in info], strict=True))
            names = tuple(one["Name"] for one in info)
        rows += [tuple(cell.get("VarCharValue") for cell in row["Data"]) for row in result.get("Rows", [])]
    # The first row of a SELECT is its header; SHOW and DESCRIBE have none.
    if has_header and rows and rows[0] == names:
        del rows[0]
    return QueryResult(columns, tuple(rows), scanned)


def _unique(names: list[str]) -> list[str]:
    """Number the columns that share a name, so that none is lost in an object."""
    return [
        name if (before := names[:index].count(name)) == 0 else f"{name}_{before + 1}"
        for index, name in enumerate(names)
    ]
