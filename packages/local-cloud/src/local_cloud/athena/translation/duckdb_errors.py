"""DuckDB's errors translated to Athena's.

The names are those of Trino's ``StandardErrorCode``: https://trino.io/docs/current/develop/spi-overview.html
"""

from __future__ import annotations

import re

import duckdb

from local_cloud.athena.errors import QueryFailedError

_NO_COLUMN = re.compile(
    r'Referenced column "(?P<a>[^"]+)" (?:was )?not found|does not have a column named "(?P<b>[^"]+)"'
)
_NO_FUNCTION = re.compile(
    r"(?:Scalar|Aggregate|Table|Macro)? ?Function with name \"?(?P<name>\w+)\"? does not exist", re.IGNORECASE
)
_NOT_GROUPED = re.compile(r'column "?(?P<name>[^" ]+)"? must appear in the GROUP BY clause')
_AMBIGUOUS = re.compile(r'Ambiguous reference to column name "(?P<name>[^"]+)"')
_NO_CAST = re.compile(
    r"(?:Could not convert string|invalid \w+ field format:) [\"'](?P<text>.*?)[\"'](?: to (?P<kind>\w+))?.*", re.DOTALL
)
_KINDS = {"INT8": "TINYINT", "INT16": "SMALLINT", "INT32": "INT", "INT64": "BIGINT", "BOOL": "BOOLEAN"}
_OWN_ERROR = re.compile(r"(?P<name>[A-Z][A-Z_]{5,}): (?P<message>.*)", re.DOTALL)


def in_athenas_words(error: duckdb.Error, sql: str) -> QueryFailedError:
    """Return Athena's error for an error of DuckDB, with its position in the query."""
    text = str(error)
    if match := _NO_COLUMN.search(text):
        name = (match["a"] or match["b"]).lower()
        return QueryFailedError(
            "COLUMN_NOT_FOUND",
            f"{_position(sql, name)}: Column '{name}' cannot be resolved or requester is not authorized to access requested resources",
        )
    if match := _NO_FUNCTION.search(text):
        name = match["name"].lower()
        return QueryFailedError("FUNCTION_NOT_FOUND", f"{_position(sql, name)}: Function '{name}' not registered")
    if match := _NOT_GROUPED.search(text):
        name = match["name"]
        return QueryFailedError(
            "EXPRESSION_NOT_AGGREGATE",
            f"{_position(sql, name)}: '{name}' must be an aggregate expression or appear in GROUP BY clause",
        )
    if match := _AMBIGUOUS.search(text):
        name = match["name"].lower()
        return QueryFailedError("AMBIGUOUS_NAME", f"{_position(sql, name)}: Column '{name}' is ambiguous")
    if "Division by zero" in text:
        return QueryFailedError("DIVISION_BY_ZERO", "Division by zero")
    said = text.partition("\n")[0].partition(": ")[2] or text
    if match := _OWN_ERROR.match(said):
        return QueryFailedError(match["name"], match["message"])
    match error:
        case duckdb.ConversionException():
            return QueryFailedError("INVALID_CAST_ARGUMENT", _NO_CAST.sub(_cast_refused, said))
        case duckdb.InterruptException():
            return QueryFailedError("USER_CANCELED", "Query was cancelled by user")
        case duckdb.BinderException():
            return QueryFailedError("TYPE_MISMATCH", f"line 1:1: {said}")
    return QueryFailedError("GENERIC_USER_ERROR", said)


def _cast_refused(match: re.Match[str]) -> str:
    kind = match["kind"] or match.string.partition(" ")[2].partition(" ")[0].upper()
    return f"Cannot cast '{match['text']}' to {_KINDS.get(kind, kind)}"


def _position(sql: str, word: str) -> str:
    match = re.search(rf"\b{re.escape(word)}\b", sql, re.IGNORECASE)
    start = match.start() if match else 0
    line = sql.count("\n", 0, start) + 1
    return f"line {line}:{start - (sql.rfind(chr(10), 0, start) + 1) + 1}"
