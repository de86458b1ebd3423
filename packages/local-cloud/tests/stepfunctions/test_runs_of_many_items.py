"""A Distributed Map that runs another state machine for each item of a list in S3, as a backfill does."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest

from cloud_under_test.observation import wait_for_execution
from cloud_under_test.sagemaker_pipelines import definition, get

if TYPE_CHECKING:
    from collections.abc import Callable

    from cloud_under_test.state_machines import StateMachines

Aws = Any
Backfill = Any
LOOK = {
    "Look": {
        "Type": "Choice",
        "Choices": [
            {"Variable": "$.bad", "BooleanEquals": True, "Next": "Bad"},
            {"Variable": "$.waits", "BooleanEquals": True, "Next": "Wait"},
        ],
        "Default": "Good",
    },
    "Bad": {"Type": "Fail", "Error": "Bad", "Cause": "no input"},
    "Wait": {"Type": "Wait", "Seconds": 600, "Next": "Good"},
    "Good": {"Type": "Pass", "End": True},
}
RETRY = [
    {
        "ErrorEquals": ["StepFunctions.ExecutionLimitExceededException", "StepFunctions.ThrottlingException"],
        "IntervalSeconds": 1,
        "MaxAttempts": 10,
        "JitterStrategy": "FULL",
    }
]


@pytest.fixture
def backfill(aws: Callable[[str], Aws], bucket: str, state_machines: StateMachines, name: str) -> Backfill:
    """Return a function that starts a backfill of the given inputs, and returns its ARN and that of the machine of its runs."""

    def start(inputs: list[dict[str, Any]], concurrency: int) -> tuple[str, str]:
        listed = [{"name": f"{name}-{number}", "input": given} for number, given in enumerate(inputs)]
        aws("s3").put_object(Bucket=bucket, Key="items.json", Body=json.dumps(listed))
        machine = state_machines.create(LOOK)
        run = {
            "Type": "Task",
            "Resource": "arn:aws:states:::states:startExecution.sync:2",
            "Parameters": {"StateMachineArn": machine, "Name.$": "$.item.name", "Input.$": "$.item.input"},
            "ResultSelector": {},
            "Retry": RETRY,
            "End": True,
        }
        state = {
            "Type": "Map",
            "Label": "runs",
            "ItemReader": {
                "Resource": "arn:aws:states:::s3:getObject",
                "ReaderConfig": {"InputType": "JSON"},
                "Parameters": {"Bucket": bucket, "Key.$": "$.items_key"},
            },
            "ItemSelector": {"item.$": "$$.Map.Item.Value"},
            "MaxConcurrencyPath": "$.max_concurrency",
            "ToleratedFailurePercentage": 100.0,
            "ItemProcessor": {
                "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
                "StartAt": "Run",
                "States": {"Run": run},
            },
            "ResultPath": None,
            "End": True,
        }
        parent = state_machines.create({"EachInterval": state})
        given = json.dumps({"items_key": "items.json", "max_concurrency": concurrency})
        started = state_machines.client.start_execution(stateMachineArn=parent, input=given)
        return str(started["executionArn"]), machine

    return start


def test_a_thousand_runs_of_which_ten_fail(state_machines: StateMachines, backfill: Backfill) -> None:
    sfn = state_machines.client
    started = time.monotonic()
    parent, machine = backfill([{"bad": number % 100 == 7, "waits": False} for number in range(1000)], 4)
    while sfn.describe_execution(executionArn=parent)["status"] == "RUNNING":
        for run in sfn.list_map_runs(executionArn=parent)["mapRuns"]:
            counts = sfn.describe_map_run(mapRunArn=run["mapRunArn"])["itemCounts"]
            assert counts["running"] <= 4
            assert counts["total"] in (0, 1000)
        time.sleep(0.5)
    assert time.monotonic() - started < 120
    ended = sfn.describe_execution(executionArn=parent)
    assert ended["status"] == "SUCCEEDED", ended
    assert json.loads(ended["output"]) == {"items_key": "items.json", "max_concurrency": 4}
    (run,) = sfn.list_map_runs(executionArn=parent)["mapRuns"]
    described = sfn.describe_map_run(mapRunArn=run["mapRunArn"])
    counts = described["itemCounts"]
    assert (counts["succeeded"], counts["failed"], counts["pending"], counts["total"]) == (990, 10, 0, 1000)
    assert described["toleratedFailurePercentage"] == 100
    pages = sfn.get_paginator("list_executions").paginate(stateMachineArn=machine, statusFilter="FAILED")
    failed = [execution["name"] for page in pages for execution in page["executions"]]
    assert sorted(int(each.rpartition("-")[2]) for each in failed) == list(range(7, 1000, 100))


def test_a_stop_in_the_middle_stops_the_runs(state_machines: StateMachines, backfill: Backfill) -> None:
    sfn = state_machines.client
    parent, machine = backfill([{"bad": False, "waits": number > 0} for number in range(6)], 2)
    while len(sfn.list_executions(stateMachineArn=machine, statusFilter="RUNNING")["executions"]) < 2:
        time.sleep(0.02)
    sfn.stop_execution(executionArn=parent)
    assert wait_for_execution(sfn, parent)["status"] == "ABORTED"
    (run,) = sfn.list_map_runs(executionArn=parent)["mapRuns"]
    # The runs are stopped after the execution that waits for them.
    while sfn.describe_map_run(mapRunArn=run["mapRunArn"])["itemCounts"]["running"]:
        time.sleep(0.02)
    listed = sfn.list_executions(stateMachineArn=machine)["executions"]
    assert sorted(execution["status"] for execution in listed) == ["ABORTED", "ABORTED", "SUCCEEDED"]
    counts = sfn.describe_map_run(mapRunArn=run["mapRunArn"])["itemCounts"]
    assert {name: count for name, count in counts.items() if count} == {
        "succeeded": 1,
        "aborted": 2,
        "pending": 3,
        "total": 6,
    }


def test_executions_of_a_sagemaker_pipeline_are_started_and_awaited(
    aws: Callable[[str], Aws], bucket: str, state_machines: StateMachines, name: str
) -> None:
    sagemaker = aws("sagemaker")
    fails = {"Name": "Bad", "Type": "Fail", "Arguments": {"ErrorMessage": "no input"}}
    more = {"Type": "Equals", "LeftValue": get("Parameters.Bad"), "RightValue": "yes"}
    condition = {
        "Name": "Look",
        "Type": "Condition",
        "Arguments": {"Conditions": [more], "IfSteps": [fails], "ElseSteps": []},
    }
    parameters = [{"Name": "Bad", "Type": "String"}]
    role = "arn:aws:iam::123456789012:role/pipeline"
    sagemaker.create_pipeline(PipelineName=name, RoleArn=role, PipelineDefinition=definition([condition], parameters))
    listed = [
        {"name": f"{name}-{number}", "input": [{"Name": "Bad", "Value": "yes" if number == 1 else "no"}]}
        for number in range(3)
    ]
    aws("s3").put_object(Bucket=bucket, Key="items.json", Body=json.dumps(listed))
    token = "States.Format('partitioned-pipelines-backfill-run-{}', $.item.name)"
    states = {
        "StartPipeline": {
            "Type": "Task",
            "Resource": "arn:aws:states:::aws-sdk:sagemaker:startPipelineExecution",
            "Parameters": {
                "PipelineName": name,
                "PipelineExecutionDisplayName.$": "$.item.name",
                "ClientRequestToken.$": token,
                "PipelineParameters.$": "$.item.input",
            },
            "Next": "Wait",
        },
        "Wait": {"Type": "Wait", "Seconds": 1, "Next": "Describe"},
        "Describe": {
            "Type": "Task",
            "Resource": "arn:aws:states:::aws-sdk:sagemaker:describePipelineExecution",
            "Parameters": {"PipelineExecutionArn.$": "$.PipelineExecutionArn"},
            "Next": "Ended",
        },
        "Ended": {
            "Type": "Choice",
            "Choices": [
                {"Variable": "$.PipelineExecutionStatus", "StringEquals": "Executing", "Next": "Wait"},
                {"Variable": "$.PipelineExecutionStatus", "StringEquals": "Succeeded", "Next": "Done"},
            ],
            "Default": "Fail",
        },
        "Done": {"Type": "Succeed"},
        "Fail": {"Type": "Fail"},
    }
    state = {
        "Type": "Map",
        "ItemReader": {
            "Resource": "arn:aws:states:::s3:getObject",
            "ReaderConfig": {"InputType": "JSON"},
            "Parameters": {"Bucket": bucket, "Key": "items.json"},
        },
        "ItemSelector": {"item.$": "$$.Map.Item.Value"},
        "ToleratedFailurePercentage": 100,
        "ItemProcessor": {
            "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
            "StartAt": "StartPipeline",
            "States": states,
        },
        "ResultPath": None,
        "End": True,
    }
    ended = state_machines.run({"EachInterval": state}, {})
    assert ended["status"] == "SUCCEEDED", ended
    (run,) = state_machines.client.list_map_runs(executionArn=ended["executionArn"])["mapRuns"]
    counts = state_machines.client.describe_map_run(mapRunArn=run["mapRunArn"])["itemCounts"]
    assert (counts["succeeded"], counts["failed"]) == (2, 1)
    summaries = sagemaker.list_pipeline_executions(PipelineName=name)["PipelineExecutionSummaries"]
    by_name = {one["PipelineExecutionDisplayName"]: one["PipelineExecutionStatus"] for one in summaries}
    assert by_name == {f"{name}-0": "Succeeded", f"{name}-1": "Failed", f"{name}-2": "Succeeded"}
