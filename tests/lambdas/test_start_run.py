"""Tests of StartRun's handler, and of both workflows that it starts."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import boto3
import pytest
from moto import mock_aws

from lambdas.start_run import handler as start_run
from partitioned_pipelines.lake.intervals.instants import format_instant
from partitioned_pipelines.runtime.starting.workflow import SagemakerWorkflow, StateMachineWorkflow

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    start_run._s3.cache_clear()
    start_run._scheduler.cache_clear()
    with mock_aws():
        yield


def machine() -> str:
    role = "arn:aws:iam::123456789012:role/r"
    definition = json.dumps({"StartAt": "A", "States": {"A": {"Type": "Succeed"}}})
    created = boto3.client("stepfunctions").create_state_machine(name="m", definition=definition, roleArn=role)
    return created["stateMachineArn"]


def schedule(target: str) -> None:
    scheduler = boto3.client("scheduler")
    scheduler.create_schedule_group(Name="pipelines-p")
    scheduler.create_schedule(
        Name="pipelines-p",
        GroupName="pipelines-p",
        ScheduleExpression="cron(0 6 * * ? *)",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": target, "RoleArn": "arn:aws:iam::123456789012:role/r"},
    )


def test_an_event_starts_the_state_machine_once() -> None:
    arn, s3 = machine(), boto3.client("s3")
    schedule(arn)
    s3.create_bucket(Bucket="lake")
    start = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=1)
    span = {"start": format_instant(start), "end": format_instant(start + timedelta(days=1))}
    compact = "-".join(text.replace("-", "").replace(":", "") for text in span.values())
    mark = f"tables/db/a/receipts/intervals/{compact}.published.20261129T000000Z-0123abcd"
    s3.put_object(Bucket="lake", Key=mark, Body=b"")
    spec = {
        "pipeline": "p",
        "timezone": "UTC",
        "interval": "day",
        "offset": 0,
        "wait_hours": 48,
        "then": "fail",
        "tables": [{"database_name": "db", "table_name": "own"}],
        "awaits": [
            {
                "database_name": "db",
                "table_name": "a",
                "partitions": "interval",
                "writer": {"timezone": "UTC", "interval": "day", "offset": 0},
            }
        ],
        "lake_bucket": "lake",
        "schedule": "pipelines-p",
        "state_machine": arn,
    }
    event = {"spec": spec, "id": "e1", "published": {"table": "db.a", "interval": span}}
    day = str(start.date())
    first = start_run.handler(event, None)
    assert [(each["interval"], each["outcome"]) for each in first] == [(day, "started")]
    again = start_run.handler({**event, "id": "e2"}, None)
    assert [each["outcome"] for each in again] == ["already_started"]
    sfn = boto3.client("stepfunctions")
    (execution,) = sfn.list_executions(stateMachineArn=arn)["executions"]
    assert execution["name"] == f"inputs-{day}"
    described = sfn.describe_execution(executionArn=execution["executionArn"])
    assert json.loads(described["input"]) == {"date": day}


def test_a_name_that_is_taken_starts_nothing() -> None:
    workflow = StateMachineWorkflow(boto3.client("stepfunctions"), machine())
    assert workflow.start("inputs-2026-11-28", {"date": "2026-11-28"})
    assert workflow.start("inputs-2026-11-28", {"date": "2026-11-28", "inputs": "required"}) == ""


def test_a_sagemaker_pipeline_gets_parameters_and_a_token() -> None:
    sent: dict[str, Any] = {}

    def start(**request: Any) -> dict[str, str]:
        sent.update(request)
        return {"PipelineExecutionArn": "arn:e"}

    client = cast("Any", SimpleNamespace(start_pipeline_execution=start))
    workflow = SagemakerWorkflow(client, "pipelines-daily-report")
    assert workflow.start("inputs-20261101T050000Z", {"from": "a", "to": "b"}) == "arn:e"
    token = sent.pop("ClientRequestToken")
    assert 32 <= len(token) <= 128
    assert "pipelines-daily-report" in token
    assert sent == {
        "PipelineName": "pipelines-daily-report",
        "PipelineExecutionDisplayName": "inputs-20261101T050000Z",
        "PipelineParameters": [{"Name": "from", "Value": "a"}, {"Name": "to", "Value": "b"}],
    }
