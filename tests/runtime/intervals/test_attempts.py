"""Executions as attempts at intervals: which are read, and for how long."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from partitioned_pipelines.lake.intervals.cadence import Cadence
from partitioned_pipelines.lake.intervals.calendar import Calendar
from partitioned_pipelines.lake.intervals.clock import Clock
from partitioned_pipelines.lake.intervals.execution_input import IntervalRule
from partitioned_pipelines.runtime.executions.execution import Execution
from partitioned_pipelines.runtime.intervals.attempts import Attempts

if TYPE_CHECKING:
    from partitioned_pipelines.runtime.intervals.evidence import Attempt

DAYS = Calendar(Cadence.parse("day"), Clock("UTC"))
NOW = datetime(2026, 3, 10, tzinfo=UTC)
Listed = list[tuple[str, int, dict[str, str]]]
"""Status, hours before now, and input of each execution, the newest first."""


class Listing:
    """The executions that a service lists, and a record of those that were described."""

    def __init__(self, listed: Listed) -> None:
        self.described: list[str] = []
        self._inputs = {f"arn:{number}": given for number, (_, _, given) in enumerate(listed)}
        self._listed = [
            Execution(f"arn:{number}", status, NOW - timedelta(hours=hours))
            for number, (status, hours, _) in enumerate(listed)
        ]

    def still_open(self) -> list[Execution]:
        return [execution for execution in self._listed if execution.runs]

    def listed(self) -> list[Execution]:
        return self._listed

    def input_of(self, execution: Execution) -> dict[str, Any]:
        self.described.append(execution.arn)
        return dict(self._inputs[execution.arn])

    def failure_of(self, execution: Execution) -> str | None:
        return f"why {execution.arn} failed"


def attempts(listed: Listed) -> tuple[Attempts, list[str]]:
    """Return the attempts of listed executions, and the list of those that were described."""
    listing = Listing(listed)
    return Attempts(listing, IntervalRule(DAYS, -1)), listing.described


def missing(*days: int) -> list[Any]:
    return [DAYS.containing(datetime(2026, 3, day, tzinfo=UTC)) for day in days]


def told(found: list[Attempt]) -> list[tuple[int, str, str | None]]:
    return [(each.start.day, each.status, each.reason) for each in found]


def test_only_open_executions_are_described() -> None:
    of, described = attempts(
        [("RUNNING", 1, {"date": "2026-03-09"}), ("SUCCEEDED", 25, {}), ("RUNNING", 30, {"date": "2026-03-07"})]
    )
    assert told(of.still_open()) == [(9, "running", None), (7, "running", None)]
    assert described == ["arn:0", "arn:2"]


def test_reading_ends_when_each_interval_has_a_failure() -> None:
    of, described = attempts(
        [
            ("FAILED", 1, {"scheduled_time": "2026-03-10T00:00:00Z"}),
            ("SUCCEEDED", 2, {"date": "2026-03-08"}),
            ("ABORTED", 3, {"from": "2026-03-07", "to": "2026-03-09"}),
            ("TIMED_OUT", 4, {"date": "2026-03-08"}),
        ]
    )
    found = of.explaining(missing(8, 9), succeeded=False)
    assert told(found) == [(9, "failed", "why arn:0 failed"), (7, "failed", "why arn:2 failed")]
    assert described == ["arn:0", "arn:2"]


def test_an_older_success_is_looked_for_behind_a_failure() -> None:
    of, _ = attempts([("FAILED", 1, {"date": "2026-03-09"}), ("SUCCEEDED", 2, {"date": "2026-03-09"})])
    found = of.explaining(missing(9), succeeded=True)
    assert told(found) == [(9, "failed", "why arn:0 failed"), (9, "succeeded", None)]


def test_reading_ends_at_executions_that_are_too_old() -> None:
    of, described = attempts([("FAILED", 24 * days, {"date": "2026-02-01"}) for days in range(1, 9)])
    of.explaining(missing(8), succeeded=False)
    assert described == ["arn:0", "arn:1", "arn:2"], "what started before the 7th is not about the 8th"


def test_inputs_that_plan_run_refuses_are_about_nothing() -> None:
    of, _ = attempts([("FAILED", 1, {"day": "2026-03-09"}), ("FAILED", 2, {"date": "2026-03-05"}), ("FAILED", 3, {})])
    assert of.explaining(missing(9), succeeded=False)[0].start.day == 5
    oldest = of.oldest()
    assert oldest
    assert oldest.start.day == 5


def test_without_executions_there_are_no_attempts() -> None:
    none, _ = attempts([])
    assert (none.still_open(), none.oldest()) == ([], None)
