"""Hive's types in DuckDB's words."""

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
    """Translate a Hive type, nested ones included."""
    text = hive_type.strip().lower()
    if text in _PLAIN:
        return _PLAIN[text]
    if text.startswith("decimal"):
        return text.upper() if "(" in text else "DECIMAL(10,0)"
    if _SIZED.fullmatch(text) or text in {"varchar", "char"}:
        return "VARCHAR"
    kind, _, inside = text.partition("<")
    parts = _split(inside.removesuffix(">"))
    if kind == "array":
        return f"{duckdb_type(parts[0])}[]"
    if kind == "map":
        return f"MAP({duckdb_type(parts[0])}, {duckdb_type(parts[1])})"
    if kind == "struct":
        fields = [part.split(":", 1) for part in parts]
        return f"STRUCT({', '.join(f'{quoted(name.strip())} {duckdb_type(kind)}' for name, kind in fields)})"
    raise ValueError(f"{hive_type!r} is no type of Hive's")


def quoted(identifier: str) -> str:
    """Quote an identifier."""
    return '"' + identifier.replace('"', '""') + '"'


def literal(text: str) -> str:
    """Quote a text."""
    return "'" + text.replace("'", "''") + "'"


def _split(text: str) -> list[str]:
    """Split at the commas that are in no bracket."""
    parts, depth, current = [], 0, ""
    for character in text:
        depth += (character in "<(") - (character in ">)")
        if character == "," and depth == 0:
            parts.append(current)
            current = ""
        else:
            current += character
    return [*parts, current]
