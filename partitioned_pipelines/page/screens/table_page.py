"""A table's page: what it contains, its calendar and exceptions, how to query it, its columns and partitions, and who reads it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from typing import TYPE_CHECKING, Final

from partitioned_pipelines.lake.shell_words import shown_command
from partitioned_pipelines.operations.lake_state.letters import NOT_DUE, OPEN, SHOWN
from partitioned_pipelines.operations.lake_state.run_length import decode
from partitioned_pipelines.operations.lake_state.shown_spans import label, span
from partitioned_pipelines.operations.lake_state.standing import standings
from partitioned_pipelines.page.interval_calendar import calendar_of
from partitioned_pipelines.page.reading_graph.picture import neighbourhood_of
from partitioned_pipelines.page.rendering import render
from partitioned_pipelines.page.screens.first_page import newest_letter, unit_of
from partitioned_pipelines.page.screens.table_query import query_of
from partitioned_pipelines.page.screens.when import when_of
from partitioned_pipelines.page.wording import count, first_line, listed, moment, number, size

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markupsafe import Markup

    from partitioned_pipelines.operations.lake_state.detail import Detail
    from partitioned_pipelines.operations.lake_state.lake import Lake, Pipeline, Problem, Table
    from partitioned_pipelines.operations.lake_state.letters import Letter
    from partitioned_pipelines.page.links import Links
    from partitioned_pipelines.page.screens.waiting import RootCauses

EXCEPTIONS_ON_A_PAGE: Final = 20
PARTITIONS_ON_A_PAGE: Final = 25
_UNEXPLAINED: Final = {"m": "no run was started, or none is known any more", "f": "the reason is not known"}
_EXCEPTIONAL: Final = frozenset({"b", "o", "r", "f", "m"})
_SHOWN_INTERVALS: Final = 3


@dataclass(frozen=True, slots=True)
class Picked:
    """An interval of the table, as the panel beside the calendar shows it."""

    index: int
    label: str
    letter: Letter
    facts: Sequence[tuple[str, str]]
    run: str
    why: str
    cause: str
    command: str


@dataclass(frozen=True, slots=True)
class Exceptional:
    """Neighbouring intervals that are not simply there, for one reason."""

    start: str
    label: str
    letter: Letter
    why: str
    cause: str


@dataclass(frozen=True, slots=True)
class PartitionRow:
    """An interval in the list of partitions."""

    label: str
    letter: Letter
    rows: str
    bytes: str
    objects: str
    run: str
    registered: str


@dataclass(frozen=True)
class Intervals:
    """The intervals of a table's detail, with what explains them."""

    lake: Lake
    causes: RootCauses
    table: Table
    pipeline: Pipeline
    detail: Detail

    @cached_property
    def letters(self) -> list[Letter]:
        """The letter of each."""
        return decode(self.detail.states)

    @property
    def _end(self) -> str:
        return self.detail.span.end if self.detail.span else ""

    @cached_property
    def _whys(self) -> list[tuple[str, str]]:
        return [self._why(index, letter) for index, letter in enumerate(self.letters)]

    @cached_property
    def _reasons(self) -> dict[int, str]:
        return {
            index: each.text for each in self.detail.reasons for index in range(each.first, each.first + each.count)
        }

    def end(self, index: int) -> str:
        """Return the exclusive end of one."""
        following = index + 1
        return self.detail.starts[following] if following < len(self.detail.starts) else self._end

    def label(self, index: int) -> str:
        """Return the name of one."""
        return label(self.detail.starts[index], self.table.step)

    def run(self, index: int) -> str:
        """Return the run that decided its state; empty if none is known."""
        named = self.detail.runs[index]
        return self.detail.run_ids[named] if named is not None else ""

    def why(self, index: int) -> tuple[str, str]:
        """Return why an interval is in its state, and the table that it waits for; both may be empty."""
        return self._whys[index]

    def _why(self, index: int, letter: Letter) -> tuple[str, str]:
        if letter in OPEN:
            need = self.causes.of(self.table.id, self.detail.starts[index])
            if need and self.table.id not in need.tables:
                return "waits for", need.tables[0]
        return first_line(self._reasons.get(index, "")) or _UNEXPLAINED.get(letter, ""), ""

    def command(self, index: int, letter: Letter) -> str:
        """Return the command that mends an interval; empty if there is nothing to mend."""
        if letter not in OPEN and letter != "o":
            return ""
        start, end = self.detail.starts[index], self.end(index)
        which = ("--date", start) if self.table.step == "day" else ("--from", start, "--to", end)
        return shown_command(("pipelines", "run", self.pipeline.name, *which, *self.lake.options))

    def picked(self, index: int) -> Picked:
        """Return one as the panel shows it."""
        letter = self.letters[index]
        why, cause = self.why(index)
        return Picked(
            index,
            self.label(index),
            letter,
            self._facts(index),
            self.run(index),
            why,
            cause,
            self.command(index, letter),
        )

    def _facts(self, index: int) -> list[tuple[str, str]]:
        rows, objects = self.detail.rows, self.detail.objects[index]
        found = []
        if rows is not None and rows[index] is not None:
            found.append(("rows", number(rows[index])))
        if objects:
            found += [("bytes", size(self.detail.bytes[index])), ("objects", number(objects))]
        return found

    def exceptions(self) -> list[Exceptional]:
        """Return the spans of equal state and reason that are not simply there, the newest first."""
        letters = self.letters
        explained = [(letter, *self.why(index)) for index, letter in enumerate(letters)]
        found = []
        first = 0
        for (letter, why, cause), equal in groupby(explained):
            after = first + sum(1 for _ in equal)
            if letter in _EXCEPTIONAL or (letter == "s" and why):
                found.append(Exceptional(self.detail.starts[first], self._span(first, after), letter, why, cause))
            first = after
        return found[::-1]

    def _span(self, first: int, after: int) -> str:
        return self.label(first) if after - first == 1 else f"{self.label(first)} to {self.label(after - 1)}"

    def partitions(self, page: int) -> tuple[list[PartitionRow], int, int]:
        """Return a page of the due intervals, the newest first, with its number and the number of pages."""
        letters, detail = self.letters, self.detail
        registered = {each.run: moment(each.registered) for each in detail.shown if each.registered}
        due = [index for index in range(len(letters) - 1, -1, -1) if letters[index] != NOT_DUE]
        pages = max(1, -(-len(due) // PARTITIONS_ON_A_PAGE))
        page = min(max(page, 1), pages)
        shown = due[(page - 1) * PARTITIONS_ON_A_PAGE : page * PARTITIONS_ON_A_PAGE]
        rows = [
            PartitionRow(
                self.label(index),
                letters[index],
                number(detail.rows[index] if detail.rows and detail.partitions[index] else None),
                size(detail.bytes[index] if detail.partitions[index] else None),
                number(detail.objects[index] if detail.partitions[index] else None),
                self.run(index),
                registered.get(self.run(index), ""),
            )
            for index in shown
        ]
        return rows, page, pages

    def document(self, places: Sequence[int]) -> dict[str, object]:
        """Return what the script needs to pick another interval: lists with an entry for each, and texts that several share.

        Numbers that are counted up are given by the first one, for there are many tables in a file.
        """
        letters = self.letters
        texts: dict[tuple[str, str], int] = {}
        whys = [texts.setdefault(why, len(texts)) for why in self._whys]
        day = self.table.step == "day"
        return {
            "states": "".join(letters),
            "first": self.detail.starts[0],
            "starts": None if day else self.detail.starts,  # of days, the script counts
            "ends": None if day else self._end,
            "labels": None
            if self.table.step in ("day", "week")
            else [self.label(each) for each in range(len(letters))],
            "rows": self.detail.rows,
            "bytes": self.detail.bytes,
            "objects": self.detail.objects,
            "places": _first_if_counted(places),
            "runs": _first_if_counted(self.detail.runs),
            "runIds": self.detail.run_ids,
            "texts": list(texts),
            "whys": whys,
            "command": shown_command(("pipelines", "run", self.pipeline.name)),
            "options": f" {shown_command(self.lake.options)}" if self.lake.options else "",
        }


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
    picked = intervals.picked(_index_of(intervals, at)) if intervals else None
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


def _first_if_counted(numbers: Sequence[int | None]) -> Sequence[int | None] | int:
    """Return the first of numbers of which each is one more than the one before; otherwise all of them."""
    first = numbers[0]
    return first if first is not None and list(numbers) == list(range(first, first + len(numbers))) else numbers


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


def _index_of(intervals: Intervals, at: str | None) -> int:
    """Return the index of an interval by its start or the beginning of it; of the newest due one if there is none."""
    starts = intervals.detail.starts
    if at:
        same = (index for index in range(len(starts) - 1, -1, -1) if starts[index].startswith(at))
        before = (index for index in range(len(starts) - 1, -1, -1) if starts[index][: len(at)] <= at)
        return next(same, next(before, 0))
    letters = intervals.letters
    return next((index for index in range(len(letters) - 1, -1, -1) if letters[index] != NOT_DUE), len(letters) - 1)


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
