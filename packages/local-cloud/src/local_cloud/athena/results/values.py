"""Columns and values of results, as Athena writes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from local_cloud.athena.functions.conversions import pairs_of
from local_cloud.athena.functions.numbers.number_texts import java_number
from local_cloud.athena.functions.time import times

if TYPE_CHECKING:
    from collections.abc import Callable

    from local_cloud.athena.types.trino_types import Type

    ScalarWriter = Callable[[Type], Callable[[Any], str]]

# The precision of each type: https://docs.aws.amazon.com/athena/latest/APIReference/API_ColumnInfo.html
_LONGEST = 2147483647
_PRECISIONS = {
    "bigint": 19,
    "char": _LONGEST,
    "double": 17,
    "integer": 10,
    "json": _LONGEST,
    "real": 17,
    "smallint": 5,
    "time": 3,
    "time with time zone": 3,
    "timestamp": 3,
    "timestamp with time zone": 3,
    "tinyint": 3,
    "varbinary": 1073741824,
    "varchar": _LONGEST,
}
_NAMES = {"real": "float"}


def column_info(name: str, kind: Type) -> dict[str, Any]:
    """Return the ColumnInfo of a result column."""
    if kind.base == "decimal":
        return named_column(name, "decimal", kind.size, kind.scale)
    precision = kind.size if kind.base == "char" else _PRECISIONS.get(kind.base, 0)
    return named_column(name, _NAMES.get(kind.base, kind.base), precision)


def named_column(
    name: str, athena_type: str = "varchar", precision: int = 2147483647, scale: int = 0
) -> dict[str, Any]:
    """Return a ColumnInfo."""
    return {
        "CatalogName": "hive",
        "SchemaName": "",
        "TableName": "",
        "Name": name,
        "Label": name,
        "Type": athena_type,
        "Precision": precision,
        "Scale": scale,
        "Nullable": "UNKNOWN",
        "CaseSensitive": athena_type in {"varchar", "json"},
    }


def formatter(kind: Type, scalar: ScalarWriter | None = None) -> Callable[[Any], str | None]:
    """Return the function that formats the values of a type.

    Parameters
    ----------
    scalar
        Returns the function for a type that is not nested, if its values are not DuckDB's.
    """
    write = _writer(kind, scalar or scalar_writer)
    return lambda value: None if value is None else write(value)


def _writer(kind: Type, scalar: ScalarWriter) -> Callable[[Any], str]:
    return _nested_writer(kind, scalar) if kind.base in {"array", "map", "row"} else scalar(kind)


def scalar_writer(kind: Type) -> Callable[[Any], str]:
    """Return the function that formats DuckDB's values of a type that is not nested."""
    match kind.base:
        case "boolean":
            return lambda value: "true" if value else "false"
        case "double" | "real":
            return lambda value: java_number(value, single=kind.base == "real")
        case "decimal":
            return lambda value: format(value, "f")
        case "varbinary":
            return lambda value: " ".join(f"{byte:02x}" for byte in value)
        case "date":
            return times.write_date
        case "timestamp":
            return lambda value: times.write_timestamp(value, 3)
        case "timestamp with time zone":
            return lambda value: times.write_zoned(value, 3)
        case "time":
            return lambda value: times.write_time(value, 3)
        case "time with time zone":
            return lambda value: times.write_time(value["t"], 3) + value["z"].replace("UTC", "+00:00")
        case "interval day to second":
            return times.write_days
        case "interval year to month":
            return times.write_months
    return str


JAVA_NUMBER = "java_number"
"""The name of `java_number` as a function of DuckDB."""


def text_sql(kind: Type, column: str) -> str | None:
    """Return the SQL for the text of a column, the same as that of its `formatter`; None if only Python writes it.

    DuckDB writes numbers in plain digits as Java does, tested with half a million of them.
    """
    match kind.base:
        case "varchar" | "bigint" | "integer" | "smallint" | "tinyint" | "boolean":
            return f"CAST({column} AS VARCHAR)"
        case "decimal" if kind.size > kind.scale:  # of the others, DuckDB omits the zero before the point
            return f"CAST({column} AS VARCHAR)"
        case "double":
            plain = f"{column} = 0 OR (abs({column}) >= 1e-3 AND abs({column}) < 1e7)"
            return f"CASE WHEN {plain} THEN CAST({column} AS VARCHAR) ELSE {JAVA_NUMBER}({column}) END"
    return None


def _nested_writer(kind: Type, scalar: ScalarWriter) -> Callable[[Any], str]:
    parts = [_or_null(_writer(part, scalar)) for part in kind.parts]
    if kind.base == "array":
        return lambda value: "[" + ", ".join(map(parts[0], value)) + "]"
    if kind.base == "map":
        return lambda value: "{" + ", ".join(f"{parts[0](key)}={parts[1](item)}" for key, item in pairs_of(value)) + "}"
    names = [name or f"field{place}" for place, name in enumerate(kind.names)]

    def write(value: Any) -> str:
        items = value.values() if isinstance(value, dict) else value
        return (
            "{" + ", ".join(f"{name}={part(item)}" for name, part, item in zip(names, parts, items, strict=True)) + "}"
        )

    return write


def _or_null(write: Callable[[Any], str]) -> Callable[[Any], str]:
    return lambda value: "null" if value is None else write(value)
