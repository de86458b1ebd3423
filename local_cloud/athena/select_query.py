"""A query is answered by DuckDB, in a database of its own that ends with it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeVar

import duckdb

from local_cloud.athena.errors import QueryFailedError
from local_cloud.athena.object_cache import ObjectCache
from local_cloud.athena.query_result import QueryResult
from local_cloud.athena.result_values import column_info, formatter
from local_cloud.athena.select_statement import to_duckdb
from local_cloud.athena.table_scan import Scanner

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from sqlglot import exp

Result = TypeVar("Result")

_NO_COLUMN = re.compile(r'Referenced column "(?P<a>[^"]+)" not found|does not have a column named "(?P<b>[^"]+)"')
_NO_FUNCTION = re.compile(
    r"(?:Scalar|Aggregate|Table|Macro)? ?Function with name \"?(?P<name>\w+)\"? does not exist", re.IGNORECASE
)
_OWN_ERROR = re.compile(r"(?P<name>[A-Z][A-Z_]{5,}): (?P<message>.*)", re.DOTALL)


def _without_zones(relation: duckdb.DuckDBPyRelation) -> duckdb.DuckDBPyRelation:
    """Write times that have a zone as text: as Python's values they would ask for another package."""
    zoned = [kind.id == "timestamp with time zone" for kind in relation.types]
    if not any(zoned):
        return relation
    return relation.project(
        ", ".join(
            f"strftime(#{index}, '%Y-%m-%d %H:%M:%S.%g UTC')" if is_zoned else f"#{index}"
            for index, is_zoned in enumerate(zoned, start=1)
        )
    )


class SelectQuery:
    """One query.

    Parameters
    ----------
    statement
        As parsed.
    sql
        Its text, in which errors find their places.
    database
        Where tables without a database are looked for.
    cache_folder
        Folder for copies of objects.
    """

    def __init__(
        self,
        statement: exp.Expr,
        sql: str,
        database: str,
        region: str,
        parameters: Sequence[str],
        cache_folder: Path,
    ) -> None:
        self._statement = statement
        self._sql = sql
        self._database = database
        self._region = region
        self._parameters = parameters
        self._cache_folder = cache_folder
        self._connection = duckdb.connect(":memory:", config={"autoinstall_known_extensions": "false"})

    def stop(self) -> None:
        """End a query that runs."""
        self._connection.interrupt()

    def run(self) -> QueryResult:
        """Run it to its end.

        Raises
        ------
        QueryFailedError
            With the name that Athena gives such an error.
        """

        def read(relation: duckdb.DuckDBPyRelation, scanned: int) -> QueryResult:
            columns = [
                column_info(name.lower(), kind) for name, kind in zip(relation.columns, relation.types, strict=True)
            ]
            formatters = [formatter(kind) for kind in relation.types]
            rows = [
                tuple(write(cell) for write, cell in zip(formatters, row, strict=True)) for row in relation.fetchall()
            ]
            return QueryResult(columns, rows, "DML", scanned)

        return self.evaluate(read)

    def evaluate(self, read: Callable[[duckdb.DuckDBPyRelation, int], Result]) -> Result:
        """Evaluate the query, and hand its relation, and the bytes scanned for it, to who reads it."""
        try:
            self._cache_folder.mkdir(parents=True, exist_ok=True)
            self._connection.execute("SET TimeZone = 'UTC'")
            # The files that views read are in the cache; nothing else of this machine can be asked for.
            self._connection.execute(f"SET allowed_directories = ['{self._cache_folder}']")
            self._connection.execute("SET enable_external_access = false")
            scanner = Scanner(self._connection, ObjectCache(self._cache_folder))
            sql = to_duckdb(self._statement, scanner, self._database, self._region, self._parameters)
            return read(self._connection.sql(sql), sum(scanner.scanned.values()))
        except duckdb.Error as error:
            raise self._in_words(error) from error
        finally:
            self._connection.close()

    def _in_words(self, error: duckdb.Error) -> QueryFailedError:
        text = str(error)
        if match := _NO_COLUMN.search(text):
            name = (match["a"] or match["b"]).lower()
            return QueryFailedError(
                "COLUMN_NOT_FOUND",
                f"{self._position(name)}: Column '{name}' cannot be resolved or requester is not authorized to access requested resources",
            )
        if match := _NO_FUNCTION.search(text):
            name = match["name"].lower()
            return QueryFailedError("FUNCTION_NOT_FOUND", f"{self._position(name)}: Function '{name}' not registered")
        said = text.partition("\n")[0].partition(": ")[2] or text
        if match := _OWN_ERROR.match(said):
            return QueryFailedError(match["name"], match["message"])
        match error:
            case duckdb.ConversionException():
                return QueryFailedError("INVALID_CAST_ARGUMENT", said)
            case duckdb.InterruptException():
                return QueryFailedError("USER_CANCELED", "Query was cancelled by user")
            case duckdb.BinderException():
                return QueryFailedError("TYPE_MISMATCH", f"line 1:1: {said}")
        return QueryFailedError("GENERIC_USER_ERROR", said)

    def _position(self, word: str) -> str:
        match = re.search(rf"\b{re.escape(word)}\b", self._sql, re.IGNORECASE)
        start = match.start() if match else 0
        line = self._sql.count("\n", 0, start) + 1
        return f"line {line}:{start - (self._sql.rfind(chr(10), 0, start) + 1) + 1}"
