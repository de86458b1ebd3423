"""CSV as LazySimpleSerDe reads it: a line is a row, a comma separates values, and quotes are ordinary characters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from partitioned_pipelines.runtime.audit.column_value import value_problem
from partitioned_pipelines.runtime.audit.finding import quoted

if TYPE_CHECKING:
    from collections.abc import Callable

    from partitioned_pipelines.lake.tables.content import TableContent
    from partitioned_pipelines.runtime.audit.text_lines import Line

_DELIMITER = ","
_NULLS = frozenset({"", "\\N"})


def audit_csv_line(line: Line, text: str, table: TableContent, add: Callable[[str, str], None]) -> None:
    """Check a line of a CSV file; ``add`` is called with place and problem."""
    values = text.split(_DELIMITER)
    if line.first and _is_header(values, table):
        add(
            line.place, f"it is a header, {quoted(text)}, and would be read as a row: write none (pandas: header=False)"
        )
        return
    if problem := _quote_problem(values):
        add(line.place, problem)
        return
    expected = len(table.columns)
    if len(values) != expected:
        what = (
            "too few: the last columns would be null" if len(values) < expected else "too many: the last would be lost"
        )
        more = " (the partition keys belong only in the path)" if _may_hold_keys(values, table) else ""
        add(line.place, f"it has {len(values)} values, and the table has {expected} columns, {what}{more}")
        return
    for column, value in zip(table.columns, values, strict=True):
        if value not in _NULLS and (problem := value_problem(column.type, value)):
            add(line.place, f"{column.name} is {quoted(value)}: {problem}")


def csv_beginning_problem(text: str, table: TableContent) -> str | None:
    """Return the problem that the beginning of a line already shows: a quoted value, or more values than columns."""
    values = text.split(_DELIMITER)
    if problem := _quote_problem(values[:-1]):
        return problem
    expected = len(table.columns)
    if len(values) <= expected:
        return None
    return f"it has at least {len(values)} values, and the table has {expected} columns: end each row with a newline"


def _is_header(values: list[str], table: TableContent) -> bool:
    names = [value.strip().strip('"').lower() for value in values]
    columns = [column.name for column in table.columns]
    if names == columns:
        return True
    # pandas writes an unnamed index column first in the header; a partition key may also be a column.
    known = {*columns, *table.partition_keys, ""}
    return len(names) > 1 and any(names) and all(name in known for name in names) and len(set(names)) == len(names)


def _quote_problem(values: list[str]) -> str | None:
    for number, value in enumerate(values):
        if not value.startswith('"'):
            continue
        if value.count('"') % 2:
            goes_on = "a delimiter" if any(later.endswith('"') for later in values[number + 1 :]) else "a newline"
            return (
                f"{quoted(value)} begins a quoted value that contains {goes_on}; LazySimpleSerDe does not support quotes, and splits "
                "there: remove delimiters and newlines from the values, or use format: parquet for the table"
            )
        # Doubled quotes are CSV's escape for a quote inside quotes; `"a" or "b"` is not a quoted value.
        if len(value) > 1 and value.endswith('"') and '"' not in value[1:-1].replace('""', ""):
            return (
                f"{quoted(value)} is quoted; LazySimpleSerDe does not support quotes, which would be part of the value: write "
                "values without quotes (pandas: quoting=csv.QUOTE_NONE)"
            )
    return None


def _may_hold_keys(values: list[str], table: TableContent) -> bool:
    return len(values) == len(table.columns) + len(table.partition_keys)
