"""JSON as the OpenX SerDe reads it: each line an object, whose keys are column names in any case."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from partitions.audit.column_value import value_problem
from partitions.audit.finding import cut, quoted

if TYPE_CHECKING:
    from collections.abc import Callable

    from partitions.audit.table_content import Column, TableContent
    from partitions.audit.text_lines import Line

_NESTED: dict[str, type] = {"array": list, "map": dict, "struct": dict}
_JSON_NAMES: dict[type, str] = {list: "an array", dict: "an object"}


class _InvalidJsonError(ValueError):
    """A line is not JSON as the SerDe takes it."""


def audit_json_line(line: Line, text: str, table: TableContent, add: Callable[[str, str], None]) -> None:
    """Check a line of a JSON file; ``add`` takes place and problem."""
    if not text.strip():
        return
    try:
        row = json.loads(text, object_pairs_hook=_object, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        add(
            line.place, f"{quoted(text)} is not one JSON object ({error}): write one object a line (pandas: lines=True)"
        )
        return
    if not isinstance(row, dict):
        kind = _JSON_NAMES.get(type(row), "a single value")
        add(line.place, f"it is {kind}: write one object a line (pandas: orient='records', lines=True)")
        return
    values = {name.lower(): value for name, value in row.items()}
    if len(values) < len(row):
        add(line.place, f"keys differ in case alone, {sorted(row)!r}: columns are found in any case")
        return
    if row and not any(column.name in values for column in table.columns):
        add(line.place, f"none of its keys is a column, {sorted(row)[:10]!r}: the whole row would be null")
        return
    for column in table.columns:
        value = values.get(column.name)
        if value is not None and (problem := _value_problem(column, value)):
            shown = quoted(value) if isinstance(value, str) else cut(json.dumps(value, ensure_ascii=False))
            add(line.place, f"{column.name} is {shown}: {problem}")


def json_beginning_problem(text: str, _table: TableContent) -> str | None:
    """Say what the beginning of a line tells already: an object begins with a brace."""
    start = text.lstrip()[:1]
    if start in ("{", ""):
        return None
    return f"it begins with {start!r} and not with an object: write one object a line (pandas: orient='records', lines=True)"


def _value_problem(column: Column, value: Any) -> str | None:
    base = column.base_type
    if wanted := _NESTED.get(base):
        return None if isinstance(value, wanted) else f"it is no {column.type}: write {_JSON_NAMES[wanted]}"
    if base in ("string", "varchar", "char", "binary"):
        return None  # the SerDe writes anything as text
    if isinstance(value, list | dict):
        return f"it is no {column.type}: write a single value"
    if value == "":
        return None
    if isinstance(value, bool):
        return None if base == "boolean" else f"it is no {column.type}: write a number, or null"
    return value_problem(column, value if isinstance(value, str) else str(value))


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise _InvalidJsonError("a key comes twice")
    return found


def _refuse_constant(name: str) -> None:
    raise _InvalidJsonError(f"{name} is not JSON: write null")
