"""The rules for pipelines that start when the tables that they read have published: each must be a table that can be waited for."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from partitioned_pipelines.spec.derived.awaited_tables import (
    awaited_inputs,
    awaited_tables,
    table_specs,
    waits_for_tables,
)
from partitioned_pipelines.spec.model.limits import LONGEST_AWAITED

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from partitioned_pipelines.spec.files.problems import Location, Problem
    from partitioned_pipelines.spec.files.yaml_source import YamlSource
    from partitioned_pipelines.spec.model.pipeline import PipelineEntry, Table

_WHEN = ("schedule", "when")


def check_awaited_tables(read: Sequence[tuple[PipelineEntry, YamlSource]]) -> list[Problem]:
    """Check each pipeline with ``when: inputs`` against the pipelines that write what it reads."""
    tables = {table.qualified_name: table for entry, _ in read for table in entry.tables}
    writers = {table.qualified_name: entry for entry, _ in read for table in entry.tables}
    problems = [
        source.problem(place, message)
        for entry, source in read
        if waits_for_tables(entry)
        for place, message in _problems(entry, tables, writers)
    ]
    if problems:
        return problems
    for entry, source in read:
        if waits_for_tables(entry) and (message := _size_problem(entry, tables, writers)):
            problems.append(source.problem(_WHEN, message))
    return problems


def _problems(
    entry: PipelineEntry, tables: Mapping[str, Table], writers: Mapping[str, PipelineEntry]
) -> Iterator[tuple[Location, str]]:
    awaited = list(awaited_inputs(entry, writers))
    if not awaited:
        yield (
            _WHEN,
            "is 'inputs', and no step reads a table that another pipeline publishes by a schedule: use `cron:`, or read "
            "{table: database.name}",
        )
    steps = [step.name for step in entry.steps]
    for (step, name), source in awaited:
        place: Location = ("steps", steps.index(step), "inputs", name, "table")
        table, writer = tables[source.table], writers[source.table]
        if table.registration != "lambda":
            yield (
                place,
                f"is {source.table!r}, with registration: {table.registration}, whose runs leave no mark of what they publish: nothing can "
                "wait for it; use registration: lambda for the table, or `cron:` for this pipeline",
            )
        if writer.schedule is None:
            yield (
                place,
                f"is {source.table!r}, and the pipeline {writer.name} that writes it has no schedule, so that nobody knows which intervals to "
                "wait for: give it one, such as {interval: day, timezone: UTC}, or read partitions: all",
            )
    if circle := _circle(entry, writers):
        yield (
            _WHEN,
            f"is 'inputs', and these pipelines would wait for each other: {' → '.join(circle)}; give one of them a `cron:`",
        )


def _circle(entry: PipelineEntry, writers: Mapping[str, PipelineEntry]) -> list[str]:
    """Return the names of pipelines that wait for each other, from a pipeline back to itself; empty if there are none."""
    paths = [[entry]]
    seen: set[str] = set()
    while paths:
        path = paths.pop()
        if not waits_for_tables(path[-1]):
            continue
        for _, source in awaited_inputs(path[-1], writers):
            writer = writers[source.table]
            if writer.name == entry.name:
                return [each.name for each in (*path, writer)]
            if writer.name not in seen:
                seen.add(writer.name)
                paths.append([*path, writer])
    return []


def _size_problem(
    entry: PipelineEntry, tables: Mapping[str, Table], writers: Mapping[str, PipelineEntry]
) -> str | None:
    described = json.dumps(table_specs(awaited_tables(entry, tables, writers)))
    if len(described) <= LONGEST_AWAITED:
        return None
    return (
        f"is 'inputs', and a description of the tables that the steps read has {len(described)} characters: EventBridge passes on "
        f"{LONGEST_AWAITED}; use `cron:`, or read fewer tables"
    )
