"""A run that has ended, as either orchestrator tells it, and the runs before it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from partitioned_pipelines.lake.intervals.clock import UnknownTimezoneError
from partitioned_pipelines.lake.intervals.execution_input import IntervalRule
from partitioned_pipelines.lake.intervals.interval import InvalidIntervalError, shown_span
from partitioned_pipelines.lake.runs.run_facts import build_run_id
from partitioned_pipelines.runtime.executions.history import explain

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from partitioned_pipelines.lake.function_events.payloads import ScheduleSpec
    from partitioned_pipelines.runtime.executions.execution import Execution
    from partitioned_pipelines.runtime.executions.history import Explanation, Failed, StepJob

SUCCEEDED = "SUCCEEDED"


@dataclass(frozen=True, slots=True)
class Ended:
    """An execution that has ended.

    Attributes
    ----------
    status
        ``SUCCEEDED``, or how it failed: ``FAILED``, ``TIMED_OUT``, ``ABORTED``, ``STOPPED``.
    started_at
        None if it could not be read.
    place
        The time by which executions are put in order: that of their end, or of their start if the service does not list ends.
    """

    arn: str
    name: str
    status: str
    started_at: datetime | None
    place: datetime | None

    @classmethod
    def of(cls, one: Execution) -> Ended:
        """Return an execution that a service lists."""
        return cls(one.arn, one.name, one.status, one.started_at, one.ended_at or one.started_at)

    @property
    def failed(self) -> bool:
        """Whether it has ended unsuccessfully."""
        return self.status != SUCCEEDED

    @property
    def run_id(self) -> str | None:
        """The id of its run; None if its start is unknown."""
        return build_run_id(self.started_at, self.arn) if self.started_at else None


@dataclass(frozen=True, slots=True)
class Story:
    """What an execution did.

    Attributes
    ----------
    data
        The plan and the registrations, as far as it came.
    failure
        The state or step in which it ended unsuccessfully, with the time that it took; None if it succeeded.
    job_name
        The processing job that failed, if one did.
    jobs
        The jobs that were started.
    earlier_failures
        The times at which it had failed before it was retried.
    """

    data: Mapping[str, Any] = field(default_factory=dict)
    failure: Failed | None = None
    job_name: str | None = None
    jobs: Sequence[StepJob] = ()
    earlier_failures: Sequence[datetime] = ()

    @property
    def plan(self) -> Mapping[str, Any]:
        """The plan; empty if PlanRun did not return one."""
        plan = self.data.get("plan")
        return plan if isinstance(plan, dict) else {}

    @property
    def did_nothing(self) -> bool:
        """Whether it ended well without running its steps: it was a duplicate, or had no input."""
        return str(self.plan.get("outcome", "run")) != "run"

    @property
    def registered(self) -> dict[str, str]:
        """The outcome of each table's registration, by the table's name."""
        found = self.data.get("registrations")
        answers = found.values() if isinstance(found, dict) else ()
        return {str(one["table"]): str(one["outcome"]) for one in answers if "table" in one and "outcome" in one}

    @property
    def explanation(self) -> Explanation | None:
        """The failure in words; None if it succeeded."""
        return explain(self.failure) if self.failure else None


class EndedRun(Protocol):
    """The execution that an event reports, and the calls that read more of it."""

    @property
    def execution(self) -> Ended:
        """The execution."""

    @property
    def story(self) -> Story | None:
        """What it did; None if that cannot be read."""

    @property
    def given_input(self) -> Mapping[str, Any]:
        """The execution's input; empty if it is unknown."""

    def past(self) -> Iterable[Ended] | None:
        """Return other runs that have ended, in any order; None if they cannot be listed."""

    def did_nothing(self, other: Ended) -> bool:
        """Check whether another run, which succeeded, ran none of its steps."""


def interval_text(story: Story | None, given_input: Mapping[str, Any], schedule: ScheduleSpec) -> str | None:
    """Return the interval of a run for people: as PlanRun decided it or, if PlanRun failed, as it would have; None if that is unknown."""
    plan = story.plan if story else {}
    if plan.get("process_start") and plan.get("process_end"):
        return shown_span(str(plan["process_start"]), str(plan["process_end"]))
    try:
        interval = IntervalRule.from_spec(schedule).interval_of(given_input)
    except (InvalidIntervalError, UnknownTimezoneError):
        return None
    return shown_span(interval.start_text, interval.end_text)
