"""DuckDB's errors translated to Trino's.

The analysis finds most errors before DuckDB runs; these are those of values. The names are those of Trino's ``StandardErrorCode``:
https://trino.io/docs/current/develop/spi-overview.html
"""

from __future__ import annotations

import re

import duckdb

from local_cloud.athena.errors import QueryFailedError

_OWN_ERROR = re.compile(r"(?:^|: )(?P<name>[A-Z][A-Z_]{5,}): (?P<message>.*)", re.DOTALL)
_OVERFLOW = re.compile(r"Overflow in (?P<operation>\w+) of (?P<kind>\w+(?:\(\d+\))?) \((?P<values>.*)\)")
_OUT_OF_RANGE = re.compile(r"[Oo]ut of range|Overflow|too large|outside")
_KINDS = {"INT8": "tinyint", "INT16": "smallint", "INT32": "integer", "INT64": "bigint"}
_MANY_ROWS = "More than one row returned by a subquery"


def in_trinos_words(error: duckdb.Error) -> QueryFailedError:
    """Return Trino's error for an error of DuckDB."""
    text = str(error)
    said = text.partition("\n")[0].partition(": ")[2] or text
    if match := _OWN_ERROR.search(text):
        return QueryFailedError(
            match["name"], match["message"].partition("\n")[0] if "UDF" in text else match["message"]
        )
    if "Division by zero" in text:
        return QueryFailedError("DIVISION_BY_ZERO", "Division by zero")
    if _MANY_ROWS in text:
        return QueryFailedError("SUBQUERY_MULTIPLE_ROWS", "Scalar sub-query has returned multiple rows")
    if match := _OVERFLOW.search(text):
        kind = _KINDS.get(match["kind"], "decimal" if "DECIMAL" in match["kind"] else match["kind"].lower())
        return QueryFailedError(
            "NUMERIC_VALUE_OUT_OF_RANGE", f"{kind} {match['operation']} overflow: {match['values']}"
        )
    if isinstance(error, duckdb.InterruptException):
        return QueryFailedError("USER_CANCELED", "Query was cancelled by user")
    if isinstance(error, duckdb.OutOfRangeException) or (
        isinstance(error, duckdb.ConversionException) and _OUT_OF_RANGE.search(text)
    ):
        return QueryFailedError("NUMERIC_VALUE_OUT_OF_RANGE", said)
    if isinstance(error, duckdb.ConversionException):
        return QueryFailedError("INVALID_CAST_ARGUMENT", said)
    if isinstance(error, duckdb.BinderException | duckdb.CatalogException | duckdb.ParserException):
        return QueryFailedError("NOT_SUPPORTED", f"the local cloud cannot evaluate this query: {said}")
    return QueryFailedError("GENERIC_USER_ERROR", said)
