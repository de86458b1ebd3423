"""Behaviour that AWS does not document can be switched."""

from __future__ import annotations

import contextlib
import json
import time
from typing import TYPE_CHECKING, Any

import pytest

from cloud_under_test.admin import ask
from cloud_under_test.observation import log_lines, wait_for_execution
from cloud_under_test.processing_jobs import job_request, s3_output, wait_for_job
from cloud_under_test.sagemaker_pipelines import definition, processing_step, wait_for_pipeline
from local_cloud.undocumented import CHOICES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from local_cloud.server import LocalCloud

Aws = Any
Choose = Any
RESULT = "/opt/ml/processing/output"
SLEEPS = f"""
import pathlib, time
pathlib.Path("{RESULT}/half.txt").write_text("half")
print("begun", flush=True)
time.sleep(600)
"""


@pytest.fixture
def choose(local_cloud_server: LocalCloud) -> Iterator[Callable[[str, str], tuple[int, dict[str, str]]]]:
    """Choose a way by the route; the defaults are restored afterwards."""

    def call(name: str, way: str) -> tuple[int, dict[str, str]]:
        return ask(local_cloud_server, "POST", f"undocumented/{name}/{way}")

    yield call
    for name, ways in CHOICES.items():
        call(name, ways[0])


@pytest.fixture
def stopped_request(aws: Aws, bucket: str, image_uri: str, name: str) -> dict[str, Any]:
    """The request of a job that writes a file and sleeps until it is stopped."""
    outputs = {"Outputs": [s3_output("result", f"s3://{bucket}/out", RESULT)]}
    return job_request(aws("s3"), bucket, image_uri, name, SLEEPS, ProcessingOutputConfig=outputs)


def run_in_a_machine(aws: Aws, role_arn: str, request: dict[str, Any]) -> str:
    """Start a state machine that runs the job, and return the execution's ARN."""
    name = request["ProcessingJobName"]
    state = {
        "Type": "Task",
        "Resource": "arn:aws:states:::sagemaker:createProcessingJob.sync",
        "Parameters": request,
        "End": True,
    }
    machine = aws("stepfunctions").create_state_machine(
        name=name, definition=json.dumps({"StartAt": "Run", "States": {"Run": state}}), roleArn=role_arn
    )
    return str(aws("stepfunctions").start_execution(stateMachineArn=machine["stateMachineArn"])["executionArn"])


def written(aws: Aws, bucket: str) -> list[str]:
    return [item["Key"] for item in aws("s3").list_objects_v2(Bucket=bucket, Prefix="out/").get("Contents", [])]


def test_a_choice_that_is_none_is_refused(choose: Choose) -> None:
    assert choose("stopped_job", "succeeds") == (
        200,
        {"manifest_files": "below_prefix", "stopped_job": "succeeds"},
    )
    for name, way in (("stopped_job", "vanishes"), ("weather", "fine")):
        status, document = choose(name, way)
        assert status == 400
        assert f"{name}={way} does not exist" in document["message"]
        assert "manifest_files: below_prefix or whole_key" in document["message"]


def test_a_job_that_reaches_its_limit_fails_its_state(
    aws: Aws, role_arn: str, bucket: str, stopped_request: dict[str, Any]
) -> None:
    request = {**stopped_request, "StoppingCondition": {"MaxRuntimeInSeconds": 1}}
    ended = wait_for_execution(aws("stepfunctions"), run_in_a_machine(aws, role_arn, request))
    assert (ended["status"], ended["error"]) == ("FAILED", "States.TaskFailed")
    assert json.loads(ended["cause"])["ProcessingJobStatus"] == "Stopped"
    assert written(aws, bucket) == []


def test_a_stopped_job_can_be_a_success_that_says_so_in_its_status_alone(
    aws: Aws, role_arn: str, bucket: str, name: str, stopped_request: dict[str, Any], choose: Choose
) -> None:
    choose("stopped_job", "succeeds")
    execution = run_in_a_machine(aws, role_arn, stopped_request)
    wait_until_it_has_written(aws, name)
    aws("sagemaker").stop_processing_job(ProcessingJobName=name)
    ended = wait_for_execution(aws("stepfunctions"), execution)
    assert ended["status"] == "SUCCEEDED", ended
    assert json.loads(ended["output"])["ProcessingJobStatus"] == "Stopped"
    assert written(aws, bucket) == ["out/half.txt"]


@pytest.mark.parametrize("way", CHOICES["stopped_job"])
def test_a_step_of_sagemaker_pipelines_does_the_same(
    aws: Aws, role_arn: str, name: str, stopped_request: dict[str, Any], choose: Choose, way: str
) -> None:
    choose("stopped_job", way)
    request = {**stopped_request, "StoppingCondition": {"MaxRuntimeInSeconds": 1}}
    aws("sagemaker").create_pipeline(
        PipelineName=name, RoleArn=role_arn, PipelineDefinition=definition([processing_step("A", request)])
    )
    started = aws("sagemaker").start_pipeline_execution(PipelineName=name)["PipelineExecutionArn"]
    ended = wait_for_pipeline(aws("sagemaker"), started)
    assert ended["PipelineExecutionStatus"] == ("Succeeded" if way == "succeeds" else "Failed")


def test_files_of_a_manifest_can_lie_by_their_whole_keys(
    aws: Aws, bucket: str, image_uri: str, name: str, choose: Choose
) -> None:
    choose("manifest_files", "whole_key")
    aws("s3").put_object(Bucket=bucket, Key="t/runs/1/dt=a/x", Body=b"1")
    aws("s3").put_object(
        Bucket=bucket, Key="m.json", Body=json.dumps([{"prefix": f"s3://{bucket}/t/"}, "runs/1/dt=a/x"]).encode()
    )
    data = {
        "InputName": "data",
        "S3Input": {
            "S3Uri": f"s3://{bucket}/m.json",
            "LocalPath": "/opt/ml/processing/input/data",
            "S3DataType": "ManifestFile",
            "S3InputMode": "File",
        },
    }
    script = "import pathlib\nassert pathlib.Path('/opt/ml/processing/input/data/t/runs/1/dt=a/x').read_text() == '1'"
    aws("sagemaker").create_processing_job(
        **job_request(aws("s3"), bucket, image_uri, name, script, ProcessingInputs=[data])
    )
    ended = wait_for_job(aws("sagemaker"), name, ("Completed", "Failed"))
    assert ended["ProcessingJobStatus"] == "Completed", ended


def wait_until_it_has_written(aws: Aws, name: str) -> None:
    group = "/aws/sagemaker/ProcessingJobs"
    while True:
        with contextlib.suppress(aws("logs").exceptions.ResourceNotFoundException):
            if log_lines(aws("logs"), group, f"{name}/"):
                return
        time.sleep(0.05)
