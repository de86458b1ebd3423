"""A table's page: what it contains, its calendar and exceptions, how to query it, its columns and partitions, and who reads it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from partitioned_pipelines.operations.lake_state.building.standing import standings
from partitioned_pipelines.operations.lake_state.interval_letters import NOT_DUE, SHOWN
from partitioned_pipelines.operations.lake_state.shown_spans import label, span
from partitioned_pipelines.page.interval_calendar import calendar_of
from partitioned_pipelines.page.reading_graph.picture import neighbourhood_of
from partitioned_pipelines.page.rendering import render
from partitioned_pipelines.page.screens.first_page import newest_letter, unit_of
from partitioned_pipelines.page.screens.table_intervals import Intervals
from partitioned_pipelines.page.screens.table_query import query_of
from partitioned_pipelines.page.screens.when import when_of
from partitioned_pipelines.page.wording import count, listed, size

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markupsafe import Markup

    from partitioned_pipelines.operations.lake_state.documents.detail import Detail
    from partitioned_pipelines.operations.lake_state.documents.lake import Lake, Pipeline, Problem, Table
    from partitioned_pipelines.page.links import Links
    from partitioned_pipelines.page.screens.waiting import RootCauses

EXCEPTIONS_ON_A_PAGE: Final = 20
_SHOWN_INTERVALS: Final = 3


def table_page(
    lake: Lake,
    causes: RootCauses,
    links: Links,
    table: Table,
    detail: Detail | None,
    *,
    at: str | None,
    year: int | None,
    years: Sequence[int],
    steps: int,
    page: int,
    problem: Problem | None,
) -> Markup:
    """Return the content of the page."""
    pipeline = lake.pipeline(table.pipeline)
    has_intervals = detail is not None and bool(detail.starts) and table.step is not None
    intervals = Intervals(lake, causes, table, pipeline, detail) if detail and has_intervals else None
    partitions, page, pages = intervals.partitions(page) if intervals else ([], 1, 1)
    exceptions = intervals.exceptions() if intervals else []
    picked = intervals.picked(intervals.index_of(at)) if intervals else None
    calendar = (
        calendar_of(table.step or "", detail.starts, intervals.letters, detail.rows, detail.bytes)
        if detail and intervals
        else None
    )
    standing = standings(lake.pipelines, lake.tables, lake.needs)[table.id]
    letter = newest_letter(table)
    worst = next((need.state for need in lake.needs if table.id in need.tables), None)
    return render(
        "table_page.html",
        lake=lake,
        links=links,
        table=table,
        pipeline=pipeline,
        glyph_letter="?" if standing == "unknown" else worst or letter or NOT_DUE,
        verdict=verdict_of(lake, table, standing),
        facts=_facts(lake, table, pipeline),
        read_by=[each for other in lake.pipelines if table.id in other.reads for each in other.tables],
        known={each.id for each in lake.tables},
        problems=[each for each in (table.problem, problem) if each],
        detail=detail,
        calendar=calendar,
        picked=picked,
        data=intervals.document(calendar.places) if intervals and calendar else None,
        exceptions=exceptions,
        shown_exceptions=EXCEPTIONS_ON_A_PAGE,
        partitions=partitions,
        partitions_due=sum(table.counts.values()),
        page=page,
        pages=pages,
        at=at or "",
        year=year,
        years=years,
        query=query_of(table, detail, lake.options) if detail else None,
        picture=neighbourhood_of(lake, table.pipeline, steps),
        steps=steps,
        standing=standing,
        first_day=lake.as_of.date().isoformat(),
    )


def verdict_of(lake: Lake, table: Table, standing: str) -> str:
    """Return how a table stands, in a sentence or two."""
    if standing == "unknown":
        return (
            "Its states could not be read." if table.problem and table.problem.call else "Its states cannot be trusted."
        )
    if standing == "not_deployed":
        return "Its pipeline is not deployed."
    newest = f" Newest {unit_of(table.step)} that is there: {label(table.newest, table.step)}." if table.newest else ""
    if not table.counts:
        return "Nothing has run yet." if not newest else f"Nothing is due.{newest}"
    for need in lake.needs:
        if table.id in need.tables:
            what = "Failed" if need.state == "f" else "Missing"
            shown = [span(each.start, each.end) for each in need.intervals[-_SHOWN_INTERVALS:]]
            more = (
                f", and {count(len(need.intervals) - _SHOWN_INTERVALS, 'earlier span')}"
                if len(need.intervals) > _SHOWN_INTERVALS
                else ""
            )
            both = f" ({need.failed:,} failed, {need.missing:,} missing)" if need.failed and need.missing else ""
            return f"{what} for {listed(shown)}{more}{both}.{newest}"
        if any(each.table == table.id for each in need.waiting):
            return f"Waits for {listed(need.tables)}.{newest}"
    running = table.counts.get("r", 0)
    if running:
        return f"{count(running, unit_of(table.step))} {'is' if running == 1 else 'are'} being written.{newest}"
    return f"Everything that is due is there.{newest}"


def _facts(lake: Lake, table: Table, pipeline: Pipeline) -> list[tuple[str, str]]:
    due = sum(number_of for letter, number_of in table.counts.items() if letter != NOT_DUE)
    there = sum(table.counts.get(letter, 0) for letter in SHOWN)
    units = unit_of(table.step, due)
    partitions = f", {count(table.partitions, 'partition')}" if table.partitions is not None else ""
    found = [
        ("Written by", pipeline.name),
        ("When", when_of(pipeline)),
        (units.capitalize(), (f"{there:,} of {due:,} due" if due else "none is due") + partitions),
    ]
    if table.bytes is not None:
        rows = f"{count(table.rows, 'row')}, " if table.rows is not None else ""
        found.append(("Rows, bytes" if rows else "Bytes", f"{rows}{size(table.bytes)}"))
    found.append(("Format", f"{table.format}, {table.layout.replace('_', ' ')}"))
    return found
