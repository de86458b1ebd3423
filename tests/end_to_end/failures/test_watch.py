"""The watch on a local cloud, fired hour by hour: what its notices say, and when it is quiet."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest

from tests.end_to_end.deployment import PROJECTS, Deployment, deployed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.e2e, pytest.mark.thorough, pytest.mark.xdist_group("end_to_end")]

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
# The schedule first fires in the next hour but one, after it has been created.
FIRES = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) + 2 * HOUR
CROSSING = FIRES + 3 * HOUR + timedelta(minutes=20)
"""The first hour of the watch in which the first interval is overdue."""
YESTERDAY = (FIRES - DAY).date().isoformat()
SCHEDULE = f'schedule: {{cron: "0 {FIRES.hour} * * ? *", interval: day, offset: -1}}\nfreshness: 3h\n'


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """Deploy a daily pipeline, whose interval must be there three hours after its scheduled start."""
    project: Path = tmp_path_factory.mktemp("watched") / "daily_lines"
    shutil.copytree(PROJECTS / "daily_lines", project)
    file = project / "pipelines" / "daily_lines.yaml"
    given = "schedule: {interval: day, timezone: Asia/Tokyo}\n"
    text = file.read_text(encoding="utf-8")
    assert given in text
    file.write_text(text.replace(given, SCHEDULE), encoding="utf-8")
    with deployed(project) as deployment:
        yield deployment


@pytest.fixture(scope="module")
def notices(watched: Deployment) -> Notices:
    return Notices(watched)


class Notices:
    """A queue that is subscribed to the lake's topic."""

    def __init__(self, deployment: Deployment) -> None:
        self._deployment, self._sqs = deployment, deployment.client("sqs")
        topic = deployment.outputs("pipelines-data-lake")["NotificationTopicArn"]
        self._url = deployment.subscribed_queue("notices", topic, RawMessageDelivery="true")

    def of(self, *times: datetime) -> list[dict[str, Any]]:
        """Fire the schedule of the watch at some times, and return the notices that it publishes."""
        before = self._watched_hours()
        hours = Counter(at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z") for at in times)
        for at in times:
            query = urlencode({"at": at.isoformat()})
            self._deployment.admin("POST", f"schedules/pipelines-data-lake/pipelines-watch/fire?{query}")
        self._deployment.wait_until(lambda: not hours - (self._watched_hours() - before), seconds=280)
        return list(self._received())

    def _watched_hours(self) -> Counter[str]:
        """Return the hours that the watch has examined, from its log."""
        logs, functions = self._deployment.client("logs"), self._deployment.client("lambda")
        (function,) = (
            one for one in functions.list_functions()["Functions"] if one["Handler"] == "lambdas.watch.handler.handler"
        )
        pages = logs.get_paginator("filter_log_events").paginate(logGroupName=function["LoggingConfig"]["LogGroup"])
        lines = [json.loads(event["message"]) for page in pages for event in page["events"]]
        return Counter(line["hour"] for line in lines if line.get("message") == "watched")

    def _received(self) -> Iterator[dict[str, Any]]:
        while messages := self._sqs.receive_message(QueueUrl=self._url, MaxNumberOfMessages=10).get("Messages"):
            for message in messages:
                self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=message["ReceiptHandle"])
                notice = json.loads(message["Body"])
                if isinstance(notice, dict) and notice.get("kind") in {"overdue", "schedule_off", "hanging"}:
                    yield notice  # the others are about runs


def test_a_fresh_deployment_is_quiet(watched: Deployment, notices: Notices) -> None:
    fresh = alarms(watched)
    assert fresh["pipelines-watch-silent"] == ("INSUFFICIENT_DATA", []), "a new alarm, not one that became silent"
    assert fresh["pipelines-undelivered"] == ("INSUFFICIENT_DATA", [])
    now = datetime.now(UTC)
    assert notices.of(now, now + HOUR) == []


def test_a_pipeline_that_never_runs_is_reported_daily(watched: Deployment, notices: Notices) -> None:
    found = notices.of(*(CROSSING + number * HOUR for number in range(-2, 70)))
    assert [(each["kind"], each["pipeline"], each["missing"]) for each in found] == [
        ("overdue", "daily_lines", number) for number in (1, 2, 3)
    ]
    assert {each["first_missing"]["from"] for each in found} == {YESTERDAY}
    assert found[0]["tables"] == {"daily.lines": {"state": "never_started", "reason": None, "run_id": None}}
    assert found[0]["commands"] == [
        "pipelines missing daily_lines",
        f"pipelines run daily_lines --date {YESTERDAY}",
    ]


def test_a_failed_run_is_named_and_a_run_ends_it(watched: Deployment, notices: Notices) -> None:
    run = watched.command("run", "daily_lines", "--date", YESTERDAY, "--no-deploy")
    assert run.returncode == 1
    assert "no objects under" in run.stderr, run.stdout + run.stderr
    (failed,) = notices.of(CROSSING)
    state = failed["tables"]["daily.lines"]
    assert (state["state"], state["reason"]) == ("failed", "FAILED")
    assert f"pipelines retry daily_lines {state['run_id']}" in failed["commands"]
    key = f"raw/daily_lines/{YESTERDAY}/lines.csv"
    watched.client("s3").put_object(Bucket=watched.lake, Key=key, Body=b"one line\n")
    assert watched.json("retry", "daily_lines")["status"] == "SUCCEEDED"
    assert notices.of(CROSSING) == []


def test_a_pause_is_quiet_and_a_resumption_begins_anew(watched: Deployment, notices: Notices) -> None:
    paused = watched.json("pause", "daily_lines")
    assert paused["since"]
    assert notices.of(*(CROSSING + DAY + number * HOUR for number in range(-1, 3))) == []
    resumed = watched.json("resume", "daily_lines")
    assert resumed["paused_since"] == paused["since"]
    (found,) = notices.of(CROSSING + DAY)
    assert found["interval"]["from"] == FIRES.date().isoformat()


def test_a_schedule_that_is_switched_off_by_hand_is_reported(watched: Deployment, notices: Notices) -> None:
    scheduler, name = watched.client("scheduler"), watched.stack("daily_lines")
    given = scheduler.get_schedule(GroupName=name, Name=name)
    kept = ("FlexibleTimeWindow", "ScheduleExpression", "ScheduleExpressionTimezone", "Target", "Description")
    same = {"GroupName": name, "Name": name, **{key: given[key] for key in kept}}
    scheduler.update_schedule(**same, State="DISABLED")
    (found,) = notices.of(datetime.now(UTC) + timedelta(minutes=5))
    assert (found["kind"], found["commands"][0]) == ("schedule_off", "pipelines resume daily_lines")
    assert watched.json("resume", "daily_lines")["changed"] is True


def test_a_watch_that_fails_leaves_a_message_in_the_lakes_queue(watched: Deployment) -> None:
    functions, sqs = watched.client("lambda"), watched.client("sqs")
    (name,) = (
        one["FunctionName"]
        for one in functions.list_functions()["Functions"]
        if one["Handler"] == "lambdas.watch.handler.handler"
    )
    functions.update_function_configuration(FunctionName=name, Handler="lambdas.watch.handler.nothing")
    query = urlencode({"at": CROSSING.isoformat()})
    watched.admin("POST", f"schedules/pipelines-data-lake/pipelines-watch/fire?{query}")
    url = sqs.get_queue_url(QueueName="pipelines-undelivered")["QueueUrl"]

    def received() -> list[dict[str, Any]]:
        answer = sqs.receive_message(
            QueueUrl=url, MessageAttributeNames=["All"], WaitTimeSeconds=1, VisibilityTimeout=0
        )
        found: list[dict[str, Any]] = answer.get("Messages", [])
        return found

    (message,) = watched.wait_until(received, seconds=240)
    assert json.loads(message["Body"])["pipelines"][0]["name"] == "daily_lines"
    assert "nothing" in message["MessageAttributes"]["ErrorMessage"]["StringValue"]
    topic = watched.outputs("pipelines-data-lake")["NotificationTopicArn"]
    assert alarms(watched)["pipelines-undelivered"] == ("ALARM", [topic])
    sqs.purge_queue(QueueUrl=url)
    assert alarms(watched)["pipelines-undelivered"] == ("OK", [topic])


def alarms(deployment: Deployment) -> dict[str, tuple[str, list[str]]]:
    """Evaluate the alarms; return the state of each, and the topics that were notified."""
    finished = deployment.command("local", "alarms", "--json")
    assert finished.returncode in (0, 1), finished.stderr
    return {each["name"]: (each["state"], each["actions"]) for each in json.loads(finished.stdout)["alarms"]}
