"""Hive types as DuckDB types."""

from __future__ import annotations

import re

_PLAIN = {
    "bigint": "BIGINT",
    "binary": "BLOB",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "double": "DOUBLE",
    "float": "FLOAT",
    "int": "INTEGER",
    "integer": "INTEGER",
    "real": "FLOAT",
    "smallint": "SMALLINT",
    "string": "VARCHAR",
    "timestamp": "TIMESTAMP",
    "tinyint": "TINYINT",
}
INTEGERS = frozenset({"TINYINT", "SMALLINT", "INTEGER", "BIGINT"})
_SIZED = re.compile(r"(char|varchar)\(\d+\)")


def duckdb_type(hive_type: str) -> str:
    """Return the DuckDB type of a Hive type, which may be nested.

    Raises
    ------
    ValueError
        If it is not a Hive type, or is nested too deeply.
    """
    try:
        return _translated(hive_type)
    except RecursionError as error:
        raise ValueError(f"'{hive_type[:40]}…' is nested too deeply") from error


def _translated(hive_type: str) -> str:
    text = hive_type.strip().lower()
    if text in _PLAIN:
        return _PLAIN[text]
    if text.startswith("decimal"):
        return text.upper() if "(" in text else "DECIMAL(10,0)"
    if _SIZED.fullmatch(text) or text in {"varchar", "char"}:
        return "VARCHAR"
    match nested_parts(text):
        case "array", [item]:
            return f"{_translated(item)}[]"
        case "map", [key, value]:
            return f"MAP({_translated(key)}, {_translated(value)})"
        case "struct", parts if all(":" in part for part in parts):
            fields = [part.split(":", 1) for part in parts]
            return f"STRUCT({', '.join(f'{quoted(name.strip())} {_translated(kind)}' for name, kind in fields)})"
    raise ValueError(f"{hive_type!r} is not a Hive type")


def nested_parts(hive_type: str) -> tuple[str, list[str]] | None:
    """Return the kind and the parts of a nested type (``array<int>``, ``map<string,int>``, ``struct<a:int>``), None for any other."""
    kind, bracket, inside = hive_type.strip().lower().partition("<")
    return (kind.strip(), _split(inside.removesuffix(">"))) if bracket else None


def quoted(identifier: str) -> str:
    """Return a quoted SQL identifier."""
    return '"' + identifier.replace('"', '""') + '"'


def literal(text: str) -> str:
    """Return a quoted SQL string."""
    return "'" + text.replace("'", "''") + "'"


def _split(text: str) -> list[str]:
    """Split at the commas outside of brackets."""
    parts, depth, current = [], 0, ""
    for character in text:
        depth += (character in "<(") - (character in ">)")
        if character == "," and depth == 0:
            parts.append(current)
            current = ""
        else:
            current += character
    return [*parts, current]
