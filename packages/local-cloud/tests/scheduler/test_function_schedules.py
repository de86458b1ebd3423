"""A schedule whose target is a function: fired on request and by the clock, with the scheduled time in its input."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest

from cloud_under_test.admin import ask
from cloud_under_test.deployment_package import packed
from cloud_under_test.event_targets import Queue, queue_for

if TYPE_CHECKING:
    from collections.abc import Callable

    from local_cloud.server import LocalCloud

Aws = Any
FORWARDS = """
import json, os, boto3
def handle(event, context):
    boto3.client("sqs").send_message(QueueUrl=os.environ["QUEUE"], MessageBody=json.dumps(event))
"""
INPUT = json.dumps({"at": "<aws.scheduler.scheduled-time>", "tables": ["日"]})


@pytest.fixture
def queue(aws: Aws, name: str) -> Queue:
    """The queue that the function forwards to."""
    return queue_for(aws, name)


@pytest.fixture
def schedule(aws: Aws, name: str, role_arn: str) -> Callable[..., None]:
    """Create an hourly schedule for a function."""

    def create(function: str, **more: Any) -> None:
        aws("scheduler").create_schedule_group(Name=name)
        aws("scheduler").create_schedule(
            Name=name, GroupName=name, ScheduleExpression="rate(1 hour)", FlexibleTimeWindow={"Mode": "OFF"},
            StartDate=dt.datetime(2031, 1, 1, tzinfo=dt.UTC), Target={"Arn": function, "RoleArn": role_arn, "Input": INPUT, **more},
        )  # fmt: skip

    return create


@pytest.fixture
def function(aws: Aws, name: str, role_arn: str, queue: Queue) -> str:
    """A function without a resource policy: Scheduler invokes it with the schedule's role."""
    created = aws("lambda").create_function(
        FunctionName=name, Runtime="python3.11", Role=role_arn, Handler="app.handler.handle", Timeout=60,
        Code={"ZipFile": packed(FORWARDS)}, Environment={"Variables": {"QUEUE": queue.url}},
    )  # fmt: skip
    return str(created["FunctionArn"])


def test_a_function_gets_the_scheduled_time(
    local_cloud_server: LocalCloud, schedule: Any, function: str, queue: Queue, name: str
) -> None:
    schedule(function)
    query = urlencode({"at": "2026-11-23T21:00:00+09:00"})
    status, fired = ask(local_cloud_server, "POST", f"schedules/{name}/{name}/fire?{query}")
    assert (status, fired["scheduled_time"], fired["warning"]) == (200, "2026-11-23T12:00:00Z", "")
    assert queue.bodies() == [{"at": "2026-11-23T12:00:00Z", "tables": ["日"]}]


def test_the_clock_fires_it_each_hour(
    local_cloud_server: LocalCloud, schedule: Any, function: str, queue: Queue, name: str
) -> None:
    schedule(function)
    for hour in (1, 2):
        query = urlencode({"after": f"2031-01-01T0{hour - 1}:30:00Z", "until": f"2031-01-01T0{hour}:30:00Z"})
        _, document = ask(local_cloud_server, "POST", f"schedules/fire-due?{query}")
        (fired,) = (each for each in document["fired"] if each["name"] == name)
        assert (fired["scheduled_time"], fired["error"]) == (f"2031-01-01T0{hour}:00:00Z", "")
    assert {event["at"] for event in queue.bodies(2)} == {"2031-01-01T01:00:00Z", "2031-01-01T02:00:00Z"}


def test_a_function_that_does_not_exist_is_undelivered(
    local_cloud_server: LocalCloud, schedule: Any, queue: Queue, name: str
) -> None:
    function = "arn:aws:lambda:ap-northeast-1:123456789012:function:gone"
    schedule(function, DeadLetterConfig={"Arn": queue.arn})
    query = urlencode({"at": "2026-11-23T21:00:00Z"})
    status, document = ask(local_cloud_server, "POST", f"schedules/{name}/{name}/fire?{query}")
    assert (status, f"{function} rejected the event: ResourceNotFoundException" in document["message"]) == (400, True)
    (message,) = queue.messages()
    assert json.loads(message["Body"])["at"] == "2026-11-23T21:00:00Z"
