"""The schedule's target, fired once: its scheduled time is passed, and a day without input is skipped."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from partitioned_pipelines.cli.target.local_endpoint import Schedule, fire_schedule
from partitioned_pipelines.cli.verify.history import History
from partitioned_pipelines.cli.verify.scene import demand
from partitioned_pipelines.cli.verify.verification import Check, Seen
from partitioned_pipelines.runtime.executions.history import parse_object

if TYPE_CHECKING:
    from collections.abc import Iterator

    from partitioned_pipelines.cli.verify.scene import Scene

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")


def _schedule(scene: Scene) -> Iterator[Seen]:
    outputs = scene.outputs(scene.names.pipeline)
    schedule = Schedule.from_outputs(outputs)
    assert schedule is not None  # the package's own pipeline file has one  # noqa: S101
    due = (datetime.now(UTC) + timedelta(minutes=2)).replace(second=0, microsecond=0)
    if scene.cloud.local_endpoint:
        arn = fire_schedule(scene.cloud.local_endpoint, schedule, due.isoformat()).execution_arn
    else:
        _fire_once(scene, schedule, due)
        machine = outputs["StateMachineArn"]
        arn = scene.wait("the scheduled execution", lambda: _scheduled(scene, machine), seconds=900)
        yield Seen("A41", held=True, what="the execution was started with the schedule's role")
    text = _scheduled_time(scene, arn)
    matches = bool(_TIME.fullmatch(text)) and datetime.fromisoformat(text) == due
    yield Seen("A40", matches, f"due at {due.isoformat()}, received {text!r}")
    history = History(scene.cloud, arn)
    status = scene.finish(history)
    demand(status == "SUCCEEDED", f"the scheduled run ended as {status}: {history.why}")
    plan = history.output["plan"]
    yield Seen("A27", plan["outcome"] == "missing_input", f"{plan['outcome']}: {plan.get('reason')}")


def _fire_once(scene: Scene, schedule: Schedule, due: datetime) -> None:
    """Create a one-time schedule next to the deployed one, with the same target and role."""
    deployed = scene.cloud.scheduler.get_schedule(GroupName=schedule.group, Name=schedule.name)
    scene.cloud.scheduler.create_schedule(
        GroupName=schedule.group,
        Name=scene.names.schedule,
        ScheduleExpression=f"at({due:%Y-%m-%dT%H:%M:%S})",
        ScheduleExpressionTimezone="UTC",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target=deployed["Target"],
    )


def _scheduled(scene: Scene, machine: str) -> str | None:
    listed = scene.cloud.step_functions.list_executions(stateMachineArn=machine)["executions"]
    return next((one["executionArn"] for one in listed if _scheduled_time(scene, one["executionArn"])), None)


def _scheduled_time(scene: Scene, arn: str) -> str:
    described = scene.cloud.step_functions.describe_execution(executionArn=arn)
    return str(parse_object(described.get("input")).get("scheduled_time", ""))


SCHEDULE = Check("schedule", "the schedule's target is fired once", _schedule, ("A27", "A40", "A41"), aws_only=("A41",))
