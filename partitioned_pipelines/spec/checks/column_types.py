"""The Hive column types that Athena and Glue accept."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from partitioned_pipelines.lake.tables.storage_format import FORMATS

if TYPE_CHECKING:
    from partitioned_pipelines.lake.tables.storage_format import TableFormat

from partitioned_pipelines.lake.tables.hive_type import split_types
from partitioned_pipelines.spec.model.fields import PLAIN_TYPES

_MENDED = {
    "integer": "int",
    "long": "bigint",
    "str": "string",
    "text": "string",
    "bool": "boolean",
    "datetime": "timestamp",
}
_SIZED = re.compile(r"(?P<name>char|varchar|decimal)\((?P<sizes>[0-9]{1,5}(,[0-9]{1,5})?)\)")
_DEEPEST = 30
_FIELD = re.compile(r"(?P<name>[a-z_][a-z0-9_]*):(?P<type>.+)")


def column_type_problem(text: str, table_format: TableFormat) -> str | None:
    """Return an error if the type of a column is invalid in a table of this format, else None."""
    if text in PLAIN_TYPES:
        return None
    if match := _SIZED.fullmatch(text):
        return _size_problem(match["name"], [int(size) for size in match["sizes"].split(",")])
    kind, bracket, inside = text.partition("<")
    if text.count("<") > _DEEPEST:
        return f"is nested too deeply: use at most {_DEEPEST} levels"
    if bracket and inside.endswith(">") and kind in {"array", "map", "struct"}:
        if not FORMATS[table_format].has_nested_types:
            others = ", ".join(each.title for each in FORMATS.values() if each.has_nested_types)
            return f"is {text!r}: a {FORMATS[table_format].title} table has no {kind}s; choose a format that has ({others})"
        return _nested_problem(kind, split_types(inside[:-1]), table_format)
    if text in _MENDED:
        return f"is {text!r}: Hive calls it {_MENDED[text]!r}"
    return f"is {text!r}: use one of {', '.join(sorted(PLAIN_TYPES))}, decimal(p,s), varchar(n) or char(n)"


def _size_problem(name: str, sizes: list[int]) -> str | None:
    if name == "decimal":
        precision, scale = sizes[0], sizes[1] if len(sizes) > 1 else 0
        if not (1 <= precision <= 38 and scale <= precision):
            return "is a decimal out of range: use decimal(p,s) with p from 1 to 38 and s up to p"
    elif len(sizes) > 1 or not 1 <= sizes[0] <= (255 if name == "char" else 65_535):
        return f"is a {name} out of range: char takes 1 to 255, varchar 1 to 65535"
    return None


def _nested_problem(kind: str, parts: list[str], table_format: TableFormat) -> str | None:
    if kind == "struct":
        fields = [_FIELD.fullmatch(part) for part in parts]
        if not all(fields):
            return "is a struct whose fields are not name:type"
        inner = [field["type"] for field in fields if field]
    else:
        inner = parts
        if len(inner) != (1 if kind == "array" else 2):
            return f"is not {kind}<{'type' if kind == 'array' else 'key,value'}>"
        if kind == "map" and "<" in inner[0]:
            return f"is a map whose keys are {inner[0]!r}: use a plain type"
    return next((problem for part in inner if (problem := column_type_problem(part, table_format))), None)
