"""Casts, in DuckDB's SQL where it converts as Trino does, and in Python otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local_cloud.athena.functions.conversions import conversion
from local_cloud.athena.types.trino_types import INTEGERS, UNBOUNDED, Type

if TYPE_CHECKING:
    from local_cloud.athena.functions.python_functions import PythonFunctions
    from local_cloud.athena.functions.value import Value

_INTEGER_PATTERN = "'[+-]?[0-9]{1,18}'"
_NUMBER_PATTERN = "'[+-]?[0-9]{1,15}([.][0-9]{0,15})?'"
_EXACT_DIGITS = 15  # of a decimal that is a double's
_KEPT_IN = {  # the types that have years beyond Python's, by the types of casts that keep them
    "timestamp": {"timestamp"},
    "timestamp with time zone": {"timestamp"},
    "varchar": {"date", "timestamp", "timestamp with time zone"},
}


def cast_sql(value: Value, target: Type, functions: PythonFunctions) -> str:
    """Return the SQL of a cast that Trino has."""
    source, sql = value.type, value.sql
    if source == target:
        return sql
    if source.base == "unknown":
        return f"CAST(NULL AS {target.duckdb})"
    native = _native(value, target)
    if native is not None:
        return native
    slow = functions.call(
        conversion(source, target),
        [sql],
        [source],
        target,
        key=(str(source), str(target)),
        name=f"a cast of {source} to {target}",
        any_year=source.base in _KEPT_IN.get(target.base, ()),
    )
    if value.plain and source.base == "varchar" and value.text is None:
        fast = _fast(sql, target)
        if fast is not None:
            return f"coalesce({fast}, {slow})"
    return slow


def _fast(sql: str, target: Type) -> str | None:
    """Return the SQL that reads the usual strings; null for any other."""
    if target.base in INTEGERS:
        return f"CASE WHEN regexp_full_match({sql}, {_INTEGER_PATTERN}) THEN TRY_CAST({sql} AS {target.duckdb}) END"
    if target.base == "double":
        return f"CASE WHEN regexp_full_match({sql}, {_NUMBER_PATTERN}) THEN TRY_CAST({sql} AS DOUBLE) END"
    if target.base == "date":
        return (
            f"CASE WHEN regexp_full_match({sql}, '[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}') THEN TRY_CAST({sql} AS DATE) END"
        )
    return None


def _native(value: Value, target: Type) -> str | None:
    source, sql = value.type, value.sql
    plain = f"CAST({sql} AS {target.duckdb})"
    match source.base, target.base:
        case ("varchar", "varchar"):
            return sql if target.size >= source.size else f"left({sql}, {target.size})"
        case ("varchar" | "char", "char"):
            if target.size < 256:
                return f"rpad(left({sql}, {target.size}), {target.size}, ' ')"
            return f"rpad({sql}, {target.size}, ' ')" if source.base == "char" else None
        case ("char", "varchar"):
            return sql if target.size >= source.size else f"left({sql}, {target.size})"
        case ("timestamp", "timestamp"):
            return sql if target.size >= source.size or target.size >= 6 else None
        case ("date", "timestamp"):
            return plain
        case ("timestamp", "date"):
            return plain
        case ("date", "timestamp with time zone") | ("timestamp", "timestamp with time zone") if (
            target.size >= (source.sizes or (0,))[0]
        ):
            return (
                f"CASE WHEN {sql} IS NOT NULL THEN {{'t': CAST({sql} AS TIMESTAMP), 'z': 'UTC'}} END"
                if value.plain
                else None
            )
        case ("timestamp with time zone", "timestamp with time zone") if target.size >= source.size:
            return sql
        case ("time", "time") if target.size >= source.size:
            return sql
        case ("real", "double"):
            return plain
        case ("decimal", "decimal"):
            if target.scale >= source.scale and target.size - target.scale >= source.size - source.scale:
                return plain
            return None
        case ("decimal", "double"):
            return plain if source.size <= _EXACT_DIGITS else f"CAST(CAST({sql} AS VARCHAR) AS DOUBLE)"
        case ("decimal", "real"):
            return f"CAST(CAST({sql} AS VARCHAR) AS FLOAT)"
    if source.base in INTEGERS or source.base == "boolean":
        return _of_integer(sql, source, target)
    return None


def _of_integer(sql: str, source: Type, target: Type) -> str | None:
    plain = f"CAST({sql} AS {target.duckdb})"
    if target.base == "boolean" or target.is_floating:
        return plain
    if target.base == "varchar" and target.size == UNBOUNDED:
        return plain
    if target.base in INTEGERS and (
        source.base == "boolean" or INTEGERS.index(source.base) < INTEGERS.index(target.base)
    ):
        return plain
    if target.base == "decimal" and target.size - target.scale >= 19:
        return plain
    return None
