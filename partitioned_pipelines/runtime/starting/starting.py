"""StartRun: starts the run about an interval once its inputs are there, exactly once, whichever event comes last.

While the schedule of the deadlines is off, as after ``pipelines pause``, events start nothing.

A table's mark is written before its event, so that whoever is told last finds the marks of all. An object with the interval in its key is put
only if there is none, and whoever puts it starts the run: events may come twice, late, together or in any order. At the deadline of an interval
that nobody has started, it starts too, if only an event was lost; else the pipeline file says what happens. Events after that start nothing.
The execution is added to the object: a claim without one is that of a call that failed, and the deadline starts the run in its place.
"""

from __future__ import annotations

import logging
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal, TypedDict

from partitioned_pipelines.lake.intervals.execution_input import INPUTS_REQUIRED
from partitioned_pipelines.lake.key_layout import start_claim_key
from partitioned_pipelines.lake.runs.interval_mark import IntervalMark
from partitioned_pipelines.lake.runs.run_facts import build_run_id
from partitioned_pipelines.lake.schedule.awaited import expected_of
from partitioned_pipelines.runtime.conditional_object import claim
from partitioned_pipelines.runtime.decision_log import about, tell
from partitioned_pipelines.runtime.executions.trigger import name_started_by_inputs
from partitioned_pipelines.runtime.intervals.mark_writer import write_mark
from partitioned_pipelines.runtime.planning.readiness import Readiness, missing_intervals
from partitioned_pipelines.runtime.starting.request import Arrived, Deadline, Published, StartRequest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from mypy_boto3_s3 import S3Client

    from partitioned_pipelines.lake.intervals.interval import Interval
    from partitioned_pipelines.lake.intervals.window import Window
    from partitioned_pipelines.runtime.freshness.schedule_state import ScheduleState
    from partitioned_pipelines.runtime.starting.workflow import Workflow

_INSTANT = timedelta(microseconds=1)

Outcome = Literal["started", "waiting", "paused", "already_started", "published_already", "not_expected", "skipped"]
"""``waiting``: an input is not there yet. ``paused``: all are there, but the schedule is off. ``already_started``: another event started the
run. ``published_already``: a run by hand made the deadline pointless. ``not_expected``: the tables that are read have nothing for the
interval. ``skipped``: the interval was marked as skipped.
"""


class Decision(TypedDict):
    """What became of an interval: its key, the outcome, what is late, and the execution that was started."""

    interval: str
    outcome: Outcome
    late: list[str]
    execution: str


def start_runs(
    event: Mapping[str, Any],
    s3: S3Client,
    workflow: Callable[[], Workflow],
    schedule: Callable[[str], ScheduleState],
    *,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    sleep: Callable[[float], None] = time.sleep,
) -> list[Decision]:
    """Start the runs that an event makes possible.

    Parameters
    ----------
    event
        StartRun's payload: ``spec``, ``id``, and ``published``, ``arrived`` or ``deadline``.
    workflow
        Returns the workflow that is started.
    schedule
        Returns the state of the schedule of a name.

    Returns
    -------
    list
        A decision for each interval that the event is about; empty if it is about none that can still start.

    Raises
    ------
    InvalidRequestError
        If the payload is invalid.
    """
    request = StartRequest.from_event(event)
    starter = _Starter(request, s3, workflow, schedule, now, sleep)
    decisions = []
    with about(pipeline=request.pipeline):
        for interval in starter.intervals():
            decision = starter.decide(interval)
            late = decision["late"]
            tell(
                decision["outcome"],
                logging.WARNING if decision["outcome"] == "skipped" else logging.INFO,
                interval=decision["interval"],
                execution=decision["execution"] or None,
                late_inputs=len(late),
                first_late=late[0] if late else None,
            )
            decisions.append(decision)
    return decisions


class _Starter:
    def __init__(
        self,
        request: StartRequest,
        s3: S3Client,
        workflow: Callable[[], Workflow],
        schedule: Callable[[str], ScheduleState],
        now: Callable[[], datetime],
        sleep: Callable[[float], None],
    ) -> None:
        self._request = request
        self._s3 = s3
        self._workflow = workflow
        self._schedule = schedule
        self._now = now
        self._sleep = sleep
        self._readiness = Readiness(s3, request.lake_bucket, request.awaited, request.arrival)

    def intervals(self) -> Iterator[Interval]:
        """Yield the intervals that the event may start: those whose deadline has not passed."""
        match self._request.event:
            case Deadline(interval):
                yield interval
            case Published(table, start, end):
                yield from self._reading(table, start, end)
            case Arrived(key):
                yield from (interval for interval in self._open() if self._readiness.arrived_key(interval) == key)

    def decide(self, interval: Interval) -> Decision:
        """Decide what becomes of an interval, and do it."""
        request = self._request
        at_deadline = isinstance(request.event, Deadline)
        if not expected_of([interval], request.awaited):
            return _decision(interval, "not_expected")
        if at_deadline and self._published(interval):
            return _decision(interval, "published_already")
        late = [] if at_deadline else self._readiness.late(interval)
        if late:
            return _decision(interval, "waiting", late)
        if not at_deadline and not self._schedule(request.schedule).enabled:
            return _decision(interval, "paused")
        key = start_claim_key(request.pipeline, interval.key)
        claimed = claim(self._s3, request.lake_bucket, key, request.event_id, sleep=self._sleep)
        owner, _, execution = claimed.partition("\n")
        own = owner == request.event_id
        if execution or not (own or at_deadline):
            return _decision(interval, "already_started")
        # From here on no other event can start it, so that what is found to be late now is decided here. Whoever claimed it before, and failed,
        # had found everything there; its run has the same name and input, so that it starts once even if the call was only slow.
        late = self._readiness.late(interval) if own and at_deadline else []
        if late and request.then == "skip":
            self._mark_skipped(interval)
            return _decision(interval, "skipped", late)
        required = INPUTS_REQUIRED if late and request.then == "fail" else {}
        name = name_started_by_inputs(interval.key, arrival=request.arrival is not None)
        arn = self._workflow().start(name, {**interval.execution_input, **required})
        if arn:
            self._s3.put_object(Bucket=request.lake_bucket, Key=key, Body=f"{owner}\n{arn}".encode())
        return _decision(interval, "started" if arn else "already_started", late, arn)

    def _open(self) -> Iterator[Interval]:
        """Yield the intervals whose deadline has not passed, up to the one after the present one."""
        now, calendar = self._now(), self._request.calendar
        interval = calendar.containing(now - self._request.wait)
        last = calendar.shift(calendar.containing(now), 1)
        while interval.start <= last.start:
            yield interval
            interval = calendar.containing(interval.end)

    def _reading(self, table: str, start: datetime, end: datetime) -> Iterator[Interval]:
        """Yield the intervals whose runs read what a table has published from one instant up to another, and whose deadline has not passed."""
        found: dict[datetime, Interval] = {}
        for window in (one.window for one in self._request.awaited if one.full_name == table):
            for interval in self._ending_in(window, start, end):
                first, last = window.of(interval)
                if first < end and start < last:
                    found[interval.start] = interval
        yield from (found[each] for each in sorted(found))

    def _ending_in(self, window: Window, start: datetime, end: datetime) -> Iterator[Interval]:
        """Yield the intervals whose deadline has not passed and whose window can contain some of a time that is published by now.

        A window ends with the interval at its offset, and none of it is later.
        """
        now, calendar = self._now(), self._request.calendar
        oldest_open = calendar.containing(now - self._request.wait)
        interval = max(
            calendar.shift(calendar.containing(start), -window.offset), oldest_open, key=lambda one: one.start
        )
        # Without a length, the window is the interval at the offset alone; with one, it may reach back to what is published from later on.
        newest = min(end - _INSTANT, now) if window.last is None else now
        last = calendar.shift(calendar.containing(newest), -window.offset)
        while interval.start <= last.start:
            yield interval
            interval = calendar.containing(interval.end)

    def _published(self, interval: Interval) -> bool:
        tables = self._request.own_tables
        return not any(
            missing_intervals(self._s3, self._request.lake_bucket, table, [interval], skipped=True) for table in tables
        )

    def _mark_skipped(self, interval: Interval) -> None:
        run_id = build_run_id(self._now(), self._request.event_id)
        mark = IntervalMark(interval.start, interval.end, "skipped", run_id)
        for database_name, table_name in self._request.own_tables:
            write_mark(self._s3, self._request.lake_bucket, database_name, table_name, mark)


def _decision(interval: Interval, outcome: Outcome, late: list[str] | None = None, execution: str = "") -> Decision:
    return {"interval": interval.key, "outcome": outcome, "late": late or [], "execution": execution}
