"""The first page: is everything all right, what is missing, since when, and who reads whom."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from partitioned_pipelines.operations.lake_state.building.standing import others, standings
from partitioned_pipelines.operations.lake_state.interval_letters import NAME_OF, NOT_DUE
from partitioned_pipelines.operations.lake_state.run_length import parts
from partitioned_pipelines.operations.lake_state.shown_spans import label, spans
from partitioned_pipelines.page.reading_graph.picture import picture_of
from partitioned_pipelines.page.rendering import render
from partitioned_pipelines.page.strip import encoded, paths_of
from partitioned_pipelines.page.time_axis import axis_of, columns_of
from partitioned_pipelines.page.wording import capitalized, count, size

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from markupsafe import Markup

    from partitioned_pipelines.operations.lake_state.building.standing import Standing
    from partitioned_pipelines.operations.lake_state.documents.lake import Lake, Need, Pipeline, Problem, Table
    from partitioned_pipelines.operations.lake_state.interval_letters import Letter
    from partitioned_pipelines.page.links import Links
    from partitioned_pipelines.page.strip import Path
    from partitioned_pipelines.page.time_axis import Axis

LONGEST_WINDOW: Final = 400
WINDOWS: Final = (30, 90, LONGEST_WINDOW)
"""The numbers of days that the first page can show."""
ROWS_ON_A_PAGE: Final = 100
_SHOWN_NEEDS: Final = 10
_GRAPH_ORDER_UP_TO: Final = 40
_ORDER: Final[tuple[Standing, ...]] = ("needs", "unknown", "waiting", "running", "nothing", "not_deployed", "right")
_NOT_DUE_YET: Final = "nothing is due yet"
_UNITS: Final = {"day": "day", "hour": "hour", "week": "week", "month": "month"}
_STANDS: Final[Mapping[Standing, str]] = {
    "needs": "needs you",
    "unknown": "could not be read",
    "not_deployed": "not deployed",
}
_SILENT: Final[frozenset[Letter]] = frozenset({NOT_DUE})


def unit_of(step: str | None, number: int = 1) -> str:
    """Return what a number of intervals of this length are called: days, hours, intervals."""
    unit = _UNITS.get(step or "", "interval")
    return unit if number == 1 else f"{unit}s"


@dataclass(frozen=True, slots=True)
class Row:
    """A table in the grid.

    Attributes
    ----------
    glyph
        The state of the newest due interval; ``?`` if it is unknown.
    earlier
        What there is before the axis, if there is nothing on it.
    search
        What the filter searches.
    """

    table: Table
    glyph: str
    glyph_name: str
    paths: Sequence[Path]
    columns: str
    earlier: str
    spoken: str
    newest_spoken: str
    newest: str
    freshness: str
    late: bool
    open: Sequence[tuple[Letter, int]]
    rows: str
    bytes: str
    search: str


@dataclass(frozen=True, slots=True)
class ShownNeed:
    """A root cause in words."""

    need: Need
    what: str
    when: str
    waiting: str
    waiting_table: str


def first_page(
    lake: Lake,
    links: Links,
    *,
    window: int | None,
    query: str,
    number: int,
    reading: frozenset[str],
) -> tuple[str, Markup]:
    """Return the title and the content of the page."""
    standing = standings(lake.pipelines, lake.tables, lake.needs)
    axis = axis_of(lake, LONGEST_WINDOW)
    tables = _in_order(lake, standing)
    picture = picture_of(lake)
    matching = [table for table in tables if query.casefold() in search_text(table, standing[table.id])]
    pages = max(1, -(-len(matching) // ROWS_ON_A_PAGE))
    number = min(max(number, 1), pages)
    shown = matching[(number - 1) * ROWS_ON_A_PAGE : number * ROWS_ON_A_PAGE]
    known = [table for table in lake.tables if table.id not in reading]
    verdict = lake.verdict if known or not lake.tables else "Reading the lake…"
    main = render(
        "first_page.html",
        lake=lake,
        links=links,
        verdict=verdict,
        rest=others(standing.values()) if known else "",
        needs=[shown_need(lake, need) for need in lake.needs[:_SHOWN_NEEDS]],
        more_needs=max(0, len(lake.needs) - _SHOWN_NEEDS),
        problems=problems_of(lake),
        rows=[
            _reading(table) if table.id in reading else _row(lake.pipeline(table.pipeline), table, standing, axis)
            for table in shown
        ],
        axis=axis,
        window=window if window in WINDOWS else _window_of(lake, axis),
        longest=LONGEST_WINDOW,
        windows=WINDOWS,
        query=query,
        number=number,
        pages=pages,
        matching=len(matching),
        picture=picture,
        undeployed=[pipeline.name for pipeline in lake.pipelines if not pipeline.deployed],
        off=[pipeline for pipeline in lake.pipelines if pipeline.off],
        never_run=[
            pipeline
            for pipeline in lake.pipelines
            if pipeline.deployed
            and pipeline.last is None
            and pipeline.tables
            and all(standing[table] == "nothing" for table in pipeline.tables)
            and not reading.intersection(pipeline.tables)
        ],
        first_day=lake.as_of.date().isoformat(),
    )
    return verdict, main


def _window_of(lake: Lake, axis: Axis) -> int:
    """Return the shortest window that contains all intervals on the axis."""
    first = min(
        (
            columns[0].first
            for table in lake.tables
            if (columns := columns_of(table, lake.pipeline(table.pipeline).zone, axis))
        ),
        default=0,
    )
    return next((days for days in WINDOWS if days >= axis.days - first), LONGEST_WINDOW)


def problems_of(lake: Lake) -> list[Problem]:
    """Return everything that could not be read, each once."""
    found = [*lake.errors, *(table.problem for table in lake.tables if table.problem)]
    return list(dict.fromkeys(found))


def newest_letter(table: Table) -> Letter | None:
    """Return the state of a table's newest due interval; None if none is due."""
    return next((letter for letter, _ in reversed(list(parts(table.states))) if letter != NOT_DUE), None)


def search_text(table: Table, stands: Standing) -> str:
    """Return what the filter searches of a table: its names, and the states of its intervals."""
    states = [NAME_OF[letter] for letter in sorted(table.counts) if table.counts[letter]]
    return " ".join((table.id, table.pipeline, *states, _STANDS.get(stands, ""))).casefold()


def shown_need(lake: Lake, need: Need) -> ShownNeed:
    """Return a root cause in words."""
    step = lake.table(need.tables[0]).step
    counts = [
        f"{number:,} {unit_of(step, number)} {word}"
        for number, word in ((need.failed, "failed"), (need.missing, "missing"))
        if number
    ]
    if len(counts) > 1:
        counts[1] = f"{need.missing:,} missing"
    waiting = need.waiting
    said = ""
    if len(waiting) > 1:
        said = count(len(waiting), "table")
    return ShownNeed(
        need,
        ", ".join(counts),
        capitalized(spans(need.intervals, lasting=need.late)),
        said,
        waiting[0].table if len(waiting) == 1 else "",
    )


def _in_order(lake: Lake, standing: Mapping[str, Standing]) -> list[Table]:
    """Return the tables: sources first, as in the graph, or the worst first if there are many."""
    if len(lake.tables) > _GRAPH_ORDER_UP_TO:
        return sorted(lake.tables, key=lambda table: (_ORDER.index(standing[table.id]), table.id))
    depth = _depths(lake)
    return sorted(lake.tables, key=lambda table: (depth[table.pipeline], table.pipeline, table.id))


def _depths(lake: Lake) -> dict[str, int]:
    writer = {table: pipeline.name for pipeline in lake.pipelines for table in pipeline.tables}
    depth = {pipeline.name: 0 for pipeline in lake.pipelines}
    for _ in lake.pipelines:
        found = {
            pipeline.name: max((depth[writer[each]] + 1 for each in pipeline.reads if each in writer), default=0)
            for pipeline in lake.pipelines
        }
        if found == depth:
            break
        depth = found
    return depth


def _row(pipeline: Pipeline, table: Table, standing: Mapping[str, Standing], axis: Axis) -> Row:
    columns = columns_of(table, pipeline.zone, axis)
    letter = newest_letter(table)
    stands = standing[table.id]
    freshness, late = _freshness(table, stands)
    glyph: str = letter or "."
    name = NAME_OF[letter] if letter else _NOT_DUE_YET
    if stands in ("unknown", "not_deployed"):
        glyph, name = ("?", "could not be read") if stands == "unknown" else (".", "not deployed")
    if table.problem and not table.problem.call:
        glyph, name = "m", table.problem.error  # a contradiction: its data cannot be trusted
    counted = [f"{number:,} {NAME_OF[each]}" for each, number in table.counts.items() if each not in _SILENT]
    return Row(
        table,
        glyph,
        name,
        paths_of(columns, apart=table.step in ("week", "month")),
        encoded(columns),
        f"{', '.join(counted)}: all before {axis.first}" if counted and not columns else "",
        f"{table.id}: {', '.join(counted) or name}",
        f"{label(table.newest, table.step)}, the newest that is there" if table.newest else name,
        label(table.newest, table.step) if table.newest else "",
        freshness,
        late,
        [(each, table.counts[each]) for each in ("f", "m") if table.counts.get(each)],
        f"{table.rows:,}" if table.rows is not None else "",
        size(table.bytes) if table.bytes else "",
        search_text(table, stands),
    )


def _freshness(table: Table, stands: Standing) -> tuple[str, bool]:
    if stands == "unknown":
        return "could not be read", True
    if stands == "not_deployed":
        return "not deployed", False
    if table.late:
        return f"{table.late:,} {unit_of(table.step, table.late)} late", True
    return ("on time", False) if table.counts else (_NOT_DUE_YET, False)


def _reading(table: Table) -> Row:
    return Row(
        table=table,
        glyph=NOT_DUE,
        glyph_name="reading",
        paths=(),
        columns="",
        earlier="",
        spoken="",
        newest_spoken="",
        newest="",
        freshness="reading…",
        late=False,
        open=(),
        rows="",
        bytes="",
        search=search_text(table, "unknown"),
    )
