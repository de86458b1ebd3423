"""Tests of ``pause`` and ``resume``: what they change, and what they say."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from partitioned_pipelines.cli.errors import ExitCode
from partitioned_pipelines.lake.schedule.pause import is_paused, paused_since, resumed_at
from tests.cli.runs.test_looking_back import pipelines
from tests.moto_lake import REGION, aws, glue, lake, s3

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

__all__ = ["aws", "glue", "lake", "pipelines", "s3"]

NAME = "pipelines-features"
TARGET = {
    "Arn": "arn:aws:states:ap-northeast-1:123456789012:stateMachine:pipelines-features",
    "RoleArn": "arn:aws:iam::123456789012:role/x",
    "Input": '{"scheduled_time":"<aws.scheduler.scheduled-time>"}',
    "DeadLetterConfig": {"Arn": "arn:aws:sqs:ap-northeast-1:123456789012:pipelines-undelivered"},
    "RetryPolicy": {"MaximumEventAgeInSeconds": 21600, "MaximumRetryAttempts": 60},
}


@pytest.fixture
def schedule(pipelines: Callable[..., Any], tmp_path: Path) -> Callable[[], dict[str, Any]]:
    """Give the deployed pipeline a schedule; return a function that reads it."""
    file = tmp_path / "pipelines" / "features.yaml"
    cron = 'schedule: {cron: "0 6 * * ? *", timezone: Asia/Tokyo, interval: day, offset: -1}\n'
    file.write_text(file.read_text(encoding="utf-8") + cron, encoding="utf-8")
    scheduler = boto3.client("scheduler", region_name=REGION)
    scheduler.create_schedule_group(Name=NAME)
    scheduler.create_schedule(
        Name=NAME,
        GroupName=NAME,
        Description="Runs features",
        ScheduleExpression="cron(0 6 * * ? *)",
        ScheduleExpressionTimezone="Asia/Tokyo",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target=TARGET,  # type: ignore[arg-type]
    )
    deploy({"ScheduleName": NAME, "ScheduleGroupName": NAME})
    return lambda: dict(scheduler.get_schedule(GroupName=NAME, Name=NAME))


def deploy(outputs: dict[str, str]) -> None:
    template = {
        "Resources": {"Topic": {"Type": "AWS::SNS::Topic"}},
        "Outputs": {name: {"Value": value} for name, value in outputs.items()},
    }
    boto3.client("cloudformation", region_name=REGION).create_stack(StackName=NAME, TemplateBody=json.dumps(template))


def kept(document: dict[str, Any]) -> dict[str, Any]:
    changed = ("State", "Description", "LastModificationDate", "ResponseMetadata")
    return {name: value for name, value in document.items() if name not in changed}


def test_a_pause_switches_the_schedule_off_and_says_so(
    schedule: Callable[[], dict[str, Any]], pipelines: Callable[..., Any]
) -> None:
    before = schedule()
    document = pipelines("pause", "features", "--json")
    after = schedule()
    assert after["State"] == "DISABLED"
    assert is_paused(after["Description"])
    assert document == {
        "pipeline": "features",
        "state": "paused",
        "since": after["Description"].split()[2].rstrip(":"),
        "changed": True,
    }
    assert kept(after) == kept(before)


def test_a_second_pause_changes_nothing_and_says_since_when(
    schedule: Callable[[], dict[str, Any]], pipelines: Callable[..., Any]
) -> None:
    first = pipelines("pause", "features", "--json")
    assert pipelines("pause", "features", "--json") == {**first, "changed": False}
    said = pipelines("pause", "features")
    assert f"the schedule of features was already paused, since {first['since']}" in said
    assert "resume it: pipelines resume features" in said


def test_a_resumption_restores_the_schedule(
    schedule: Callable[[], dict[str, Any]], pipelines: Callable[..., Any]
) -> None:
    before = schedule()
    since = pipelines("pause", "features", "--json")["since"]
    document = pipelines("resume", "features", "--json")
    after = schedule()
    assert (after["State"], kept(after)) == ("ENABLED", kept(before))
    assert after["Description"].startswith("Runs features (resumed at ")
    assert resumed_at(after["Description"])
    assert (document["state"], document["paused_since"], document["changed"]) == ("on", since, True)
    assert pipelines("resume", "features", "--json")["changed"] is False
    assert "the schedule of features is on already" in pipelines("resume", "features")


def test_a_schedule_that_was_switched_off_by_hand_is_paused_or_resumed(
    schedule: Callable[[], dict[str, Any]], pipelines: Callable[..., Any]
) -> None:
    given = {name: value for name, value in kept(schedule()).items() if value and name not in ("Arn", "CreationDate")}
    scheduler = boto3.client("scheduler", region_name=REGION)
    scheduler.update_schedule(**given, State="DISABLED", Description="Runs features")
    assert pipelines("pause", "features", "--json")["changed"] is True
    assert paused_since(schedule()["Description"])
    scheduler.update_schedule(**given, State="DISABLED", Description="Runs features")
    said = pipelines("resume", "features")
    assert "the schedule of features is on again" in said
    assert "list what is missing from that time: pipelines missing features" in said
    assert schedule()["State"] == "ENABLED"


def test_what_cannot_be_paused_is_refused(pipelines: Callable[..., Any]) -> None:
    deploy({})
    assert "features has no cron" in pipelines("pause", "features", code=ExitCode.INVALID)


def test_a_schedule_that_is_not_there_is_named(
    schedule: Callable[[], dict[str, Any]], pipelines: Callable[..., Any]
) -> None:
    boto3.client("scheduler", region_name=REGION).delete_schedule(Name=NAME, GroupName=NAME)
    said = pipelines("pause", "features", code=ExitCode.FAILED)
    assert "was deleted by hand" in said
    boto3.client("cloudformation", region_name=REGION).delete_stack(StackName=NAME)
    deploy({})
    assert "is not deployed yet" in pipelines("pause", "features", code=ExitCode.NO_CLOUD)
