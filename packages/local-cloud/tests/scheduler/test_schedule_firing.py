"""A fired schedule: its target receives what EventBridge Scheduler would send at that time."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest

from cloud_under_test.admin import ask

if TYPE_CHECKING:
    from collections.abc import Callable

    from local_cloud.server import LocalCloud

GROUP = "firing-tests"
INPUT = json.dumps(
    {
        "scheduled_time": "<aws.scheduler.scheduled-time>",
        "schedule": "<aws.scheduler.schedule-arn>",
        "id": "<aws.scheduler.execution-id>",
        "attempt": "<aws.scheduler.attempt-number>",
        "other": "<aws.scheduler.other>",
    }
)


@pytest.fixture(scope="module")
def machine(aws: Callable[[str], Any]) -> str:
    definition = {"StartAt": "Done", "States": {"Done": {"Type": "Pass", "End": True}}}
    role = aws("iam").create_role(RoleName=GROUP, AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    created = aws("stepfunctions").create_state_machine(name=GROUP, definition=json.dumps(definition), roleArn=role)
    aws("scheduler").create_schedule_group(Name=GROUP)
    arn: str = created["stateMachineArn"]
    return arn


@pytest.fixture(scope="module")
def schedules(aws: Callable[[str], Any], machine: str) -> None:
    """Schedules with several expressions and timezones, and one whose target is a queue."""
    role = aws("iam").get_role(RoleName=GROUP)["Role"]["Arn"]
    queue = "arn:aws:sqs:ap-northeast-1:123456789012:firing"
    for name, expression, timezone, target in (
        ("tokyo", "cron(0 6 * * ? *)", "Asia/Tokyo", machine),
        ("new-york", "cron(0 6 * * ? *)", "America/New_York", machine),
        ("early", "cron(30 2 * * ? *)", "America/New_York", machine),
        ("twice", "cron(30 1 * * ? *)", "America/New_York", machine),
        ("rate", "rate(1 day)", "UTC", machine),
        ("queue", "cron(0 6 * * ? *)", "UTC", queue),
    ):
        aws("scheduler").create_schedule(
            Name=name,
            GroupName=GROUP,
            ScheduleExpression=expression,
            ScheduleExpressionTimezone=timezone,
            FlexibleTimeWindow={"Mode": "OFF"},
            Target={"Arn": target, "RoleArn": role, "Input": INPUT},
        )


@pytest.fixture
def fire(local_cloud_server: LocalCloud, schedules: None) -> Callable[..., tuple[int, dict[str, str]]]:
    """Call the route, and return the status and the document."""

    def post(name: str, at: str | None, group: str = GROUP, method: str = "POST") -> tuple[int, dict[str, str]]:
        query = f"?{urlencode({'at': at})}" if at is not None else ""
        return ask(local_cloud_server, method, f"schedules/{group}/{name}/fire{query}")

    return post


def test_the_target_gets_the_context_attributes(aws: Callable[[str], Any], machine: str, fire: Any) -> None:
    status, document = fire("tokyo", "2026-11-23T21:00:00Z")
    assert (status, document["scheduled_time"]) == (200, "2026-11-23T21:00:00Z")
    described = aws("stepfunctions").describe_execution(executionArn=document["execution_arn"])
    assert described["stateMachineArn"] == machine
    sent = json.loads(described["input"])
    assert re.fullmatch(r"[0-9a-f]{16}", sent.pop("id"))
    assert sent == {
        "scheduled_time": "2026-11-23T21:00:00Z",
        "schedule": f"arn:aws:scheduler:ap-northeast-1:123456789012:schedule/{GROUP}/tokyo",
        "attempt": "1",
        "other": "<aws.scheduler.other>",
    }


@pytest.mark.parametrize(
    ("schedule", "at", "scheduled_time"),
    [
        ("tokyo", "2026-11-24T06:00:00+09:00", "2026-11-23T21:00:00Z"),
        ("tokyo", "2026-11-24T06:00", "2026-11-23T21:00:00Z"),
        ("tokyo", "2026-11-23T21:00:00.999Z", "2026-11-23T21:00:00Z"),
        ("new-york", "2026-03-07T05:30", "2026-03-07T10:30:00Z"),  # standard time
        ("new-york", "2026-03-08T05:30", "2026-03-08T09:30:00Z"),  # clocks went forward at 02:00
        ("new-york", "2026-03-08T02:30", "2026-03-08T07:30:00Z"),  # skipped: 03:30 after the change
        ("new-york", "2026-11-01T01:30", "2026-11-01T05:30:00Z"),  # occurs twice: the first one
        ("new-york", "2026-11-01T02:30", "2026-11-01T07:30:00Z"),
        ("new-york", "2026-11-01T01:30-05:00", "2026-11-01T06:30:00Z"),  # the offset selects the second one
        ("tokyo", "0999-01-01T00:00Z", "0999-01-01T00:00:00Z"),
    ],
)
def test_a_time_without_an_offset_is_in_the_schedules_timezone(
    fire: Any, schedule: str, at: str, scheduled_time: str
) -> None:
    assert fire(schedule, at)[1]["scheduled_time"] == scheduled_time


@pytest.mark.parametrize(
    ("schedule", "at", "says"),
    [
        ("tokyo", "2026-11-24T06:00", []),
        ("tokyo", "2026-11-23T21:00:30Z", []),
        ("tokyo", "2026-11-24T07:00", ["in Asia/Tokyo is not due at 2026-11-24T07:00", "24T06:00+09:00 and 2026-11-25T06:00+09:00"]),
        ("new-york", "2026-03-08T02:30", ["America/New_York skip 2026-03-08T02:30", "2026-03-07T06:00-05:00 and 2026-03-08T06:00-04:00"]),
        ("early", "2026-03-08T02:30", ["the clocks of America/New_York skip 2026-03-08T02:30"]),
        ("early", "2026-11-01T02:30", []),
        ("twice", "2026-11-01T01:30", []),
        ("twice", "2026-11-01T01:30-05:00", ["2026-11-01T01:30 occurs twice in America/New_York", "only fires at the first occurrence"]),
        ("rate", "2026-11-01T01:23", []),
    ],
)  # fmt: skip
def test_a_time_at_which_aws_would_not_fire_is_fired_with_a_warning(
    fire: Any, schedule: str, at: str, says: list[str]
) -> None:
    status, document = fire(schedule, at)
    assert status == 200
    assert bool(document["warning"]) is bool(says)
    assert [
        text for text in ["AWS would not fire at this time", *says] if says and text not in document["warning"]
    ] == []


@pytest.mark.parametrize(
    "at", [None, "", "tomorrow", "2026-02-30T00:00Z", "0001-01-01T00:00+09:00", "9999-12-31T23:00-05:00"]
)
def test_what_is_no_time_is_refused(fire: Any, at: str | None) -> None:
    status, document = fire("tokyo", at)
    assert status == 400
    assert f"at={at or ''!r} is not a time" in document["message"]
    assert "2026-11-23T21:00:00Z" in document["message"]


def test_a_schedule_that_is_not_there_is_named(fire: Any) -> None:
    status, document = fire("osaka", "2026-11-23T21:00:00Z")
    assert status == 400
    assert "osaka" in document["message"]


def test_a_queue_cannot_be_fired(fire: Any) -> None:
    status, document = fire("queue", "2026-11-23T21:00:00Z")
    assert status == 400
    assert "only functions, state machines and SageMaker pipelines can be fired" in document["message"]


def test_what_is_no_route_is_refused(fire: Any) -> None:
    status, document = fire("tokyo", "2026-11-23T21:00:00Z", method="GET")
    assert status == 404
    assert "is not a route of the local cloud" in document["message"]
