"""The rules for inputs that are tables of the project: the table, and the partitions that are read of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from partitioned_pipelines.lake.intervals.window import InvalidWindowError, Length
from partitioned_pipelines.lake.partitions.extent import covers_a_span, fit_in
from partitioned_pipelines.lake.schedule.interval_rule import schedule_rule
from partitioned_pipelines.spec.files.problems import did_you_mean
from partitioned_pipelines.spec.model.pipeline import PartitionWindow, TableInput

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from partitioned_pipelines.lake.intervals.cadence import Cadence
    from partitioned_pipelines.spec.files.problems import Location, Problem
    from partitioned_pipelines.spec.files.yaml_source import YamlSource
    from partitioned_pipelines.spec.model.pipeline import PipelineEntry, Table


def check_table_inputs(read: Sequence[tuple[PipelineEntry, YamlSource]]) -> list[Problem]:
    """Check each table input against the tables of all files."""
    tables = {table.qualified_name: table for entry, _ in read for table in entry.tables}
    problems = []
    for entry, source in read:
        interval = schedule_rule(entry.schedule).calendar.cadence
        for index, step in enumerate(entry.steps):
            for name, given in step.inputs.items():
                if isinstance(given, TableInput):
                    for field, message in _table_problems(given, tables, interval):
                        place = ("steps", index, "inputs", name, *field)
                        problems.append(source.problem(place, message))
    return problems


def _table_problems(given: TableInput, tables: dict[str, Table], interval: Cadence) -> Iterator[tuple[Location, str]]:
    """Yield the fields that are invalid, with the error; ``interval`` is that of the reader."""
    window = given.partitions if isinstance(given.partitions, PartitionWindow) else None
    length = None
    if window:
        if window.last is None and window.offset is None:
            yield ("partitions",), "is empty: use {last: 60 days}, {offset: -1} or both"
        try:
            length = _length(window)
        except InvalidWindowError as error:
            yield ("partitions", "last"), f"is {error}"
    table = tables.get(given.table)
    if table is None:
        hint = did_you_mean(given.table, tables)
        yield ("table",), f"is {given.table!r}, which no pipeline of this project writes: {hint}"
        return
    if table.registration == "projection":
        message = (
            f"is {given.table!r}, whose partitions are projected and not in the catalog: read the step's output instead, or use "
            "registration: lambda for the table"
        )
        yield ("table",), message
    keys = [(key.type, key.date_format) for key in table.partition_keys]
    if given.partitions != "all" and not covers_a_span(keys):
        what = "a window" if window else "'interval'"
        message = (
            f"is {what}, and the keys of {given.table} name no year, month, week, day or time: set date_format on a key of that "
            "table, or use partitions: all"
        )
        yield ("partitions",), message
    elif window:
        yield from _window_problems(given.table, keys, window, length, interval)


def _length(window: PartitionWindow) -> Length | None:
    """Return the length of a window. Raises InvalidWindowError if it has another form, or is a number in quotes."""
    if isinstance(window.last, str) and window.last.isdecimal():
        raise InvalidWindowError(f"{window.last!r}, a string: write a number of intervals without quotes")
    return None if window.last is None else Length.parse(str(window.last))


def _window_problems(
    table: str,
    keys: Sequence[tuple[str, str | None]],
    window: PartitionWindow,
    length: Length | None,
    interval: Cadence,
) -> Iterator[tuple[Location, str]]:
    """Yield the fields that count what the keys cannot tell apart, and a length that is shorter than an interval."""
    if length:
        counted = length.cadence(interval)
        if not fit_in(keys, counted):
            yield ("partitions", "last"), _too_fine(f"is {str(length)!r}", counted, table)
        elif not length.covers(interval):
            message = f"is {str(length)!r}, shorter than an interval of this pipeline ({interval}): use {interval}s, or partitions: interval"
            yield ("partitions", "last"), message
    if window.offset is not None and not fit_in(keys, interval):
        yield ("partitions", "offset"), _too_fine(f"is {window.offset}", interval, table)


def _too_fine(what: str, counted: Cadence, table: str) -> str:
    return (
        f"{what} (unit: {counted}), and the keys of {table} do not tell one {counted} from the next: use a unit that they name, such as "
        "{last: 2 days} for keys with days, or a key with a finer date_format in that table"
    )
