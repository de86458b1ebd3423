"""Executions, jobs and queries end with a status and a reason if their thread dies."""

from __future__ import annotations

import json
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest
from moto.stepfunctions.parser.asl.component.program.program import Program
from moto.stepfunctions.parser.asl.eval.event.event_manager import EventManager
from moto.stepfunctions.parser.asl.utils.boto_client import boto_client_for
from moto.stepfunctions.parser.backend.execution_worker import ExecutionWorker
from moto.stepfunctions.parser.utils import TMP_THREADS

from cloud_under_test.observation import wait_for_execution
from cloud_under_test.processing_jobs import job_request, wait_for_job
from local_cloud.clients import client
from local_cloud.cloudformation.stacks.deployment import StackDeployment
from local_cloud.images import ImageStore
from local_cloud.sagemaker.pipelines.execution import PipelineExecution

if TYPE_CHECKING:
    from collections.abc import Callable

    from local_cloud.server import LocalCloud


Aws = Any
PASS = {"StartAt": "Only", "States": {"Only": {"Type": "Pass", "End": True}}}


def dies(*_given: object, **_more: object) -> None:
    raise RuntimeError("it broke")


@pytest.fixture
def start(aws: Aws, role_arn: str, name: str) -> Callable[[dict[str, Any]], str]:
    """Return a function that starts a definition, and returns the execution's ARN."""

    def start_execution(definition: dict[str, Any]) -> str:
        machine = aws("stepfunctions").create_state_machine(
            name=name, definition=json.dumps(definition), roleArn=role_arn
        )
        started = aws("stepfunctions").start_execution(stateMachineArn=machine["stateMachineArn"], input="{}")
        return str(started["executionArn"])

    return start_execution


@pytest.mark.parametrize(
    ("owner", "method"),
    [
        (ExecutionWorker, "_get_evaluation_entrypoint"),
        (Program, "_eval_body"),
        (EventManager, "add_event"),
    ],
)
def test_an_execution_fails_with_the_reason(
    aws: Aws, start: Callable[[dict[str, Any]], str], monkeypatch: pytest.MonkeyPatch, owner: type, method: str
) -> None:
    original = getattr(owner, method)
    # The interpreter fails once; reporting the failure works.
    broken = threading.Event()

    def breaks_once(self: Any, *given: Any, **more: Any) -> Any:
        if not broken.is_set():
            broken.set()
            dies()
        return original(self, *given, **more)

    monkeypatch.setattr(owner, method, breaks_once)
    ended = wait_for_execution(aws("stepfunctions"), start(PASS))
    assert (ended["status"], ended["error"], ended["cause"]) == ("FAILED", "States.Runtime", "RuntimeError: it broke")
    assert ended["stopDate"] >= ended["startDate"]
    events = aws("stepfunctions").get_execution_history(executionArn=ended["executionArn"])["events"]
    assert events[-1]["type"] == "ExecutionFailed"
    assert events[-1]["executionFailedEventDetails"]["cause"] == "RuntimeError: it broke"


def test_a_branch_that_dies_fails_its_state(
    aws: Aws, start: Callable[[dict[str, Any]], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    original = Program._eval_body

    def breaks_in_branches(self: Program, env: Any) -> None:
        dies() if env.is_frame() else original(self, env)

    monkeypatch.setattr(Program, "_eval_body", breaks_in_branches)
    parallel = {"Type": "Parallel", "End": True, "Branches": [PASS, PASS]}
    ended = wait_for_execution(aws("stepfunctions"), start({"StartAt": "Both", "States": {"Both": parallel}}))
    assert ended["status"] == "FAILED"
    assert ended["cause"].endswith("RuntimeError: it broke")


def test_there_is_no_thread_for_an_execution(
    aws: Aws, start: Callable[[dict[str, Any]], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    original = threading.Thread.start

    def start_thread(self: threading.Thread) -> None:
        if self.name.startswith("execution-"):
            raise RuntimeError("can't start new thread")
        original(self)

    monkeypatch.setattr(threading.Thread, "start", start_thread)
    ended = wait_for_execution(aws("stepfunctions"), start(PASS))
    assert (ended["status"], ended["cause"]) == ("FAILED", "RuntimeError: can't start new thread")


@pytest.mark.parametrize("broken", ["folder", "thread", "resolve"])
def test_a_job_fails_with_the_reason(
    aws: Aws, bucket: str, image_uri: str, name: str, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    request = job_request(aws("s3"), bucket, image_uri, name, "print('never')")
    match broken:
        case "thread":
            original = threading.Thread.start
            monkeypatch.setattr(threading.Thread, "start", lambda self: dies() if self.name == name else original(self))
        case "resolve":
            monkeypatch.setattr(ImageStore, "resolve", dies)
        case _:
            monkeypatch.setattr("local_cloud.sagemaker.processing_job.temporary_folder", dies)
    aws("sagemaker").create_processing_job(**request)
    job = wait_for_job(aws("sagemaker"), name, ("Failed",))
    assert job["FailureReason"] == "InternalServerError: it broke"


@pytest.mark.parametrize("method", ["_run_steps", "_attempts"])
def test_a_pipelines_execution_fails(
    aws: Aws, role_arn: str, name: str, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    monkeypatch.setattr(PipelineExecution, method, dies)
    fail = {"Name": "No", "Type": "Fail", "Arguments": {"ErrorMessage": "no"}}
    definition = json.dumps({"Version": "2020-12-01", "Parameters": [], "Steps": [fail]})
    sagemaker = aws("sagemaker")
    sagemaker.create_pipeline(
        PipelineName=name, PipelineDefinition=definition, RoleArn=role_arn, ClientRequestToken=name.ljust(32, "0")
    )
    arn = sagemaker.start_pipeline_execution(PipelineName=name, ClientRequestToken=name.ljust(32, "1"))[
        "PipelineExecutionArn"
    ]
    deadline = time.monotonic() + 30
    while (ended := sagemaker.describe_pipeline_execution(PipelineExecutionArn=arn))[
        "PipelineExecutionStatus"
    ] == "Executing":
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert ended["PipelineExecutionStatus"] == "Failed"
    steps = sagemaker.list_pipeline_execution_steps(PipelineExecutionArn=arn)["PipelineExecutionSteps"]
    assert [step["StepStatus"] for step in steps] == (["Failed"] if method == "_attempts" else [])
    said = [ended["FailureReason"], *(step["FailureReason"] for step in steps)]
    assert "InternalServerError: it broke" in said


def test_a_query_fails(aws: Aws, bucket: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("local_cloud.athena.select.query.QueryAnalyzer", dies)
    athena = aws("athena")
    started = athena.start_query_execution(
        QueryString="SELECT 1", ResultConfiguration={"OutputLocation": f"s3://{bucket}/r/"}
    )["QueryExecutionId"]
    deadline = time.monotonic() + 30
    while (status := athena.get_query_execution(QueryExecutionId=started)["QueryExecution"]["Status"])["State"] in {
        "QUEUED",
        "RUNNING",
    }:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert (status["State"], status["StateChangeReason"]) == ("FAILED", "GENERIC_INTERNAL_ERROR: it broke")


def test_a_stack_is_rolled_back(aws: Aws, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    original = StackDeployment._deploy
    monkeypatch.setattr(StackDeployment, "_deploy", dies)
    template = json.dumps({"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}})
    aws("cloudformation").create_stack(StackName=name, TemplateBody=template)
    (stack,) = aws("cloudformation").describe_stacks(StackName=name)["Stacks"]
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    events = aws("cloudformation").describe_stack_events(StackName=name)["StackEvents"]
    assert "InternalFailure: RuntimeError: it broke" in [event.get("ResourceStatusReason") for event in events]
    monkeypatch.setattr(StackDeployment, "_deploy", original)
    aws("cloudformation").delete_stack(StackName=name)


def test_the_interpreters_clients_are_shared(local_cloud_server: LocalCloud) -> None:
    """A client takes megabytes, and moto would create one for each state."""
    region = local_cloud_server.settings.region
    assert boto_client_for(region, "lambda") is boto_client_for(region, "lambda")
    assert boto_client_for(region, "lambda") is not boto_client_for(region, "events")
    assert boto_client_for(region, "lambda") is client("lambda", region, validates=False)
    assert boto_client_for(region, "lambda") is not client("lambda", region), "that one validates parameters"


def test_threads_that_have_ended_are_forgotten(aws: Aws, start: Callable[[dict[str, Any]], str]) -> None:
    ended = threading.Thread(target=lambda: None)
    ended.start()
    ended.join()
    TMP_THREADS.append(ended)
    wait_for_execution(aws("stepfunctions"), start(PASS))
    assert ended not in TMP_THREADS
