"""The rules for inputs that are tables: the project has them, and their catalog knows what they hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from partitioned_pipelines.lake.partition_days import covers_whole_dates
from partitioned_pipelines.spec.files.problems import did_you_mean, field_name
from partitioned_pipelines.spec.model.pipeline import TableInput

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from partitioned_pipelines.spec.files.problems import Problem
    from partitioned_pipelines.spec.files.yaml_source import YamlSource
    from partitioned_pipelines.spec.model.pipeline import PipelineEntry, Table


def check_table_inputs(read: Sequence[tuple[PipelineEntry, YamlSource]]) -> list[Problem]:
    """Check every input that is a table against the tables of all files."""
    tables = {table.qualified_name: table for entry, _ in read for table in entry.tables}
    problems = []
    for entry, source in read:
        for index, step in enumerate(entry.steps):
            for name, given in step.inputs.items():
                if isinstance(given, TableInput):
                    for key, message in _problems(given, tables):
                        place = ("steps", index, "inputs", name, key)
                        problems.append(source.problem(place, message, field_name(place)))
    return problems


def _problems(given: TableInput, tables: dict[str, Table]) -> Iterable[tuple[str, str]]:
    table = tables.get(given.table)
    if table is None:
        hint = did_you_mean(given.table, tables)
        yield "table", f"is {given.table!r}, which no pipeline of this project writes: {hint}"
        return
    if table.registration == "projection":
        message = (
            f"is {given.table!r}, whose partitions are projected, so that no catalog knows which there are: read its files by a "
            "step's output, or give it registration: lambda"
        )
        yield "table", message
    keys = [(key.type, key.date_format) for key in table.partition_keys]
    if given.partitions == "interval" and not covers_whole_dates(keys):
        message = (
            f"is 'interval', and no key of {given.table} says which year it is: give a key of that table a date_format, or take "
            "all partitions"
        )
        yield "partitions", message
