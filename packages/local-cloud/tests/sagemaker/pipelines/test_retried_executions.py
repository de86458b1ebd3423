"""A SageMaker pipeline's execution is retried: only the steps that did not succeed run again."""

from __future__ import annotations

import time
from typing import Any

import pytest

from cloud_under_test.refusal import refusal_of
from cloud_under_test.sagemaker_pipelines import definition, get, processing_step, steps_of, wait_for_pipeline
from local_cloud.sagemaker.pipelines.step_runs import RUNS, StepCall, StepFailedError, StepStoppedError

Aws = Any
ROLE = "arn:aws:iam::123456789012:role/pipeline"
TOKENS = ["a" * 32, "b" * 32]


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the steps that ran. The first time, ``Breaks`` fails, and ``Waits`` waits until it is stopped."""
    ran: list[str] = []

    def run(call: StepCall) -> dict[str, Any]:
        name = call.document["Name"]
        ran.append(name)
        if name == "Waits" and ran.count(name) == 1:
            call.stop.wait(60)
            raise StepStoppedError
        if name == "Breaks" and ran.count(name) == 1:
            raise StepFailedError("bad")
        return {"Outcome": "True", "Seen": call.document["Arguments"].get("seen", f"by {name}")}

    monkeypatch.setitem(RUNS, "Processing", run)
    return ran


def step(name: str, *needs: str, **arguments: Any) -> dict[str, Any]:
    return processing_step(name, arguments, DependsOn=list(needs))


def start(sagemaker: Any, name: str, steps: list[dict[str, Any]], **more: Any) -> str:
    text = definition(steps, [{"Name": "Day", "Type": "String", "DefaultValue": "x"}])
    sagemaker.create_pipeline(PipelineName=name, RoleArn=ROLE, PipelineDefinition=text)
    parameters = [{"Name": "Day", "Value": "2026-11-24"}]
    started = sagemaker.start_pipeline_execution(PipelineName=name, PipelineParameters=parameters, **more)
    return str(started["PipelineExecutionArn"])


def test_only_the_steps_that_did_not_succeed_run_again(aws: Aws, name: str, calls: list[str]) -> None:
    sagemaker = aws("sagemaker")
    inner = [step("Inside"), step("Breaks", "Inside")]
    condition = {
        "Name": "If",
        "Type": "Condition",
        "DependsOn": ["First"],
        "Arguments": {
            "Conditions": [{"Type": "Equals", "LeftValue": 1, "RightValue": 1}],
            "IfSteps": inner,
            "ElseSteps": [step("Else")],
        },
    }
    last = step("Last", "Breaks", seen=get("Steps.First.Seen"))
    arn = start(sagemaker, name, [step("First"), condition, last], PipelineExecutionDisplayName="bf-1-2026-11-24")
    failed = wait_for_pipeline(sagemaker, arn)
    assert failed["PipelineExecutionStatus"] == "Failed"
    first = steps_of(sagemaker, arn)["First"]
    # A change of the pipeline does not reach the execution.
    sagemaker.update_pipeline(PipelineName=name, PipelineDefinition=definition([step("Other")]))
    assert sagemaker.retry_pipeline_execution(PipelineExecutionArn=arn)["PipelineExecutionArn"] == arn
    ended = wait_for_pipeline(sagemaker, arn)
    assert ended["PipelineExecutionStatus"] == "Succeeded", steps_of(sagemaker, arn)
    assert calls == ["First", "Inside", "Breaks", "Breaks", "Last"]
    ran = steps_of(sagemaker, arn)
    assert ran["First"] == first
    assert {one["StepStatus"] for one in ran.values()} == {"Succeeded"}
    assert "FailureReason" not in ended
    same = ("PipelineExecutionArn", "PipelineExecutionDisplayName", "CreationTime")
    assert {key: ended[key] for key in same} == {key: failed[key] for key in same}
    (listed,) = sagemaker.list_pipeline_executions(PipelineName=name)["PipelineExecutionSummaries"]
    assert (listed["PipelineExecutionStatus"], listed["PipelineExecutionDisplayName"]) == (
        "Succeeded",
        "bf-1-2026-11-24",
    )
    parameters = sagemaker.list_pipeline_parameters_for_execution(PipelineExecutionArn=arn)["PipelineParameters"]
    assert parameters == [{"Name": "Day", "Value": "2026-11-24"}]


def test_a_stopped_execution_is_retried(aws: Aws, name: str, calls: list[str]) -> None:
    sagemaker = aws("sagemaker")
    arn = start(sagemaker, name, [step("First"), step("Waits", "First"), step("Last", "Waits")])
    while "Waits" not in calls:
        time.sleep(0.02)
    code, message = refusal_of(sagemaker.retry_pipeline_execution, PipelineExecutionArn=arn)
    assert code == "ValidationException"
    assert "Only pipelines with 'Failed' or 'Stopped' status can be retried" in message
    sagemaker.stop_pipeline_execution(PipelineExecutionArn=arn)
    assert wait_for_pipeline(sagemaker, arn)["PipelineExecutionStatus"] == "Stopped"
    more = {"ParallelismConfiguration": {"MaxParallelExecutionSteps": 1}}
    sagemaker.retry_pipeline_execution(PipelineExecutionArn=arn, **more)
    assert wait_for_pipeline(sagemaker, arn)["PipelineExecutionStatus"] == "Succeeded"
    assert calls == ["First", "Waits", "Waits", "Last"]
    for call in (sagemaker.retry_pipeline_execution, sagemaker.stop_pipeline_execution):
        code, message = refusal_of(call, PipelineExecutionArn=arn)
        assert (code, "is Succeeded" in message) == ("ValidationException", True)


def test_a_token_retries_once(aws: Aws, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(call: StepCall) -> dict[str, Any]:
        ran.append(call.document["Name"])
        raise StepFailedError("bad")

    ran: list[str] = []
    monkeypatch.setitem(RUNS, "Processing", fails)
    sagemaker = aws("sagemaker")
    arn = start(sagemaker, name, [step("Bad")])
    wait_for_pipeline(sagemaker, arn)
    for token, count in ((TOKENS[0], 2), (TOKENS[0], 2), (TOKENS[1], 3)):
        sagemaker.retry_pipeline_execution(PipelineExecutionArn=arn, ClientRequestToken=token)
        assert wait_for_pipeline(sagemaker, arn)["PipelineExecutionStatus"] == "Failed"
        assert len(ran) == count


def test_a_missing_execution_is_named(aws: Aws, name: str) -> None:
    arn = f"arn:aws:sagemaker:ap-northeast-1:123456789012:pipeline/{name}/execution/abcdefghijkl"
    assert refusal_of(aws("sagemaker").retry_pipeline_execution, PipelineExecutionArn=arn)[0] == "ResourceNotFound"
