"""Executions as attempts at intervals: which are read, and for how long."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from partitioned_pipelines.cli.runs import attempts as module
from partitioned_pipelines.cli.runs.attempts import Attempts
from partitioned_pipelines.cli.runs.execution_list import Execution
from partitioned_pipelines.lake.intervals.cadence import Cadence
from partitioned_pipelines.lake.intervals.calendar import Calendar
from partitioned_pipelines.lake.intervals.clock import Clock
from partitioned_pipelines.lake.intervals.execution_input import IntervalRule

if TYPE_CHECKING:
    from collections.abc import Callable

    from partitioned_pipelines.operations.intervals.evidence import Attempt

DAYS = Calendar(Cadence.parse("day"), Clock("UTC"))
NOW = datetime(2026, 3, 10, tzinfo=UTC)
Listed = list[tuple[str, int, dict[str, str]]]
"""Status, hours before now, and input of each execution, the newest first."""


@pytest.fixture
def attempts(monkeypatch: pytest.MonkeyPatch) -> Callable[[Listed], tuple[Attempts, list[str]]]:
    """Return a function that returns the attempts of listed executions, and the list of those that were described."""

    def of(listed: Listed) -> tuple[Attempts, list[str]]:
        described: list[str] = []
        found = [
            Execution(f"arn:{number}", status, NOW - timedelta(hours=hours))
            for number, (status, hours, _) in enumerate(listed)
        ]

        def describe_execution(executionArn: str) -> dict[str, str]:  # noqa: N803 - boto3's
            described.append(executionArn)
            status, _, given = listed[int(executionArn.rpartition(":")[2])]
            failure = {"error": "E", "cause": f"why {executionArn} failed"}
            return {"status": status, "input": json.dumps(given), **failure}

        monkeypatch.setattr(module, "list_executions", lambda _cloud, _outputs: iter(found))
        cloud: Any = SimpleNamespace(step_functions=SimpleNamespace(describe_execution=describe_execution))
        return Attempts(cloud, {"StateMachineArn": "arn:m"}, IntervalRule(DAYS, -1)), described

    return of


def missing(*days: int) -> list[Any]:
    return [DAYS.containing(datetime(2026, 3, day, tzinfo=UTC)) for day in days]


def told(found: list[Attempt]) -> list[tuple[int, str, str | None]]:
    return [(each.start.day, each.status, each.reason) for each in found]


def test_only_open_executions_are_described(attempts: Callable[[Listed], tuple[Attempts, list[str]]]) -> None:
    of, described = attempts(
        [("RUNNING", 1, {"date": "2026-03-09"}), ("SUCCEEDED", 25, {}), ("RUNNING", 30, {"date": "2026-03-07"})]
    )
    assert told(of.still_open()) == [(9, "running", None), (7, "running", None)]
    assert described == ["arn:0", "arn:2"]


def test_reading_ends_when_each_interval_has_a_failure(
    attempts: Callable[[Listed], tuple[Attempts, list[str]]],
) -> None:
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


def test_an_older_success_is_looked_for_behind_a_failure(
    attempts: Callable[[Listed], tuple[Attempts, list[str]]],
) -> None:
    of, _ = attempts([("FAILED", 1, {"date": "2026-03-09"}), ("SUCCEEDED", 2, {"date": "2026-03-09"})])
    found = of.explaining(missing(9), succeeded=True)
    assert told(found) == [(9, "failed", "why arn:0 failed"), (9, "succeeded", None)]


def test_reading_ends_at_executions_that_are_too_old(attempts: Callable[[Listed], tuple[Attempts, list[str]]]) -> None:
    of, described = attempts([("FAILED", 24 * days, {"date": "2026-02-01"}) for days in range(1, 9)])
    of.explaining(missing(8), succeeded=False)
    assert described == ["arn:0", "arn:1", "arn:2"], "what started before the 7th is not about the 8th"


def test_inputs_that_plan_run_refuses_are_about_nothing(
    attempts: Callable[[Listed], tuple[Attempts, list[str]]],
) -> None:
    of, _ = attempts([("FAILED", 1, {"day": "2026-03-09"}), ("FAILED", 2, {"date": "2026-03-05"}), ("FAILED", 3, {})])
    assert of.explaining(missing(9), succeeded=False)[0].start.day == 5
    oldest = of.oldest()
    assert oldest
    assert oldest.start.day == 5


def test_without_a_deployed_stack_there_are_no_executions() -> None:
    cloud: Any = None
    none = Attempts(cloud, {}, IntervalRule(DAYS, -1))
    assert (none.still_open(), none.oldest()) == ([], None)
