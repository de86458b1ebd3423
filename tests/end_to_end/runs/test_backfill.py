"""Tests of backfills on a deployed project, under Step Functions and SageMaker Pipelines: counted, repeated, stopped."""

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from partitioned_pipelines.lake.runs.backfill_names import BACKFILL_PREFIX
from tests.end_to_end.deployment import Deployment

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("end_to_end")]

PIPELINES = ["daily_lines", "daily_by_pipelines"]
# The days of one test; each pipeline has executions and partitions of its own.
COUNTED, STOPPED = "2026-03", "2026-04"
BAD = f"{COUNTED}-05"


def put_days(both: Deployment, month: str, days: range) -> None:
    """Put the input of days, which both pipelines read."""
    s3, lake = both.client("s3"), both.lake
    for day in days:
        if f"{month}-{day:02}" != BAD:
            s3.put_object(Bucket=lake, Key=f"raw/daily_lines/{month}-{day:02}/lines.csv", Body=b"a\nb\n")


def time_of(month: str) -> tuple[str, ...]:
    return ("--from", f"{month}-01", "--to", f"{month}-09")


def followed(both: Deployment, pipeline: str) -> tuple[int, dict[str, Any]]:
    """Follow the running backfill, or the newest; return the exit code and the document."""
    finished = both.command("backfills", pipeline, "--follow", "--json")
    (document,) = json.loads(finished.stdout)
    return finished.returncode, document


def days_of(both: Deployment, pipeline: str, month: str) -> list[str]:
    """Return the published days of a month."""
    values = [each["values"]["dt"] for each in both.json("partitions", pipeline)]
    return sorted(value for value in values if value.startswith(month))


def names_of_runs(both: Deployment, pipeline: str) -> list[str]:
    """Return the names of the pipeline's executions, as the service lists them."""
    outputs = both.outputs(both.stack(pipeline))
    if "PipelineName" in outputs:
        pages = (
            both.client("sagemaker")
            .get_paginator("list_pipeline_executions")
            .paginate(PipelineName=outputs["PipelineName"])
        )
        return [each["PipelineExecutionDisplayName"] for page in pages for each in page["PipelineExecutionSummaries"]]
    pages = (
        both.client("stepfunctions")
        .get_paginator("list_executions")
        .paginate(stateMachineArn=outputs["StateMachineArn"])
    )
    return [each["name"] for page in pages for each in page["executions"]]


def notices_of(both: Deployment, pipeline: str) -> str:
    """Subscribe a queue to the topic; return its URL."""
    topic = both.outputs(both.stack(pipeline))["NotificationTopicArn"]
    return both.subscribed_queue(f"backfills-of-{pipeline}", topic)


def received(both: Deployment, queue: str) -> list[str]:
    """Return the messages of a queue, and delete them."""
    sqs = both.client("sqs")
    messages = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10, WaitTimeSeconds=1).get("Messages", [])
    for message in messages:
        sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
    return [json.loads(message["Body"])["Message"] for message in messages]


@pytest.mark.parametrize("pipeline", PIPELINES)
def test_eight_days_one_of_them_bad_and_a_terminal_that_is_killed(both: Deployment, pipeline: str) -> None:
    put_days(both, COUNTED, range(1, 9))
    queue = notices_of(both, pipeline)
    asked = ("backfill", pipeline, *time_of(COUNTED), "--max-concurrency", "1")
    measured = [
        run for run in both.json("runs", pipeline) if run["status"] == "SUCCEEDED"
    ]  # other tests may have run it
    planned = both.json(*asked, "--dry-run")
    assert (len(planned["runs"]), planned["jobs"], planned["left_out"]) == (8, 8, {})
    assert (planned["instance_hours"] is None) == (not measured)
    assert names_of_runs(both, pipeline) == [], "nothing was started"
    started = both.json(*asked, "--yes")
    assert started["started"]
    assert started["backfill"] == planned["backfill"]
    again = both.json(*asked, "--yes")
    assert (again["runs"], again["started"]) == ([], False), "the same command starts nothing twice"
    assert len(again["left_out"][f"in the running backfill {started['backfill']}"]) == 8

    program = [
        Path(sys.executable).with_name("pipelines"),
        "backfills",
        pipeline,
        "--follow",
        "--project",
        both.project,
    ]
    terminal = subprocess.Popen(list(map(str, program)), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    both.wait_until(lambda: days_of(both, pipeline, COUNTED))
    terminal.send_signal(signal.SIGKILL)
    terminal.wait()

    code, ended = followed(both, pipeline)
    assert code == 1
    assert (ended["backfill"], ended["status"], ended["mode"]) == (started["backfill"], "SUCCEEDED", "missing")
    assert [ended[name] for name in ("runs", "succeeded", "failed", "running", "left")] == [8, 7, 1, 0, 0]
    (failed,) = ended["failed_runs"]
    assert (failed["from"], failed["failed_step"]) == (BAD, "PlanRun")
    assert f"no objects under s3://{both.lake}/raw/daily_lines/{BAD}/" in failed["reason"]
    published = days_of(both, pipeline, COUNTED)
    assert published == [f"{COUNTED}-{day:02}" for day in (1, 2, 3, 4, 6, 7, 8)]
    assert sorted(names_of_runs(both, pipeline)) == [f"{started['backfill']}-{COUNTED}-{day:02}" for day in range(1, 9)]
    (notice,) = map(json.loads, both.wait_until(lambda: received(both, queue)))
    assert (notice["kind"], notice["backfill"], notice["failed"]) == ("backfill", started["backfill"], 1)
    assert notice["first_failed_intervals"] == [BAD], "and there is none of the failed run"

    key = f"raw/daily_lines/{BAD}/lines.csv"
    both.client("s3").put_object(Bucket=both.lake, Key=key, Body=b"a\n")
    repeated = both.json("backfill", pipeline, "--failed", *time_of(COUNTED), "--yes")
    assert [run["from"] for run in repeated["runs"]] == [BAD]
    assert repeated["instance_hours"] is not None
    code, ended = followed(both, pipeline)
    assert (code, ended["succeeded"], ended["failed_runs"]) == (0, 1, [])
    assert len(days_of(both, pipeline, COUNTED)) == 8
    nothing = both.json("backfill", pipeline, *time_of(COUNTED), "--yes")
    assert (nothing["runs"], len(nothing["left_out"]["published"])) == ([], 8)
    (notice,) = map(json.loads, both.wait_until(lambda: received(both, queue)))
    assert (notice["backfill"], notice["succeeded"], notice["failed"]) == (repeated["backfill"], 1, 0)
    both.client("s3").delete_object(Bucket=both.lake, Key=key)  # the other pipeline's test expects none


@pytest.mark.parametrize("pipeline", PIPELINES)
def test_a_stop_ends_its_runs_and_all_runs_can_be_repeated(both: Deployment, pipeline: str) -> None:
    put_days(both, STOPPED, range(1, 9))
    asked = ("backfill", pipeline, "--all", *time_of(STOPPED), "--newest-first", "--max-concurrency", "1", "--yes")
    started = both.json(*asked)
    assert [run["from"] for run in started["runs"]][:2] == [f"{STOPPED}-08", f"{STOPPED}-07"]
    prefix = f"{started['backfill']}-"
    both.wait_until(lambda: [name for name in names_of_runs(both, pipeline) if name.startswith(prefix)])
    (stopped,) = both.json("backfill", pipeline, "--stop")["stopped"]
    assert (stopped["backfill"], stopped["status"], stopped["running"]) == (started["backfill"], "ABORTED", 0)
    names = [name for name in names_of_runs(both, pipeline) if name.startswith(prefix)]
    assert len(names) < 8, "the others were not started"
    code, ended = followed(both, pipeline)
    assert (code, ended["status"]) == (1, "ABORTED")
    assert both.json("backfill", pipeline, "--stop") == {"stopped": []}

    repeated = both.json(*asked)
    assert repeated["started"]
    assert repeated["backfill"] != started["backfill"], "the names of the stopped runs stay taken"
    code, ended = followed(both, pipeline)
    assert (code, ended["succeeded"]) == (0, 8)
    assert days_of(both, pipeline, STOPPED) == [f"{STOPPED}-{day:02}" for day in range(1, 9)]
    listed = both.json("backfills", pipeline)
    assert [each["backfill"] for each in listed][:2] == [repeated["backfill"], started["backfill"]]
    assert all(each["backfill"].startswith(BACKFILL_PREFIX) for each in listed)
