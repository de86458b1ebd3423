"""A schedule whose target rejects the event: the event is in the dead-letter queue, and in CloudWatch's metric."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest

from cloud_under_test.admin import ask

if TYPE_CHECKING:
    from collections.abc import Callable

    from local_cloud.server import LocalCloud

Aws = Any
AT = "2026-11-23T21:00:00Z"
MACHINE = "arn:aws:states:ap-northeast-1:123456789012:stateMachine:nowhere"
START_PIPELINE = "arn:aws:scheduler:::aws-sdk:sagemaker:startPipelineExecution"
INPUT = '{"scheduled_time": "<aws.scheduler.scheduled-time>"}'


@pytest.fixture
def queue(aws: Aws, name: str) -> str:
    """The URL of a queue."""
    return str(aws("sqs").create_queue(QueueName=name)["QueueUrl"])


@pytest.fixture
def fire(local_cloud_server: LocalCloud, aws: Aws, name: str, role_arn: str) -> Callable[..., str]:
    """Create a schedule with a target, fire it, and return why the event was not delivered."""

    def post(target: dict[str, Any]) -> str:
        aws("scheduler").create_schedule_group(Name=name)
        aws("scheduler").create_schedule(
            Name=name,
            GroupName=name,
            ScheduleExpression="cron(0 6 * * ? *)",
            FlexibleTimeWindow={"Mode": "OFF"},
            Target={"RoleArn": role_arn, "Input": INPUT, **target},
        )
        status, document = ask(local_cloud_server, "POST", f"schedules/{name}/{name}/fire?{urlencode({'at': AT})}")
        assert status == 400
        return str(document["message"])

    return post


def dead_letter(name: str) -> dict[str, Any]:
    return {"DeadLetterConfig": {"Arn": f"arn:aws:sqs:ap-northeast-1:123456789012:{name}"}}


def received(aws: Aws, queue: str) -> list[dict[str, Any]]:
    messages = aws("sqs").receive_message(QueueUrl=queue, MessageAttributeNames=["All"], VisibilityTimeout=0)
    found: list[dict[str, Any]] = messages.get("Messages", [])
    return found


def depth(aws: Aws, name: str) -> float | None:
    """Return the metric of the alarm on a dead-letter queue."""
    return maximum(aws, "AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", name)


def maximum(aws: Aws, namespace: str, metric: str, dimension: str, value: str) -> float | None:
    now = datetime.now(UTC)
    points = aws("cloudwatch").get_metric_statistics(
        Namespace=namespace,
        MetricName=metric,
        Dimensions=[{"Name": dimension, "Value": value}],
        StartTime=now - timedelta(minutes=5),
        EndTime=now + timedelta(minutes=5),
        Period=300,
        Statistics=["Maximum"],
    )["Datapoints"]
    return float(points[0]["Maximum"]) if points else None


def test_the_event_is_in_the_dead_letter_queue(aws: Aws, name: str, queue: str, fire: Callable[..., str]) -> None:
    assert depth(aws, name) is None, "the queue was never used"
    said = fire({"Arn": MACHINE, **dead_letter(name), "RetryPolicy": {"MaximumRetryAttempts": 60}})
    assert f"{MACHINE} rejected the event: StateMachineDoesNotExist" in said
    assert said.endswith(f"The event is in the dead-letter queue arn:aws:sqs:ap-northeast-1:123456789012:{name}")
    (message,) = received(aws, queue)
    assert json.loads(message["Body"]) == {"scheduled_time": AT}
    attributes = {key: value["StringValue"] for key, value in message["MessageAttributes"].items()}
    assert attributes.pop("EXECUTION_ID")
    assert "nowhere" in attributes.pop("ERROR_MESSAGE")
    assert attributes == {
        "ERROR_CODE": "StateMachineDoesNotExist",
        "EXHAUSTED_RETRY_CONDITION": "MaximumRetryAttempts",
        "IS_PAYLOAD_TRUNCATED": "false",
        "RETRY_ATTEMPTS": "60",
        "SCHEDULED_TIME": AT,
        "SCHEDULE_ARN": f"arn:aws:scheduler:ap-northeast-1:123456789012:schedule/{name}/{name}",
        "TARGET_ARN": MACHINE,
    }
    assert depth(aws, name) == 1
    assert maximum(aws, "AWS/Scheduler", "InvocationDroppedCount", "ScheduleGroup", name) == 1
    aws("sqs").purge_queue(QueueUrl=queue)
    assert depth(aws, name) == 0


def test_a_call_that_its_service_refuses_is_undelivered_too(
    aws: Aws, name: str, queue: str, fire: Callable[..., str]
) -> None:
    assert "does not fit StartPipelineExecution" in fire({"Arn": START_PIPELINE, **dead_letter(name)})
    (message,) = received(aws, queue)
    assert message["MessageAttributes"]["ERROR_CODE"]["StringValue"] == "ValidationException"


def test_without_a_queue_the_event_is_lost(fire: Callable[..., str]) -> None:
    assert fire({"Arn": MACHINE}).endswith("The schedule has no dead-letter queue, so the event is lost")


def test_a_queue_that_is_not_there_loses_it_as_well(name: str, fire: Callable[..., str]) -> None:
    assert f"{name} rejected it, too" in fire({"Arn": MACHINE, **dead_letter(name)})
