"""Tests of a deployed state machine's branches for errors in a run's time, writer or files."""

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.deployment import Deployment

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("end_to_end")]

INPUT = '{"date": "2026-11-19"}'
# The first call finds another writer of the table, all others are the function's own.
BUSY_ONCE = """
import json, os, boto3

class LeaseHeldError(Exception):
    pass

def handler(event, context):
    s3, mark = boto3.client("s3"), {"Bucket": "BUCKET", "Key": "another-writer"}
    if not s3.list_objects_v2(Bucket=mark["Bucket"], Prefix=mark["Key"]).get("Contents"):
        s3.put_object(**mark, Body=b"was here")
        raise LeaseHeldError("held by another")
    answer = boto3.client("lambda").invoke(FunctionName="FUNCTION", Payload=json.dumps(event))
    return json.loads(answer["Payload"].read())
"""


def started(deployment: Deployment, stack: str, change: Callable[[dict[str, Any]], None]) -> str:
    """Start a machine that equals the stack's except for a change; the stack's definition stays unchanged."""
    sfn = deployment.client("stepfunctions")
    machine = sfn.describe_state_machine(stateMachineArn=deployment.outputs(stack)["StateMachineArn"])
    definition = json.loads(machine["definition"])
    change(definition)
    name = f"branch-{stack}"
    made = sfn.create_state_machine(name=name, definition=json.dumps(definition), roleArn=machine["roleArn"])
    return str(sfn.start_execution(stateMachineArn=made["stateMachineArn"], input=INPUT)["executionArn"])


def status_at_the_end(deployment: Deployment, execution: str) -> str:
    sfn = deployment.client("stepfunctions")
    deployment.wait_until(lambda: sfn.describe_execution(executionArn=execution)["status"] != "RUNNING")
    return str(sfn.describe_execution(executionArn=execution)["status"])


def events(deployment: Deployment, execution: str, kind: str) -> list[dict[str, Any]]:
    pages = deployment.client("stepfunctions").get_paginator("get_execution_history").paginate(executionArn=execution)
    return [event for page in pages for event in page["events"] if event["type"] == kind]


def test_a_run_that_takes_longer_than_its_machine_allows_times_out_and_stops_its_job(
    deployment: Deployment, tmp_path: Path
) -> None:
    raw = tmp_path / "lines.csv"
    raw.write_text("one\n", encoding="utf-8")
    deployment.client("s3").upload_file(str(raw), deployment.lake, "raw/sleeps/lines.csv")
    execution = started(deployment, "pipelines-sleeps", lambda definition: definition.update(TimeoutSeconds=5))
    assert status_at_the_end(deployment, execution) == "TIMED_OUT"
    assert len(events(deployment, execution, "ExecutionTimedOut")) == 1
    (asked,) = events(deployment, execution, "TaskScheduled")[-1:]
    job = json.loads(asked["taskScheduledEventDetails"]["parameters"])["ProcessingJobName"]
    sagemaker = deployment.client("sagemaker")
    assert deployment.wait_until(
        lambda: sagemaker.describe_processing_job(ProcessingJobName=job)["ProcessingJobStatus"] == "Stopped"
    )


def test_a_registration_waits_for_another_writer_and_is_tried_again(deployment: Deployment) -> None:
    lambdas = deployment.client("lambda")
    outputs = deployment.outputs("pipelines-feature-table")
    function = outputs["RegisterPartitionsFunctionName"]
    code = BUSY_ONCE.replace("BUCKET", deployment.lake).replace("FUNCTION", function)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("busy_once.py", code)
    busy = lambdas.create_function(
        FunctionName="busy-once",
        Runtime="python3.13",
        Handler="busy_once.handler",
        Role=lambdas.get_function_configuration(FunctionName=function)["Role"],
        Code={"ZipFile": packed.getvalue()},
        Timeout=60,
    )["FunctionArn"]
    given = Path(__file__).parents[3] / "examples" / "feature_table" / "raw.csv"
    deployment.client("s3").upload_file(str(given), deployment.lake, "raw/feature_table/2026/11/19/raw.csv")

    def change(definition: dict[str, Any]) -> None:
        state = definition["States"]["RegisterPartitions"]
        state["Parameters"]["FunctionName"] = busy
        for retry in state["Retry"]:
            retry["IntervalSeconds"] = 1

    execution = started(deployment, "pipelines-feature-table", change)
    assert status_at_the_end(deployment, execution) == "SUCCEEDED"
    (failed,) = events(deployment, execution, "TaskFailed")
    assert failed["taskFailedEventDetails"]["error"] == "LeaseHeldError"
    registered = deployment.client("glue").get_partition(
        DatabaseName="analytics", TableName="partitioned_table_sample", PartitionValues=["2026-11-19"]
    )
    assert registered["Partition"]["StorageDescriptor"]["Location"].endswith("process_date_jst=2026-11-19/")


def test_files_that_their_table_would_misread_fail_the_run_at_once(deployment: Deployment) -> None:
    finished = deployment.command("run", "misread", "--date", "2026-11-20", "--json")
    assert finished.returncode == 1
    document = json.loads(finished.stdout)
    assert (document["status"], document["error"]["state"]) == ("FAILED", "RegisterPartitions")
    assert "lines.csv" in document["error"]["message"]
    assert "line 2" in document["error"]["message"]
    assert len(events(deployment, document["execution_arn"], "TaskFailed")) == 1, (
        "what will not mend is not tried again"
    )
    assert deployment.json("partitions", "misread") == []
    assert len(deployment.keys("tables/misbehaving/misread/runs/")) == 1, "the job's file stays for a look"
