"""Tests of the AWS CLI on the deployed pipelines, with only the environment that ``pipelines local status`` prints."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.deployment import ROOT, Deployment

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("end_to_end")]

RAW = ROOT / "examples" / "feature_table" / "raw.csv"
DAY = "2031-03-01"
Aws = Callable[..., Any]


@pytest.fixture(scope="module")
def aws(deployment: Deployment) -> Aws:
    """Return a function that runs the AWS CLI in the environment of `local status`; JSON output is parsed."""
    status = deployment.json("local", "status")
    clean = {key: value for key, value in os.environ.items() if not key.startswith("AWS_")}
    environment = {**clean, **status["environment"], "AWS_EC2_METADATA_DISABLED": "true", "PYTHONUTF8": "1"}

    def run(*arguments: str | Path) -> Any:
        command = [str(word) for word in (Path(sys.executable).with_name("aws"), *arguments)]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, encoding="utf-8", check=False)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout) if done.stdout.startswith(("{", "[")) else done.stdout

    return run


@pytest.fixture(scope="module")
def execution(aws: Aws, deployment: Deployment) -> str:
    """Return a run that was started by the AWS CLI, on a file that it has copied."""
    aws("s3", "cp", RAW, f"s3://{deployment.lake}/raw/feature_table/2031/03/01/raw.csv")
    stack = aws("cloudformation", "describe-stacks", "--stack-name", "pipelines-feature-table")["Stacks"][0]
    outputs = {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}
    start = ["stepfunctions", "start-execution", "--state-machine-arn", outputs["StateMachineArn"]]
    arn = str(aws(*start, "--name", f"aws-cli-{DAY}", "--input", json.dumps({"date": DAY}))["executionArn"])
    deployment.finished(arn)
    return arn


def test_a_run_is_listed_described_and_told_event_by_event(aws: Aws, execution: str) -> None:
    described = aws("stepfunctions", "describe-execution", "--execution-arn", execution)
    assert (described["status"], json.loads(described["input"])) == ("SUCCEEDED", {"date": DAY})
    machine = described["stateMachineArn"]
    listed = aws("stepfunctions", "list-executions", "--state-machine-arn", machine, "--status-filter", "SUCCEEDED")
    assert execution in [each["executionArn"] for each in listed["executions"]]
    history = aws("stepfunctions", "get-execution-history", "--execution-arn", execution)["events"]
    assert [history[0]["type"], history[-1]["type"]] == ["ExecutionStarted", "ExecutionSucceeded"]


def test_a_run_is_stopped(aws: Aws, deployment: Deployment) -> None:
    aws("s3", "cp", RAW, f"s3://{deployment.lake}/raw/sleeps/lines.csv")
    machine = deployment.outputs("pipelines-sleeps")["StateMachineArn"]
    start = ["stepfunctions", "start-execution", "--state-machine-arn", machine, "--input", json.dumps({"date": DAY})]
    arn = aws(*start)["executionArn"]
    aws("stepfunctions", "stop-execution", "--execution-arn", arn, "--cause", "enough")
    describe = ["stepfunctions", "describe-execution", "--execution-arn", arn]
    deployment.wait_until(lambda: aws(*describe)["status"] != "RUNNING")
    assert aws(*describe)["status"] == "ABORTED"
    newest = aws("stepfunctions", "get-execution-history", "--execution-arn", arn, "--reverse-order")["events"][0]
    assert (newest["type"], newest["executionAbortedEventDetails"]["cause"]) == ("ExecutionAborted", "enough")


def test_jobs_and_their_logs(aws: Aws, execution: str) -> None:
    listing = ["sagemaker", "list-processing-jobs", "--name-contains", "feature-table--extract"]
    (newest,) = aws(*listing, "--sort-order", "Descending", "--max-items", "1")["ProcessingJobSummaries"]
    job = newest["ProcessingJobName"]
    described = aws("sagemaker", "describe-processing-job", "--processing-job-name", job)
    assert (described["ProcessingJobStatus"], described["Environment"]["PROCESS_DATE"]) == ("Completed", DAY)
    group = ["--log-group-name", "/aws/sagemaker/ProcessingJobs"]
    streams = aws("logs", "describe-log-streams", *group, "--log-stream-name-prefix", f"{job}/")["logStreams"]
    (stream,) = (each["logStreamName"] for each in streams)
    events = aws("logs", "get-log-events", *group, "--log-stream-name", stream, "--start-from-head")["events"]
    assert f"10 rows of {DAY} from 1 files" in [event["message"] for event in events]
    # Called by `aws logs tail` of version 2 of the AWS CLI.
    filtered = aws("logs", "filter-log-events", *group, "--log-stream-names", stream, "--filter-pattern", "rows")
    assert [event["message"] for event in filtered["events"]] == [f"10 rows of {DAY} from 1 files"]


def test_the_log_of_a_function(aws: Aws, deployment: Deployment, execution: str) -> None:
    name = deployment.outputs("pipelines-feature-table")["PlanRunFunctionName"]
    configuration = aws("lambda", "get-function-configuration", "--function-name", name)
    group = configuration["LoggingConfig"]["LogGroup"]
    events = aws("logs", "filter-log-events", "--log-group-name", group)["events"]
    assert [event for event in events if '"type":"platform.report"' in event["message"]]


def test_the_catalog(aws: Aws, execution: str) -> None:
    assert "analytics" in [each["Name"] for each in aws("glue", "get-databases")["DatabaseList"]]
    table = ["--database-name", "analytics", "--table-name", "partitioned_table_sample"]
    expression = f"process_date_jst >= '{DAY}' AND process_date_jst < '2031-04-01'"
    (partition,) = aws("glue", "get-partitions", *table, "--expression", expression)["Partitions"]
    assert partition["Values"] == [DAY]
    described = aws("glue", "get-table", "--database-name", "analytics", "--name", "partitioned_table_sample")["Table"]
    assert described["StorageDescriptor"]["Columns"][0]["Comment"] == "feature1の説明。"


def test_files_are_copied_listed_and_synchronized(aws: Aws, deployment: Deployment, tmp_path: Path) -> None:
    folder, root = tmp_path / "folder", f"s3://{deployment.lake}/raw/aws_cli"
    (folder / "dt=2031-03-01").mkdir(parents=True)
    (folder / "dt=2031-03-01" / "特徴 1.csv").write_text("1\n", encoding="utf-8")
    (folder / "top.csv").write_text("22\n", encoding="utf-8")
    for path in folder.rglob("*.csv"):
        os.utime(path, (0, 0))  # S3 has whole seconds: a file of the current second would seem newer than its copy
    assert aws("s3", "sync", folder, f"{root}/").count("upload: ") == 2
    assert aws("s3", "sync", folder, f"{root}/") == "", "nothing has changed"
    listed = aws("s3", "ls", f"{root}/", "--recursive", "--summarize")
    assert "raw/aws_cli/dt=2031-03-01/特徴 1.csv" in listed
    assert "Total Objects: 2" in listed
    assert "PRE dt=2031-03-01/" in aws("s3", "ls", f"{root}/")
    (folder / "top.csv").unlink()
    assert "delete: " in aws("s3", "sync", folder, f"{root}/", "--delete")
    aws("s3", "cp", f"{root}/dt=2031-03-01/特徴 1.csv", tmp_path / "back.csv")
    assert (tmp_path / "back.csv").read_text(encoding="utf-8") == "1\n"


def test_a_schedule_is_listed_and_fired(aws: Aws, deployment: Deployment, execution: str) -> None:
    (schedule,) = aws("scheduler", "list-schedules", "--group-name", "pipelines-feature-table")["Schedules"]
    described = aws("scheduler", "get-schedule", "--group-name", schedule["GroupName"], "--name", schedule["Name"])
    assert described["ScheduleExpressionTimezone"] == "Asia/Tokyo"
    fired = deployment.json("local", "fire", "feature_table", "--at", "2031-03-02T06:00")
    assert fired["process_start"] == DAY, "the day before, in Tokyo"
    ended = aws("stepfunctions", "describe-execution", "--execution-arn", fired["execution_arn"])
    assert json.loads(ended["input"]) == {"scheduled_time": "2031-03-01T21:00:00Z"}
