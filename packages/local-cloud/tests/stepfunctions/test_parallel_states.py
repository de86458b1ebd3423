"""Branches of a Parallel state run their jobs in parallel; one that fails stops the jobs of the others."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from cloud_under_test.extras import needs_namespaces
from cloud_under_test.observation import wait_for_execution
from cloud_under_test.processing_jobs import job_request, wait_for_job

if TYPE_CHECKING:
    from collections.abc import Callable

Aws = Any
SYNC = "arn:aws:states:::sagemaker:createProcessingJob.sync"
ENDED = ("Completed", "Failed", "Stopped")
pytestmark = needs_namespaces  # without them, jobs run one after another
WAIT_FOR_EVER = "import time\ntime.sleep(600)"


@pytest.fixture
def branch(aws: Aws, bucket: str, image_uri: str, name: str) -> Callable[..., dict[str, Any]]:
    """Return a function that returns a branch which runs a job with a script."""

    def build(label: str, script: str, **more: Any) -> dict[str, Any]:
        request = job_request(aws("s3"), bucket, image_uri, f"{name}-{label}", script)
        state = {"Type": "Task", "Resource": SYNC, "Parameters": request, "End": True, **more}
        return {"StartAt": f"Run {label}", "States": {f"Run {label}": state}}

    return build


@pytest.fixture
def execute(aws: Aws, role_arn: str, name: str) -> Callable[[dict[str, Any]], str]:
    """Start a state machine with this only state."""

    def start(state: dict[str, Any]) -> str:
        definition = json.dumps({"StartAt": "Layer", "States": {"Layer": state}})
        machine = aws("stepfunctions").create_state_machine(name=name, definition=definition, roleArn=role_arn)
        return str(
            aws("stepfunctions").start_execution(stateMachineArn=machine["stateMachineArn"], input='{"given": 1}')[
                "executionArn"
            ]
        )

    return start


def test_results_of_all_branches_are_at_hand_by_name(aws: Aws, execute: Any, branch: Any, name: str) -> None:
    selector = {"left.$": "$[0].ProcessingJobName", "right.$": "$[1].ProcessingJobName"}
    state = {
        "Type": "Parallel",
        "Branches": [branch("a", "print(1)"), branch("b", "print(2)")],
        "ResultSelector": selector,
        "ResultPath": "$.results",
        "End": True,
    }
    ended = wait_for_execution(aws("stepfunctions"), execute(state))
    assert ended["status"] == "SUCCEEDED", ended
    expected = {"given": 1, "results": {"left": f"{name}-a", "right": f"{name}-b"}}
    assert json.loads(ended["output"]) == expected


def test_branches_run_at_the_same_time(aws: Aws, execute: Any, branch: Any, name: str) -> None:
    state = {"Type": "Parallel", "Branches": [branch("a", WAIT_FOR_EVER), branch("b", WAIT_FOR_EVER)], "End": True}
    execution = execute(state)
    for label in ("a", "b"):
        _wait_for_start(aws("sagemaker"), f"{name}-{label}")
    aws("stepfunctions").stop_execution(executionArn=execution)
    for label in ("a", "b"):
        assert wait_for_job(aws("sagemaker"), f"{name}-{label}", ENDED)["ProcessingJobStatus"] == "Stopped"
    assert wait_for_execution(aws("stepfunctions"), execution)["status"] == "ABORTED"


def test_a_failed_branch_stops_the_others_jobs_and_is_the_reason(
    aws: Aws, execute: Any, branch: Any, name: str
) -> None:
    state = {
        "Type": "Parallel",
        "Branches": [branch("a", WAIT_FOR_EVER), branch("b", "raise SystemExit(7)")],
        "End": True,
    }
    execution = execute(state)
    ended = wait_for_execution(aws("stepfunctions"), execution)
    assert (ended["status"], ended["error"]) == ("FAILED", "States.TaskFailed")
    assert json.loads(ended["cause"])["FailureReason"] == "AlgorithmError: , exit code: 7"
    assert wait_for_job(aws("sagemaker"), f"{name}-a", ENDED)["ProcessingJobStatus"] == "Stopped"


def test_what_a_branch_catches_is_no_failure_of_the_others(aws: Aws, execute: Any, branch: Any, name: str) -> None:
    failing = branch("b", "raise SystemExit(7)")
    state = failing["States"]["Run b"]
    state["Catch"] = [{"ErrorEquals": ["States.TaskFailed"], "ResultPath": "$.error", "Next": "After"}]
    failing["States"]["After"] = {"Type": "Pass", "End": True}
    ended = wait_for_execution(
        aws("stepfunctions"), execute({"Type": "Parallel", "Branches": [branch("a", ""), failing], "End": True})
    )
    assert ended["status"] == "SUCCEEDED", ended
    left, right = json.loads(ended["output"])
    assert left["ProcessingJobName"] == f"{name}-a"
    assert right["error"]["Error"] == "States.TaskFailed"


def _wait_for_start(sagemaker: Any, job: str) -> None:
    while not sagemaker.list_processing_jobs(NameContains=job)["ProcessingJobSummaries"]:
        pass
