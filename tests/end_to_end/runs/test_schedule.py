"""Tests of deployed schedules, fired at a given time: the run processes the right day, once."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest

from tests.end_to_end.deployment import Deployment

RAW = Path(__file__).parents[3] / "examples" / "feature_table" / "raw.csv"

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("end_to_end")]


@pytest.fixture(scope="module")
def raw(deployment: Deployment) -> None:
    """Upload raw features of two days in 2030, which no other test uses."""
    for day in "2030/12/30", "2030/12/31":
        deployment.client("s3").upload_file(str(RAW), deployment.lake, f"raw/feature_table/{day}/raw.csv")


@pytest.fixture(scope="module")
def flights_of_2026(deployment: Deployment, raw_flights: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Upload flights of the days around New York's clock changes in 2026."""
    some = pd.read_csv(raw_flights, dtype=str, nrows=3)
    days = ["2026-03-06", "2026-03-07", "2026-10-31"]
    rows = [
        some.assign(year="2026", month=str(int(day[5:7])), day=str(int(day[8:])), time_hour=f"{day}T10:00:00Z")
        for day in days
    ]
    path = tmp_path_factory.mktemp("flights") / "flights.csv"
    pd.concat(rows).to_csv(path, index=False)
    deployment.client("s3").upload_file(str(path), deployment.lake, "raw/flights/2026/flights.csv")


def test_six_in_tokyo_is_a_run_about_the_day_before(deployment: Deployment, raw: None) -> None:
    """21:00 on the 31st in UTC is 06:00 on the 1st in Tokyo: the run processes the 31st, given with either offset."""
    run = deployment.json("local", "fire", "feature_table", "--at", "2030-12-31T21:00:00Z")
    assert run["status"] == "SUCCEEDED"
    assert (run["process_start"], run["process_end"]) == ("2030-12-31", "2031-01-01")
    assert run["partitions"] == {"created": 1, "repointed": 0, "unchanged": 0, "kept_newer": 0}
    days = [partition["values"]["process_date_jst"] for partition in deployment.json("partitions", "feature_table")]
    assert "2030-12-31" in days
    assert "2030-12-30" not in days


def test_a_repeated_event_does_nothing_and_says_why(deployment: Deployment, raw: None) -> None:
    first = deployment.json("local", "fire", "feature_table", "--at", "2030-12-31T06:00")  # in Tokyo
    assert first["process_start"] == "2030-12-30"
    assert sum(first["partitions"].values()) == 1
    before = deployment.json("partitions", "feature_table")

    again = deployment.command("local", "fire", "feature_table", "--at", "2030-12-30T21:00:00Z", "--json")
    assert again.returncode == 0, again.stderr
    assert (
        f"nothing was done: the event scheduled for 2030-12-30T21:00:00Z belongs to {first['execution_arn']}"
        in again.stderr
    )
    assert deployment.json("partitions", "feature_table") == before


@pytest.mark.parametrize(
    ("at", "day"),
    [
        ("2026-03-08T04:59:59Z", "2026-03-06"),  # still the 7th: midnight is at 05:00 in UTC
        ("2026-03-09T03:59:59Z", "2026-03-07"),  # still the 8th: midnight is at 04:00 in UTC now
        ("2026-11-01T01:30", "2026-10-31"),  # a time that occurs twice
        ("2026-11-02T04:59:59Z", "2026-10-31"),  # still the 1st, which has 25 hours
    ],
)
def test_the_day_before_in_new_york_is_right_when_clocks_change(
    deployment: Deployment, flights_of_2026: None, at: str, day: str
) -> None:
    run = deployment.json("local", "fire", "flights", "--at", at)
    assert run["process_start"] == day
    assert sum(run["partitions"].values()) == 1
    year, month, number = (str(int(part)) for part in day.split("-"))
    registered = [partition["values"] for partition in deployment.json("partitions", "flights")]
    assert {"year": year, "month": month, "day": number} in registered


def test_a_time_that_clocks_skip_is_refused_as_aws_would_not_fire(deployment: Deployment) -> None:
    finished = deployment.command("local", "fire", "flights", "--at", "2026-03-08T02:30")
    assert finished.returncode == 2
    assert "2026-03-08T02:30 does not exist in America/New_York" in finished.stderr


def test_a_pipeline_without_a_schedule_says_how_to_run_it(deployment: Deployment) -> None:
    finished = deployment.command("local", "fire", "raises", "--at", "2026-11-23T21:00:00Z")
    assert finished.returncode == 2
    assert "raises has no schedule" in finished.stderr
    assert "pipelines run raises --date" in finished.stderr


def test_what_the_cloud_refuses_is_told(deployment: Deployment) -> None:
    finished = deployment.command("local", "fire", "flights", "--at", "0001-01-01T00:00+09:00")
    assert finished.returncode == 3
    assert "the schedule was not fired: at='0001-01-01T00:00+09:00' is not a time" in finished.stderr
    assert "Traceback" not in finished.stderr


def test_what_cannot_be_started_is_in_the_lakes_queue_where_the_alarm_sees_it(deployment: Deployment) -> None:
    """The deployed alarm's metric, before and after a schedule's target is deleted, and after the queue is empty again."""
    schedules = deployment.client("scheduler")
    name = deployment.outputs("pipelines-flights")["ScheduleName"]
    schedule = schedules.get_schedule(GroupName=name, Name=name)
    kept = ("GroupName", "Name", "ScheduleExpression", "ScheduleExpressionTimezone", "FlexibleTimeWindow", "Target")
    given = {key: schedule[key] for key in kept}
    gone = f"{given['Target']['Arn']}-gone"
    assert not is_in_alarm(deployment)
    schedules.update_schedule(**{**given, "Target": {**given["Target"], "Arn": gone}})
    try:
        finished = deployment.command("local", "fire", "flights", "--at", "2026-03-08T05:30")
    finally:
        schedules.update_schedule(**given)
    assert finished.returncode == 3
    assert "pipelines-undelivered" in finished.stderr
    assert is_in_alarm(deployment)
    sqs = deployment.client("sqs")
    queue = sqs.get_queue_url(QueueName="pipelines-undelivered")["QueueUrl"]
    (message,) = sqs.receive_message(QueueUrl=queue, MessageAttributeNames=["All"], VisibilityTimeout=0)["Messages"]
    assert message["MessageAttributes"]["SCHEDULE_ARN"]["StringValue"].endswith(f"schedule/{name}/{name}")
    assert message["MessageAttributes"]["TARGET_ARN"]["StringValue"] == gone
    sqs.purge_queue(QueueUrl=queue)
    assert not is_in_alarm(deployment)


def is_in_alarm(deployment: Deployment) -> bool:
    """Return whether the alarm's condition holds now, by its configuration and CloudWatch's data."""
    cloudwatch = deployment.client("cloudwatch")
    (alarm,) = cloudwatch.describe_alarms(AlarmNames=["pipelines-undelivered"])["MetricAlarms"]
    assert alarm["AlarmActions"] == [deployment.outputs("pipelines-flights")["NotificationTopicArn"]]
    assert alarm["ComparisonOperator"] == "GreaterThanThreshold"
    now = datetime.now(UTC)
    points = cloudwatch.get_metric_statistics(
        **{key: alarm[key] for key in ("Namespace", "MetricName", "Dimensions", "Period")},
        StartTime=now - timedelta(seconds=alarm["Period"]),
        EndTime=now + timedelta(seconds=alarm["Period"]),
        Statistics=[alarm["Statistic"]],
    )["Datapoints"]
    return any(
        point[alarm["Statistic"]] > alarm["Threshold"] for point in points
    )  # none, of a queue that was never used


def test_a_missing_input_fails_the_run(deployment: Deployment) -> None:
    finished = deployment.command("local", "fire", "feature_table", "--at", "1999-01-02T06:00")
    assert finished.returncode == 1
    assert "raw/feature_table/1999/01/01/" in finished.stderr
