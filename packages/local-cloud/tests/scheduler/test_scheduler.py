"""The routes for firing a schedule at a given time, and for the health check."""

from __future__ import annotations

import json
import urllib.parse
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from cloud_under_test import admin
from cloud_under_test.observation import wait_for_execution

if TYPE_CHECKING:
    from collections.abc import Callable

    from local_cloud.server import LocalCloud

Aws = Any
INPUT = {"time": "<aws.scheduler.scheduled-time>", "by": "<aws.scheduler.schedule-arn>", "text": "日本"}


@pytest.fixture
def ask(local_cloud_server: LocalCloud) -> Callable[[str, str], tuple[int, dict[str, str]]]:
    """Send a request to a route of the local cloud, and return status and document."""

    return partial(admin.ask, local_cloud_server)


@pytest.fixture
def create_schedule(aws: Aws, role_arn: str, name: str) -> Callable[..., str]:
    """Create a schedule, in its own group, for a state machine that returns its input."""

    def create(**more: Any) -> str:
        aws("scheduler").create_schedule_group(Name=name)
        definition = {"StartAt": "Give", "States": {"Give": {"Type": "Pass", "End": True}}}
        machine = aws("stepfunctions").create_state_machine(
            name=name, definition=json.dumps(definition), roleArn=role_arn
        )
        target = {"Arn": machine["stateMachineArn"], "RoleArn": role_arn, "Input": json.dumps(INPUT)}
        schedule = {"Target": target, "ScheduleExpression": "cron(0 6 * * ? *)", **more}
        made = aws("scheduler").create_schedule(
            Name=name, GroupName=name, FlexibleTimeWindow={"Mode": "OFF"}, **schedule
        )
        return str(made["ScheduleArn"])

    return create


def fire(name: str, at: str) -> str:
    """Return the route that fires a schedule."""
    return f"schedules/{name}/{name}/fire?" + urllib.parse.urlencode({"at": at})


@pytest.mark.parametrize(
    ("timezone", "at", "expected"),
    [
        ("UTC", "2026-11-23T21:00:00Z", "2026-11-23T21:00:00Z"),
        ("Asia/Tokyo", "2026-11-24T06:00", "2026-11-23T21:00:00Z"),
        ("Asia/Tokyo", "2026-11-24T06:00:00+00:00", "2026-11-24T06:00:00Z"),
        ("UTC", "2026-11-23T21:00:00.750Z", "2026-11-23T21:00:00Z"),
        ("Europe/Berlin", "2026-10-25T02:30", "2026-10-25T00:30:00Z"),  # occurs twice
        ("Europe/Berlin", "2026-03-29T02:30", "2026-03-29T01:30:00Z"),  # skipped
        ("UTC", "2024-02-29", "2024-02-29T00:00:00Z"),
    ],
)
def test_the_target_starts_with_the_context_of_that_time(
    aws: Aws, ask: Any, create_schedule: Any, name: str, timezone: str, at: str, expected: str
) -> None:
    arn = create_schedule(ScheduleExpressionTimezone=timezone)
    status, answer = ask("POST", fire(name, at))
    assert (status, answer["scheduled_time"]) == (200, expected)
    ended = wait_for_execution(aws("stepfunctions"), answer["execution_arn"])
    assert json.loads(ended["output"]) == {"time": expected, "by": arn, "text": "日本"}


@pytest.mark.parametrize("at", ["", "yesterday", "2026-02-30T00:00:00Z", "06:00"])
def test_what_is_no_time_starts_nothing(aws: Aws, ask: Any, create_schedule: Any, name: str, at: str) -> None:
    create_schedule()
    status, answer = ask("POST", fire(name, at))
    assert status == 400
    assert f"at={at!r} is not a time" in answer["message"]
    pages = aws("stepfunctions").get_paginator("list_state_machines").paginate()
    machines = [item for page in pages for item in page["stateMachines"]]
    (machine,) = [item["stateMachineArn"] for item in machines if item["name"] == name]
    assert aws("stepfunctions").list_executions(stateMachineArn=machine)["executions"] == []


def test_a_schedule_that_is_not_there_is_named(ask: Any, name: str) -> None:
    status, answer = ask("POST", fire(name, "2026-11-23T21:00:00Z"))
    assert status == 400
    assert name in answer["message"]


def test_a_target_that_cannot_be_fired_is_refused(ask: Any, create_schedule: Any, role_arn: str, name: str) -> None:
    queue = "arn:aws:sqs:ap-northeast-1:123456789012:q"
    create_schedule(Target={"Arn": queue, "RoleArn": role_arn})
    status, answer = ask("POST", fire(name, "2026-11-23T21:00:00Z"))
    assert (status, answer["message"]) == (
        400,
        f"{name} targets {queue}: only functions, state machines and SageMaker pipelines can be fired here",
    )


def test_health(ask: Any) -> None:
    assert ask("GET", "health") == (200, {"status": "ok"})


@pytest.mark.parametrize(("method", "path"), [("POST", "health"), ("GET", "schedules/g/n/fire"), ("GET", "nothing")])
def test_any_other_route_is_refused_by_name(ask: Any, method: str, path: str) -> None:
    status, answer = ask(method, path)
    assert (status, answer["message"]) == (404, f"{method} /_local/{path} is not a route of the local cloud")
