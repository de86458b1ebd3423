"""A query that Trino evaluates, by its client protocol: https://trino.io/docs/current/develop/client-protocol.html."""

from __future__ import annotations

import base64
import json
import re
import time
from typing import TYPE_CHECKING, Any

import urllib3

from local_cloud.athena.errors import SYSTEM_ERROR, InvalidStatementError, QueryFailedError
from local_cloud.athena.results.query_result import QueryResult, csv_lines, new_result_file
from local_cloud.athena.results.values import column_info, formatter, scalar_writer
from local_cloud.athena.select.parameters import parameter_values
from local_cloud.athena.sql.query_parser import parse_query
from local_cloud.athena.sql.token_stream import TokenStream
from local_cloud.athena.sql.tokens import decimals_as_doubles
from local_cloud.athena.sql.type_parser import parse_type
from local_cloud.backend_lock import waiting

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from local_cloud.athena.statement_context import StatementContext
    from local_cloud.athena.types.trino_types import Type

_BUSY = {502, 503, 504}
# A Trino that has just started answers constants, and finds no node for tables, for some seconds.
_KNOWS_ITSELF_WITHIN_SECONDS = 60
_HTTP = urllib3.PoolManager(retries=False)
_TIME = re.compile(r"(.*?\d\d:\d\d:\d\d)(?:\.(\d+))?(.*)", re.DOTALL)


class TrinoQuery:
    """A SELECT query.

    Parameters
    ----------
    url
        Returns Trino's URL, once it answers.

    Raises
    ------
    InvalidStatementError
        If the statement does not parse, neither by our grammar nor by Trino's, which is asked if ours refuses it.
    """

    def __init__(self, sql: str, context: StatementContext, url: Callable[[], str]) -> None:
        self._context, self._url = context, url
        self._stopped = False
        self._refusal: QueryFailedError | None = None
        self._sql = decimals_as_doubles(sql)
        try:
            parsed = parse_query(sql)
        except InvalidStatementError:
            with waiting():  # Trino asks this cloud's Glue meanwhile
                self._check()
        except QueryFailedError:
            pass  # such as MATCH_RECOGNIZE: Trino decides
        else:
            try:
                parameter_values(parsed, context.parameters)
            except QueryFailedError as error:
                self._refusal = error
        if context.parameters:
            quoted = self._sql.replace("'", "''")
            self._sql = f"EXECUTE IMMEDIATE '{quoted}' USING {', '.join(map(decimals_as_doubles, context.parameters))}"

    def stop(self) -> None:
        """Cancel the query."""
        self._stopped = True

    def run(self) -> QueryResult:
        """Evaluate the query, and write its rows to a temporary file.

        Raises
        ------
        QueryFailedError
            With Trino's name of the error.
        """
        if self._refusal is not None:
            raise self._refusal
        deadline = time.monotonic() + _KNOWS_ITSELF_WITHIN_SECONDS
        while True:
            try:
                return self._evaluated()
            except QueryFailedError as error:
                if not str(error).startswith("NO_NODES_AVAILABLE") or time.monotonic() > deadline:
                    raise
                time.sleep(0.2)

    def _evaluated(self) -> QueryResult:
        columns: list[dict[str, Any]] = []
        formatters: list[Callable[[Any], str | None]] = []
        scanned = 0
        self._context.cache_folder.mkdir(parents=True, exist_ok=True)
        with new_result_file(self._context.cache_folder) as content, content.open("wb") as file:
            for page in execute(self._url(), self._sql, self._context.database, lambda: self._stopped):
                if (error := page.get("error")) is not None:
                    raise _failed(error)
                scanned = page["stats"].get("physicalInputBytes", scanned)
                if not columns and page.get("columns"):
                    kinds = [parse_type(TokenStream(column["type"])) for column in page["columns"]]
                    names = [column["name"].lower() for column in page["columns"]]
                    columns = [column_info(name, kind) for name, kind in zip(names, kinds, strict=True)]
                    formatters = [formatter(kind, _scalar_writer) for kind in kinds]
                    file.write(csv_lines([tuple(names)]))
                file.write(
                    csv_lines(
                        tuple(write(cell) for write, cell in zip(formatters, row, strict=True))
                        for row in page.get("data") or ()
                    )
                )
        return QueryResult(columns, content=content, scanned_bytes=scanned)

    def _check(self) -> None:
        """Raise InvalidStatementError if Trino does not parse the statement."""
        for page in execute(self._url(), f"EXPLAIN (TYPE VALIDATE) {self._sql}", self._context.database):
            if (error := page.get("error") or {}).get("errorName") == "SYNTAX_ERROR":
                raise InvalidStatementError(message=error["message"])


def execute(
    url: str, sql: str, database: str, is_stopped: Callable[[], bool] = lambda: False
) -> Iterator[dict[str, Any]]:
    """Yield the pages of a statement's result; the statement is cancelled if they are not read to the end."""
    headers = {
        "X-Trino-User": "local",
        "X-Trino-Catalog": "awsdatacatalog",
        "X-Trino-Schema": database.lower(),
        "X-Trino-Time-Zone": "UTC",
        "X-Trino-Client-Capabilities": "PARAMETRIC_DATETIME",
    }
    page = _request("POST", f"{url}/v1/statement", headers, sql.encode())
    try:
        while True:
            yield page
            following = page.get("nextUri")
            if following is None:
                return
            if is_stopped():
                raise QueryFailedError("USER_CANCELED", "Query was cancelled by user")
            page = _request("GET", following, headers)
    finally:
        if page.get("nextUri"):
            _HTTP.request("DELETE", page["nextUri"], headers=headers)


def _request(method: str, url: str, headers: dict[str, str], body: bytes | None = None) -> dict[str, Any]:
    while (response := _HTTP.request(method, url, headers=headers, body=body)).status in _BUSY:
        time.sleep(0.1)  # as the protocol asks for
    if response.status != 200:
        raise QueryFailedError("GENERIC_INTERNAL_ERROR", f"Trino answered {response.status}: {response.data[:200]!r}")
    page: dict[str, Any] = json.loads(response.data)
    return page


def _failed(error: dict[str, Any]) -> QueryFailedError:
    failed = QueryFailedError(error["errorName"], error["message"])
    if error.get("errorType") != "USER_ERROR":
        failed.category = SYSTEM_ERROR
    return failed


def _scalar_writer(kind: Type) -> Callable[[Any], str]:
    """Return the function that formats a value of Trino's JSON; a map's keys are strings there."""
    match kind.base:
        case "boolean":
            return lambda value: str(value).lower()
        case "double" | "real":
            write = scalar_writer(kind)
            return lambda value: write(float(value))
        case "varbinary":
            write = scalar_writer(kind)
            return lambda value: write(base64.b64decode(value))
        case "time" | "timestamp" | "time with time zone" | "timestamp with time zone":
            return _in_milliseconds
    return str


def _in_milliseconds(text: str) -> str:
    found = _TIME.fullmatch(text)
    if found is None:
        raise ValueError(text)
    return f"{found[1]}.{(found[2] or '')[:3]:0<3}{found[3]}"
