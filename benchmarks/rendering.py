"""The pages of a large lake: CPU seconds to render, and sizes.

    python benchmarks/rendering.py [--tables 500] [--intervals 400]

Each pipeline writes a table, and reads up to two earlier ones; states are random, which is the worst case. It fails if a limit is exceeded.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from partitioned_pipelines.lake.intervals.cadence import Cadence
from partitioned_pipelines.lake.intervals.calendar import Calendar
from partitioned_pipelines.lake.intervals.clock import Clock
from partitioned_pipelines.operations.lake_state.building.build import build_lake
from partitioned_pipelines.operations.lake_state.building.build_detail import build_detail
from partitioned_pipelines.operations.lake_state.building.gathered_facts import Holding, PipelineFacts, TableFacts
from partitioned_pipelines.page.pages import Pages
from partitioned_pipelines.page.reading_graph.drawing import Card, Edge, draw
from partitioned_pipelines.page.report import Report
from partitioned_pipelines.runtime.intervals.interval_state import State

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
CARDS = 500
RUN = "20261129T000000Z-0123abcd"
STATES = (State("published", None, RUN), State("failed", "no rows", RUN), State("never_started"), State("skipped"))


@dataclass(frozen=True)
class Limit:
    """What a page may take."""

    seconds: float
    size: int


LIMITS = {
    "first page": Limit(1.0, 5_000_000),
    "table page": Limit(0.1, 300_000),
    "report": Limit(60.0, 200_000_000),
    f"graph of {CARDS} cards": Limit(1.0, 10_000_000),
}


def facts_of(tables: int, intervals: int) -> list[PipelineFacts]:
    """Return pipelines whose tables have random states."""
    chance = random.Random(1)  # noqa: S311
    days = list(Calendar(Cadence.parse("day"), Clock("UTC")).between(NOW - timedelta(days=intervals), NOW))
    found = []
    for at in range(tables):
        states = chance.choices(STATES, k=len(days))
        held = [Holding(1, 1, chance.randint(1, 90_000)) for _ in days]
        table = TableFacts(f"db.t{at}", "", "parquet", "versioned", "lambda", days, states, held)
        reads = tuple(f"db.t{chance.randrange(at)}" for _ in range(chance.randrange(3)) if at)
        found.append(PipelineFacts(f"p{at}", "UTC", "day", [table], schedule="0 6 * * ? *", reads=reads))
    return found


def graph(cards: int) -> str:
    """Draw a graph; return its paths."""
    chance = random.Random(2)  # noqa: S311
    pairs = [(a, b) for a, b in ((chance.randrange(cards), chance.randrange(cards)) for _ in range(2 * cards)) if a < b]
    drawing = draw(
        [Card(f"p{at}", f"p{at}", (f"db.t{at}",)) for at in range(cards)], [Edge(f"p{a}", 0, f"p{b}") for a, b in pairs]
    )
    return "".join(each.d for each in drawing.edges)


def measured(what: str, call: Callable[[], str]) -> bool:
    """Print what a call takes; return whether that is within its limits."""
    started = time.process_time()  # CPU time, because other programs on the machine affect the elapsed time
    size = len(call().encode())
    seconds = time.process_time() - started
    limit = LIMITS[what]
    print(f"{what:20} {seconds:7.3f} s (at most {limit.seconds} s) {size:12,} bytes (at most {limit.size:,})")
    return seconds <= limit.seconds and size <= limit.size


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print, and fail if a limit is exceeded."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tables", type=int, default=500)
    parser.add_argument("--intervals", type=int, default=400)
    given = parser.parse_args(arguments)
    facts = facts_of(given.tables, given.intervals)
    lake = build_lake(facts, as_of=NOW, target="local", prefix="bench", window=given.intervals, complete=tuple)
    details = {table.id: build_detail(table, (), ()) for each in facts for table in each.tables}
    pages = Pages(lake)
    pages.not_found_page("x").html()  # compiles the templates
    within = [
        measured("first page", lambda: pages.lake_page().html()),
        measured("table page", lambda: pages.table_page("db.t0", details["db.t0"]).html()),
        measured(f"graph of {CARDS} cards", lambda: graph(CARDS)),
        measured("report", Report(lake, details).html),
    ]
    if not all(within):
        sys.exit("a limit is exceeded")


if __name__ == "__main__":
    main()
