"""Tests of ``show`` on moto's lake: a run by the beginning of its id, with what is left of it."""

from __future__ import annotations

import json
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import boto3
import jsonschema
import pytest

import partitioned_pipelines.cli.commands.show as show_command
from partitioned_pipelines.cli.errors import ExitCode
from partitioned_pipelines.cli.lake.problems import ACTIONS
from partitioned_pipelines.cli.lake.runs.timeline import StateAttempt
from partitioned_pipelines.cli.target.target import Cloud
from partitioned_pipelines.lake.key_layout import receipt_key
from partitioned_pipelines.operations.lake_state.documents.document import schema_of
from partitioned_pipelines.operations.lake_state.documents.run import Run
from tests.cli.commands.test_runs_cost import job, keep_usage, start_job
from tests.cli.commands.test_status import HOSTILE, Calls, calls, deploy, machine
from tests.cli.runs.test_looking_back import PIPELINE, pipelines
from tests.moto_lake import REGION, Lake, aws, glue, lake, s3
from tests.operations.costs.priced import DOCUMENT
from tests.runtime.registration.published_runs import publish

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

__all__ = ["aws", "calls", "glue", "lake", "pipelines", "s3"]

MACHINE: Any = {
    "name": "reader",
    "definition": '{"StartAt": "A", "States": {}}',
    "roleArn": "arn:aws:iam::123456789012:role/r",
}
OLD, NEW = "20250110T000000Z-0123abcd", "20250111T000000Z-0123abcd"


@pytest.fixture
def show(pipelines: Callable[..., Any], calls: Calls, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Return a function that runs ``show`` on moto's lake."""

    @contextmanager
    def open_cloud(_settings: object) -> Iterator[Cloud]:
        yield Cloud(calls.session(), None)

    monkeypatch.setattr(show_command, "open_cloud", open_cloud)

    def run(*arguments: str, code: ExitCode = ExitCode.OK) -> Any:
        found = pipelines("show", *arguments, code=code)
        if "--json" in arguments and code is ExitCode.OK:
            jsonschema.validate(found, schema_of(Run))
        return found

    return run


@pytest.fixture
def old_runs(lake: Lake) -> Lake:
    """Return a lake in which an old run wrote days 1 and 2, and a later one day 1 again."""
    lake.create_table()
    publish(lake, OLD, datetime(2025, 1, 10, tzinfo=UTC), 1, 2)
    publish(lake, NEW, datetime(2025, 1, 11, tzinfo=UTC), 1)
    return lake


@pytest.fixture
def stopped(old_runs: Lake) -> str:
    """Stop an execution about the third day, and return its ARN."""
    outputs = machine()
    deploy(outputs)
    states = boto3.client("stepfunctions", region_name=REGION)
    arn = outputs["StateMachineArn"]["Value"]
    started = states.start_execution(stateMachineArn=arn, name="bf-1234-2026-01-03", input='{"date": "2026-01-03"}')
    states.stop_execution(executionArn=started["executionArn"])
    return started["executionArn"]


def test_a_very_old_run_is_known_by_its_receipt(old_runs: Lake, show: Callable[..., Any]) -> None:
    deploy(machine())
    document = show(OLD[:8], "--json")
    assert (document["id"], document["pipeline"], document["status"]) == (OLD, "features", "PUBLISHED")
    assert document["forgotten"] == "Step Functions keeps executions for 90 days"
    assert document["started"] == "2025-01-10T00:00:00Z"
    (receipt,) = document["receipts"]
    assert (receipt["partitions"], receipt["live"], receipt["objects"]) == (2, 1, 2)
    assert receipt["key"] == f"s3://lake/{receipt_key('analytics', 'features', OLD)}"
    said = show(OLD)
    assert "Step Functions keeps executions for 90 days" in said
    assert "analytics.features: 2 partitions (" in said
    assert "readers see 1 of them" in said


def test_a_run_whose_pipeline_is_not_deployed(old_runs: Lake, show: Callable[..., Any]) -> None:
    assert show(NEW, "--json")["receipts"][0]["live"] == 1


def test_a_run_from_before_the_cadence_changed(old_runs: Lake, show: Callable[..., Any], tmp_path: Path) -> None:
    monthly = (PIPELINE % ("0" * 64, "versioned")).replace(
        "name: features\n", "name: features\nschedule: {interval: month}\n", 1
    )
    (tmp_path / "pipelines" / "features.yaml").write_text(monthly, encoding="utf-8")
    stored = old_runs.s3.get_object(Bucket="lake", Key=receipt_key("analytics", "features", OLD))["Body"].read()
    recorded = json.loads(stored)["run"]
    document = show(OLD, "--json")
    assert (document["from"], document["to"]) == (recorded["process_start"], recorded["process_end"])
    assert document["errors"] == []
    assert document["commands"]["run its interval again"][1:3] == ["run", "features"]


def test_the_beginning_of_several_ids_is_refused(old_runs: Lake, show: Callable[..., Any]) -> None:
    said = show("2025", code=ExitCode.INVALID)
    assert f"2 runs begin with '2025': {OLD} (features), {NEW} (features)" in said
    assert "give more of the id" in said


@pytest.mark.parametrize("given", ["20241231", "", "x", "../../", "runs/", "intervals", "0" * 300])
def test_an_unknown_run_is_refused(old_runs: Lake, show: Callable[..., Any], given: str) -> None:
    if given == "":
        assert "2 runs begin with ''" in show(given, code=ExitCode.INVALID)
    else:
        assert "no run of this project has the id" in show(given, code=ExitCode.FAILED)


def test_a_stopped_run_tells_who_started_it_and_what_readers_see(stopped: str, show: Callable[..., Any]) -> None:
    document = show(stopped, "--json")
    assert document["execution"] == stopped
    assert (document["status"], document["by"], document["name"]) == ("ABORTED", "backfill", "bf-1234-2026-01-03")
    assert (document["from"], document["to"], document["inputs"]) == (
        "2026-01-03",
        "2026-01-04",
        {"date": "2026-01-03"},
    )
    assert document["instead"] == [{"table": "analytics.features", "run": None, "shown": False}]
    assert document["no_receipt"] == "the run failed before it published anything"
    commands = {what: words[1:5] for what, words in document["commands"].items()}
    assert commands["run its interval again"] == ["run", "features", "--date", "2026-01-03"]
    assert commands["continue it where it failed"] == ["retry", "features", document["id"], "--project"]
    assert show(document["id"], "--json")["id"] == document["id"]
    said = show(document["id"])
    assert said.startswith(f"features, for 2026-01-03: ABORTED\n{document['id']}\n")
    assert "by a backfill" in said
    assert "readers of analytics.features see nothing for this interval" in said


def test_who_waits_is_told(stopped: str, show: Callable[..., Any], tmp_path: Path) -> None:
    """A pipeline with a schedule reads the table: it has a partition of the day before the one that failed, and none later."""
    failed = datetime.now(UTC).date() - timedelta(days=5)
    states = boto3.client("stepfunctions", region_name=REGION)
    arn = states.describe_execution(executionArn=stopped)["stateMachineArn"]
    started = states.start_execution(stateMachineArn=arn, input=json.dumps({"date": failed.isoformat()}))[
        "executionArn"
    ]
    states.stop_execution(executionArn=started)

    scheduled = 'name: reader\nschedule: {cron: "0 6 * * ? *", interval: day, offset: -1}\n'
    reader = (PIPELINE % ("0" * 64, "versioned")).replace("features", "reader").replace("name: reader\n", scheduled, 1)
    reader = reader.replace("extract.py}", "extract.py, inputs: {all: {table: analytics.features}}}")
    (tmp_path / "pipelines" / "reader.yaml").write_text(reader, encoding="utf-8")
    deploy({"StateMachineArn": {"Value": states.create_state_machine(**MACHINE)["stateMachineArn"]}}, "reader")
    catalog = boto3.client("glue", region_name=REGION)
    table = catalog.get_table(DatabaseName="analytics", Name="features")["Table"]
    storage, keys = table["StorageDescriptor"], table["PartitionKeys"]
    described: Any = {"Name": "reader", "StorageDescriptor": storage, "PartitionKeys": keys}
    catalog.create_table(DatabaseName="analytics", TableInput=described)
    before: Any = {"Values": [(failed - timedelta(days=1)).isoformat()], "StorageDescriptor": storage}
    catalog.create_partition(DatabaseName="analytics", TableName="reader", PartitionInput=before)

    day = {"from": failed.isoformat(), "to": (failed + timedelta(days=1)).isoformat()}
    assert show(started, "--json")["waiting"] == [{"table": "analytics.reader", "intervals": [day]}]
    assert f"analytics.reader waits: {failed}\n" in show(started)


@pytest.mark.parametrize(
    ("operation", "right"),
    [
        ("GetExecutionHistory", "states:GetExecutionHistory"),
        ("GetPartitions", "glue:GetPartitions"),
        ("DescribeStateMachineForExecution", "states:DescribeStateMachineForExecution"),
    ],
)
def test_what_is_denied_is_told_and_the_rest_is_shown(
    stopped: str, calls: Calls, show: Callable[..., Any], operation: str, right: str
) -> None:
    boto3.client("stepfunctions", region_name=REGION).start_execution(
        stateMachineArn=stopped.replace(":execution:", ":stateMachine:").rpartition(":")[0],
        input='{"date": "2026-01-04"}',
    )
    calls.denied = {operation}
    document = show(stopped, "--json")
    assert (document["status"], document["from"]) == ("ABORTED", "2026-01-03")
    if operation != "DescribeStateMachineForExecution":  # asked only about two executions
        assert [problem["missing_permission"] for problem in document["errors"]] == [right]
        assert f"{operation}: AccessDeniedException: denied; the credentials lack {right}" in show(stopped)


def test_without_the_right_to_list_a_run_is_still_found_by_its_receipt(
    old_runs: Lake, calls: Calls, show: Callable[..., Any]
) -> None:
    deploy(machine())
    calls.denied = {"ListExecutions"}
    assert show(OLD, "--json")["receipts"]
    assert "features: ListExecutions: AccessDeniedException: denied" in show("20230101", code=ExitCode.FAILED)


def test_hostile_text_is_shown_as_code_points(stopped: str, calls: Calls, show: Callable[..., Any]) -> None:
    calls.cause = HOSTILE
    said = show(stopped)
    assert "\\x1b[2Jgone \\u202edesrever <script>alert(1)</script>" in said
    assert "\x1b" not in said
    assert "\u202e" not in said
    assert show(stopped, "--json")["error"]["message"] == HOSTILE
    assert "no run of this project has the id '\\x1b[2Jgone" in show(HOSTILE, code=ExitCode.FAILED)


def test_a_bad_receipt_is_told_with_doctor(old_runs: Lake, show: Callable[..., Any]) -> None:
    key = receipt_key("analytics", "features", OLD)
    old_runs.s3.put_object(Bucket="lake", Key=key, Body=json.dumps({"format_version": 1}).encode())
    (problem,) = show(OLD, "--json")["errors"]
    assert "is not a receipt" in problem["error"]
    assert problem["command"][1:3] == ["doctor", "features"]


def test_every_call_is_known_and_reads(stopped: str, calls: Calls, show: Callable[..., Any]) -> None:
    """So that a denied call names its permission, and the documented permissions suffice."""
    show(stopped)
    assert set(calls.made) - {"GetCallerIdentity"} <= set(ACTIONS)


@pytest.fixture
def priced(old_runs: Lake) -> Lake:
    """Return a lake whose newer run had a job of an hour on two instances, as its receipt says."""
    keep_usage(old_runs, NEW, job("features--extract-1", 1.0))
    key = receipt_key("analytics", "features", NEW)
    receipt = json.loads(old_runs.s3.get_object(Bucket="lake", Key=key)["Body"].read())
    receipt["partitions"][0]["rows"] = 1234
    old_runs.s3.put_object(Bucket="lake", Key=key, Body=json.dumps(receipt).encode())
    deploy(machine())
    return old_runs


def test_what_a_run_used_without_prices(priced: Lake, show: Callable[..., Any]) -> None:
    document = show(NEW, "--json", "--target", "aws")
    (used,) = document["jobs"]
    assert (used["type"], used["count"], used["seconds"], used["amount"]) == ("ml.m5.xlarge", 2, 3600.0, None)
    assert document["cost"] == {
        "instance_hours": {"ml.m5.xlarge": 2.0},
        "untimed_jobs": 0,
        "amount": None,
        "unpriced": [],
        "prices": None,
    }
    assert document["receipts"][0]["rows"] == 1234
    said = show(NEW, "--target", "aws")
    assert "job hours: ml.m5.xlarge 2.000\n" in said
    assert f"hours only, without a list of prices: pipelines prices --region {REGION}" in said
    assert "1 partition (1,234 rows, " in said
    assert "job seconds: ml.m5.xlarge 7,200.0\nnothing is paid here" in show(NEW)
    assert "job seconds" not in show(OLD), "its receipt does not say"


def test_what_a_run_cost_at_the_prices_of_a_list(
    priced: Lake, show: Callable[..., Any], pipelines: Callable[..., Any], tmp_path: Path
) -> None:
    prices = tmp_path / "prices.json"
    prices.write_text(json.dumps({**DOCUMENT, "region": REGION}), encoding="utf-8")
    listed = pipelines("runs", "features", "--cost", "--target", "aws", "--prices", str(prices), "--json")
    (expected,) = [run["amount"] for run in listed["runs"] if run["run_id"] == NEW]
    document = show(NEW, "--json", "--target", "aws", "--prices", str(prices))
    assert document["jobs"][0]["amount"] == 0.72, "two hours at 0.36"
    assert document["cost"]["amount"] == expected
    assert document["cost"]["amount"] > 0.72, "and a function, and transitions"
    assert document["cost"]["prices"]["as_of"] == "2026-11-29"
    assert f"{expected:.4f} USD at prices of 2026-11-29, {REGION}: a test" in show(NEW, "--prices", str(prices))

    prices.write_text(json.dumps({**DOCUMENT, "region": REGION, "processing_hour": {}}), encoding="utf-8")
    assert "the list lacks a price: an hour of ml.m5.xlarge" in show(NEW, "--prices", str(prices))
    prices.write_text(json.dumps({**DOCUMENT, "region": "eu-west-1"}), encoding="utf-8")
    arguments = (NEW, "--target", "aws", "--prices", str(prices))
    assert "the list has the prices of eu-west-1" in show(*arguments, code=ExitCode.INVALID)


def test_jobs_that_sagemaker_knows_have_their_usage(
    stopped: str, show: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The run failed, and has no receipt."""
    attempt = StateAttempt("extract", 1, datetime.now(UTC), datetime.now(UTC), "failed", "features--extract-1")
    monkeypatch.setattr("partitioned_pipelines.cli.lake.runs.reader.read_timeline", lambda _cloud, _arn: [attempt])
    start_job("features--extract-1", "x", 0.5)
    document = show(stopped, "--json")
    (used,) = document["jobs"]
    assert (used["type"], used["count"], used["seconds"]) == ("ml.t3.medium", 1, 1800.0)
    assert document["cost"]["instance_hours"] == {"ml.t3.medium": 0.5}


def test_a_log_that_is_gone_says_so(stopped: str, show: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    attempt = StateAttempt("extract", 1, datetime.now(UTC), datetime.now(UTC), "failed", "features--extract-1")
    monkeypatch.setattr("partitioned_pipelines.cli.lake.runs.reader.read_timeline", lambda _cloud, _arn: [attempt])
    document = show(stopped, "--json")
    assert document["log"]["job"] == "features--extract-1"
    assert document["log"]["absent"] == "CloudWatch keeps no log of this job, or the job has printed nothing"
    assert document["jobs"][0]["type"] is None, "SageMaker does not know the job any more"
    assert document["errors"] == []
    assert "no log: CloudWatch keeps no log of this job" in show(stopped)
