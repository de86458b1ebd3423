"""The watch: examines every pipeline of the lake, and publishes what is not as it should be.

It keeps no state. Its event has the hour that it is about: what is reported follows from that hour alone, so that a delivery that is late
reports the same. A pipeline that cannot be examined is a notice each hour. Only if none can be, or a notice cannot be published, the watch
fails, and Lambda tries again.
"""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from partitioned_pipelines.lake.intervals.instants import format_instant, parse_instant
from partitioned_pipelines.runtime.catalog import RegistrationError
from partitioned_pipelines.runtime.decision_log import about, tell
from partitioned_pipelines.runtime.freshness.overdue import MOST_INTERVALS, due_intervals, find_overdue
from partitioned_pipelines.runtime.freshness.rhythm import is_told
from partitioned_pipelines.runtime.freshness.schedule_state import read_schedule
from partitioned_pipelines.runtime.freshness.texts import (
    hanging_notice,
    opened_at,
    overdue_notice,
    schedule_off_notice,
    unwatched_notice,
)
from partitioned_pipelines.runtime.freshness.watched import Clients, NotDeployedError, Watched
from partitioned_pipelines.runtime.notices.notice import publish

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from partitioned_pipelines.lake.function_events.watch_event import WatchedPipeline, WatchEvent
    from partitioned_pipelines.lake.schedule.timetable import Timetable
    from partitioned_pipelines.runtime.notices.notice import Notice

_THREADS = 8
# A state machine stops an execution at its timeout by itself, which the watch must not take for one that hangs.
_MARGIN = timedelta(minutes=10)
# If runs leave no marks, their executions are read, one by one.
_MOST_BY_EXECUTIONS = 200


class WatchError(RuntimeError):
    """No pipeline could be examined, or a notice could not be published; the others were."""


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What the examination of a pipeline came to."""

    pipeline: str
    notices: list[Notice]
    error: Exception | None = None


def watch(event: WatchEvent, clients: Clients) -> dict[str, int]:
    """Examine the pipelines of an event at its time, and publish notices; return how many of each.

    Raises
    ------
    WatchError
        If no pipeline could be examined, or some notices could not be published, after everything else was done.
    """
    at = parse_instant(event["at"])

    def examine(spec: WatchedPipeline) -> _Outcome:
        try:
            with about(pipeline=spec["name"]):
                watched = Watched(
                    spec,
                    clients,
                    lake_bucket=event["lake_bucket"],
                    machines=event["machines"],
                    options=event["options"],
                    at=at,
                )
                return _Outcome(watched.name, list(_examine(watched, clients, at)))
        except Exception as error:  # noqa: BLE001 - reported below, with the other pipelines' notices
            return _Outcome(spec["name"], [unwatched_notice(spec["name"], error, event["options"])], error)

    with ThreadPoolExecutor(_THREADS) as pool:
        outcomes = list(pool.map(examine, event["pipelines"]))
    failed = [outcome for outcome in outcomes if outcome.error]
    for outcome in failed:
        tell("unwatched", logging.ERROR, pipeline=outcome.pipeline, reason=repr(outcome.error))
    if failed and len(failed) == len(outcomes):
        raise WatchError(f"none of {len(failed)} pipelines was watched. {_said(failed)}") from failed[0].error
    told, unsent = 0, []
    for notice in (notice for outcome in outcomes for notice in outcome.notices):
        try:
            publish(clients.sns(), event["topic"], notice)
            told += 1
        except Exception as error:  # noqa: BLE001 - raised below, after the other notices
            unsent.append(_Outcome(notice.pipeline, [notice], error))
    tell("watched", hour=format_instant(at), pipelines=len(outcomes), notices=told, errors=len(failed) + len(unsent))
    if unsent:
        raise WatchError(f"{len(unsent)} notices were not published. {_said(unsent)}") from unsent[0].error
    return {"pipelines": len(outcomes), "notices": told}


def _said(outcomes: Sequence[_Outcome]) -> str:
    return "; ".join(f"{one.pipeline}: {type(one.error).__name__}: {one.error}" for one in outcomes[:5])


def _examine(watched: Watched, clients: Clients, at: datetime) -> Iterator[Notice]:
    try:
        runs = watched.executions.still_open()
    except NotDeployedError:
        tell("quiet", why="not deployed")
        return
    limit = watched.longest + _MARGIN
    hanging = sorted((run for run in runs if at - opened_at(run) >= limit), key=opened_at, reverse=True)
    if hanging:
        crossed = any(is_told(opened_at(run) + limit, at) for run in hanging)
        tell("hanging", runs=len(hanging), told=crossed)
        if crossed:
            yield hanging_notice(watched.name, hanging, watched.longest, at, watched.options)
    if watched.schedule is not None:
        yield from _examine_schedule(watched, watched.schedule, clients, at)


def _examine_schedule(watched: Watched, schedule: Timetable, clients: Clients, at: datetime) -> Iterator[Notice]:
    state = read_schedule(clients.scheduler, watched.stack_name)
    if state.paused:
        tell("quiet", why="paused")
        return
    if not state.enabled:
        told = is_told(state.changed_at, at)
        tell("schedule_off", told=told, exists=state.exists)
        if told:
            yield schedule_off_notice(watched.name, state, watched.options)
        return
    if watched.allowance is None:
        tell("quiet", why="freshness is off")
        return
    try:
        yield from _overdue(watched, schedule, watched.allowance, state.begin, at)
    except RegistrationError:
        # A new table, whose stack is deployed after the lake's. If it was deleted, the pipeline's runs fail, which is reported.
        tell("quiet", why="a table is not in the Data Catalog")


def _overdue(
    watched: Watched, schedule: Timetable, allowance: timedelta, begin: datetime | None, at: datetime
) -> Iterator[Notice]:
    newest = due_intervals(schedule, allowance, begin, at, awaited=watched.awaited, most=1)
    if not newest.found:
        tell("quiet", why="nothing is due yet")
        return
    interval = newest.found[0].interval
    (now,) = watched.states.of([interval])
    if not now.missing:
        tell("fresh", interval=str(interval), state=now.state.name)
        return
    unmarked = bool(watched.states.unmarked_tables)
    most = _MOST_BY_EXECUTIONS if unmarked else MOST_INTERVALS
    due = due_intervals(schedule, allowance, begin, at, awaited=watched.awaited, most=most)
    states = watched.states.of([each.interval for each in due.found], why=[interval])
    found = find_overdue(due, states, allowance)
    if found is None:  # it has come between the two readings
        tell("fresh", interval=str(interval), state=states[-1].state.name)
        return
    told = is_told(found.since, at)
    tell("overdue", interval=str(interval), state=found.newest.state.name, missing=found.count, told=told)
    if told:
        yield overdue_notice(watched.name, found, allowance, watched.options, waited=watched.waits)
