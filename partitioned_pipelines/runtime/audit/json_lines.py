"""JSON as the OpenX SerDe reads it: each line is an object, whose keys are the names of columns and fields, ignoring case."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from partitioned_pipelines.runtime.audit.finding import quoted
from partitioned_pipelines.runtime.audit.json_value import (
    JsonObject,
    Number,
    check_value,
    describe,
    repeated_keys,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from partitioned_pipelines.lake.tables.content import TableContent
    from partitioned_pipelines.runtime.audit.text_lines import Line


class _InvalidJsonError(ValueError):
    """A line is not JSON that the SerDe can read."""


def audit_json_line(line: Line, text: str, table: TableContent, add: Callable[[str, str], None]) -> None:
    """Check a line of a JSON file; ``add`` is called with place and problem."""
    try:
        row = json.loads(
            text, object_pairs_hook=JsonObject, parse_constant=_refuse_constant, parse_int=Number, parse_float=Number
        )
    except (ValueError, RecursionError) as error:
        add(
            line.place,
            f"{quoted(text)} is not one JSON object ({error}): write one object per line (pandas: lines=True)",
        )
        return
    if not isinstance(row, JsonObject):
        add(line.place, f"it is {describe(row)}: write one object per line (pandas: orient='records', lines=True)")
        return
    repeated = repeated_keys(row)
    for problem in repeated:
        add(line.place, problem)
    if repeated:
        return
    values = row.folded()
    if row.pairs and not any(column.name in values for column in table.columns):
        names = sorted(name for name, _ in row.pairs)[:10]
        add(line.place, f"none of its keys is a column ({names!r}): the whole row would be null")
        return
    for column in table.columns:
        for path, value, problem in check_value(column.name, column.type, values.get(column.name)):
            add(line.place, f"{path} is {value}: {problem}")


def json_beginning_problem(text: str, _table: TableContent) -> str | None:
    """Return the problem with the beginning of a line: an object begins with a brace."""
    start = text.lstrip()[:1]
    if start in ("{", ""):
        return None
    return f"it begins with {start!r} and not with an object: write one object per line (pandas: orient='records', lines=True)"


def _refuse_constant(name: str) -> None:
    raise _InvalidJsonError(f"{name} is not JSON: write null")
