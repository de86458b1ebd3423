"""Where each table stands, and the answer to: is everything all right?"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Literal

from partitioned_pipelines.operations.lake_state.interval_letters import NOT_DUE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from partitioned_pipelines.operations.lake_state.documents.lake import Lake, Need, Pipeline, Problem, Table

Standing = Literal["needs", "unknown", "waiting", "running", "right", "nothing", "not_deployed"]
"""``needs``: a root cause is in the table. ``unknown``: it could not be read. ``waiting``: it lacks only what waits for another table.
``running``: a run about it is open. ``right``: all that is due is there. ``nothing``: nothing has run yet, and nothing is due.
``not_deployed``: its pipeline's stack does not exist.
"""


def standings(pipelines: Sequence[Pipeline], tables: Sequence[Table], needs: Sequence[Need]) -> Mapping[str, Standing]:
    """Return where each table stands."""
    rooted = {table for need in needs for table in need.tables}
    waiting = {each.table for need in needs for each in need.waiting}
    deployed = {pipeline.name: pipeline.deployed for pipeline in pipelines}

    def standing(table: Table) -> Standing:
        if table.id in rooted:
            return "needs"
        if table.problem:
            return "unknown"
        if not deployed[table.pipeline]:
            return "not_deployed"
        if table.id in waiting:
            return "waiting"
        if table.counts.get("r"):
            return "running"
        return "right" if table.counts else "nothing"

    return {table.id: standing(table) for table in tables}


def verdict(
    pipelines: Sequence[Pipeline], tables: Sequence[Table], needs: Sequence[Need], errors: Sequence[Problem]
) -> str:
    """Return the answer to: is everything all right?"""
    if not pipelines:
        return "No pipelines in this project"
    counted = Counter(standings(pipelines, tables, needs).values())
    of = f"{len(tables):,} {'table' if len(tables) == 1 else 'tables'}"
    if counted["needs"]:
        return f"{counted['needs']:,} of {of} {'needs' if counted['needs'] == 1 else 'need'} you"
    if counted["unknown"] or errors:
        unread = f"{counted['unknown']:,} of {of}" if counted["unknown"] else "a part of the lake"
        return f"Nothing is known to need you, but {unread} could not be read"
    if counted["not_deployed"] == len(tables):
        return "Nothing is deployed yet"
    if counted["nothing"] + counted["not_deployed"] == len(tables):
        return "Nothing has run yet"
    due = sum(count for table in tables for letter, count in table.counts.items() if letter != NOT_DUE)
    return f"Everything is there: {of}, {due:,} {'interval' if due == 1 else 'intervals'}"


def others(standing: Iterable[Standing]) -> str:
    """Return how the tables stand that need nobody, as a sentence; empty if there are none."""
    counted = Counter(standing)
    parts = [
        (counted["waiting"], "waits for another table", "wait for another table"),
        (counted["running"], "is being written", "are being written"),
        (counted["unknown"], "could not be read", "could not be read"),
        (counted["nothing"], "has nothing due yet", "have nothing due yet"),
        (counted["not_deployed"], "is not deployed", "are not deployed"),
        (counted["right"], "is all right", "are all right"),
    ]
    said = [f"{count:,} {one if count == 1 else several}" for count, one, several in parts if count]
    return f"{', '.join(said)}." if said else ""


def needs_somebody(lake: Lake) -> bool:
    """Return whether somebody has to see to something: a root cause, or something that could not be read."""
    return bool(lake.needs or lake.errors) or any(table.problem for table in lake.tables)
