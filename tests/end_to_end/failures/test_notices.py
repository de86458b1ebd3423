"""Tests of notices on a deployed project, under both orchestrators: one when a script raises, one when it recovers, one for a backfill."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.end_to_end.deployment import Deployment, deployed

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("notices")]

PIPELINES = ["told", "told_by_pipelines"]
PIPELINE = """
name: {0}
orchestrator: {1}
image: {{uri: "123456789012.dkr.ecr.ap-northeast-1.amazonaws.com/python:3.13"}}
steps:
  - name: check
    script: processing_scripts/told/check.py
    inputs: {{raw: "s3://{{lake}}/raw/{0}/{{process_date}}/"}}
  - name: transform
    script: processing_scripts/told/check.py
    inputs: {{raw: {{step: check}}}}
    arguments: [strict]
table:
  source: transform
  database: analytics
  name: {0}
  columns: [{{name: line, type: string}}]
  partition_keys: [{{name: dt, type: string, date_format: "%Y-%m-%d"}}]
"""
SCRIPT = """
import os
import sys
from pathlib import Path

text = "".join(path.read_text() for path in sorted(Path("/opt/ml/processing/input/raw").rglob("*.csv")))
print("checking", len(text))
if "strict" in sys.argv and "bad" in text:
    raise ValueError("no column amount in day.csv: it has item, betrag")
partition = Path(f"/opt/ml/processing/output/dt={os.environ['PROCESS_DATE']}")
partition.mkdir(parents=True)
(partition / "part.csv").write_text(text)
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    folder = tmp_path_factory.mktemp("notices") / "project"
    (folder / "pipelines").mkdir(parents=True)
    (folder / "processing_scripts" / "told").mkdir(parents=True)
    for name, orchestrator in zip(PIPELINES, ("step_functions", "sagemaker_pipelines"), strict=True):
        (folder / "pipelines" / f"{name}.yaml").write_text(PIPELINE.format(name, orchestrator))
    (folder / "processing_scripts" / "told" / "check.py").write_text(SCRIPT)
    with deployed(folder) as running:
        yield running


class Queue:
    """A queue that subscribes to the notices of one pipeline."""

    def __init__(self, project: Deployment, pipeline: str) -> None:
        self._project, self._sqs = project, project.client("sqs")
        self._url = project.subscribed_queue(
            f"notices-of-{pipeline}",
            project.outputs(project.stack(pipeline))["NotificationTopicArn"],
            FilterPolicy=json.dumps({"pipeline": [pipeline]}),
        )
        self.received: list[dict[str, Any]] = []

    def until(self, kind: str, count: int = 1) -> list[dict[str, Any]]:
        """Return all notices that have come, when so many of a kind have."""
        self._project.wait_until(lambda: self._count(kind) >= count, seconds=120)
        return self.received

    def _count(self, kind: str) -> int:
        answer = self._sqs.receive_message(QueueUrl=self._url, MaxNumberOfMessages=10, WaitTimeSeconds=1)
        for message in answer.get("Messages", []):
            self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=message["ReceiptHandle"])
            self.received.append(json.loads(json.loads(message["Body"])["Message"]))
        return sum(notice["kind"] == kind for notice in self.received)


def put_day(project: Deployment, pipeline: str, day: str, text: str) -> None:
    project.client("s3").put_object(Bucket=project.lake, Key=f"raw/{pipeline}/{day}/day.csv", Body=text.encode())


def run(project: Deployment, pipeline: str, day: str, text: str) -> dict[str, Any]:
    """Run a day, and return the document of the run."""
    put_day(project, pipeline, day, text)
    finished = project.command("run", pipeline, "--date", day, "--no-deploy", "--json")
    assert finished.returncode == (1 if text == "bad" else 0), finished.stdout + finished.stderr
    document: dict[str, Any] = json.loads(finished.stdout)
    return document


@pytest.mark.parametrize("pipeline", PIPELINES)
def test_a_script_raises_three_times_and_recovers(project: Deployment, pipeline: str) -> None:
    queue = Queue(project, pipeline)
    run(project, pipeline, "2026-02-01", "good")
    failed = run(project, pipeline, "2026-02-02", "bad")
    (first,) = queue.until("failed")
    assert (first["kind"], first["pipeline"], first["run_id"]) == ("failed", pipeline, failed["run_id"])
    assert (first["step"], first["interval"], first["failures_in_a_row"]) == ("transform", "2026-02-02", 1)
    assert first["last_lines"][0] == "checking 3"
    assert first["last_lines"][-1] == "ValueError: no column amount in day.csv: it has item, betrag"
    assert first["tables"] == {f"analytics.{pipeline}": "unchanged"}
    logs, retry = first["commands"]
    assert (logs, retry) == tuple(f"pipelines {name} {pipeline} {failed['run_id']}" for name in ("logs", "retry")), (
        "of a local deployment, so without a target"
    )
    assert "betrag" in project.command(*logs.split()[1:]).stdout, "the commands can be pasted"
    assert project.command(*retry.split()[1:]).returncode == 1

    run(project, pipeline, "2026-02-03", "bad")
    run(project, pipeline, "2026-02-04", "bad")
    run(project, pipeline, "2026-02-05", "good")
    notices = queue.until("recovered")
    recovered = notices[-1]
    numbers = [notice["failures_in_a_row"] for notice in notices]
    # A retry is one more failure of the same execution, which later runs see once. SageMaker Pipelines does not tell of retries.
    assert numbers == ([1, 2, 2, 3] if pipeline == "told" else [1, 1, 2, 3])
    assert (recovered["kind"], recovered["interval"]) == ("recovered", "2026-02-05")


@pytest.mark.parametrize("pipeline", PIPELINES)
def test_a_backfill_with_bad_days_is_one_notice(project: Deployment, pipeline: str) -> None:
    queue = Queue(project, pipeline)
    for day in range(1, 8):
        put_day(project, pipeline, f"2026-03-0{day}", "good" if day in (4, 7) else "bad")
    time = ("--from", "2026-03-01", "--to", "2026-03-08")
    started = project.json("backfill", pipeline, *time, "--yes")
    (notice,) = queue.until("backfill")
    assert (notice["backfill"], notice["status"]) == (started["backfill"], "SUCCEEDED")
    assert (notice["runs"], notice["succeeded"], notice["failed"]) == (7, 2, 5)
    assert notice["first_failed_intervals"] == [f"2026-03-0{day}" for day in (1, 2, 3, 5, 6)]
    follow, retry, missing = notice["commands"]
    assert retry.startswith(f"pipelines retry {pipeline} ")
    for command in (follow, missing):
        assert project.command(*command.split()[1:]).returncode == 1, f"{command} finds the failed runs"


def test_an_event_that_cannot_be_reported_is_in_the_queue_of_the_lake(project: Deployment) -> None:
    functions, sqs = project.client("lambda"), project.client("sqs")
    (name,) = (
        function["FunctionName"]
        for function in functions.list_functions()["Functions"]
        if function["FunctionName"].startswith("pipelines-told-Notices")
    )
    spec = {"pipeline": "told", "schedule": {"timezone": "UTC", "date_offset_days": 0}, "tables": [], "options": []}
    machine = project.outputs("pipelines-told")["StateMachineArn"]
    topic = project.outputs("pipelines-told")["NotificationTopicArn"].replace("notices", "nowhere")
    detail = {"executionArn": f"{machine.replace('stateMachine', 'execution')}:x", "name": "x", "status": "FAILED"}
    event = {
        "detail": detail,
        "of": {"ended": "run", "workflow": machine, "topic": topic, "spec": {**spec, "local": True}},
    }
    functions.invoke(FunctionName=name, InvocationType="Event", Payload=json.dumps(event))
    queue = sqs.get_queue_url(QueueName="pipelines-undelivered")["QueueUrl"]
    (message,) = project.wait_until(
        lambda: sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=1).get("Messages"), seconds=400
    )
    assert json.loads(message["Body"]) == event


def test_an_event_that_may_not_be_delivered_is_in_the_queue_of_the_lake(project: Deployment) -> None:
    """A permission that was removed by hand: EventBridge does not call the function, so that only its dead-letter queue can report it."""
    functions, sqs = project.client("lambda"), project.client("sqs")
    (name,) = (
        function["FunctionName"]
        for function in functions.list_functions()["Functions"]
        if function["FunctionName"].startswith("pipelines-told-Notices")
    )
    rules = {
        statement["Condition"]["ArnLike"]["AWS:SourceArn"]
        for statement in json.loads(functions.get_policy(FunctionName=name)["Policy"])["Statement"]
        if functions.remove_permission(FunctionName=name, StatementId=statement["Sid"])
    }
    queue = sqs.get_queue_url(QueueName="pipelines-undelivered")["QueueUrl"]
    sqs.purge_queue(QueueUrl=queue)
    run(project, "told", "2026-04-01", "good")
    (message,) = project.wait_until(
        lambda: sqs.receive_message(
            QueueUrl=queue, WaitTimeSeconds=1, MessageAttributeNames=["All"], VisibilityTimeout=0
        ).get("Messages"),
        seconds=120,
    )
    said = {attribute: value["StringValue"] for attribute, value in message["MessageAttributes"].items()}
    assert (said["ERROR_CODE"], said["RULE_ARN"] in rules) == ("NO_PERMISSIONS", True)
    assert json.loads(message["Body"])["detail"]["status"] == "SUCCEEDED"
    evaluated = project.command("local", "alarms")
    assert evaluated.returncode == 1
    assert "ALARM  pipelines-undelivered" in evaluated.stdout
