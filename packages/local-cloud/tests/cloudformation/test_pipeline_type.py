"""AWS::SageMaker::Pipeline is created, updated, replaced and deleted, and schedules start its pipelines."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from cloud_under_test.sagemaker_pipelines import definition, get
from cloud_under_test.stacks import resource
from cloud_under_test.template_parts import ROLE, ROLE_ARN, succeed
from local_cloud.scheduler.dead_letters import UndeliveredError
from local_cloud.scheduler.firing import fire

if TYPE_CHECKING:
    from collections.abc import Callable

    from cloud_under_test.stacks import Stacks

Aws = Any
UNIVERSAL = "arn:aws:scheduler:::aws-sdk:sagemaker:startPipelineExecution"
DAY = {"Name": "Day", "Type": "String", "DefaultValue": "none"}


def say(text: Any) -> str:
    """Return a definition whose only step fails with a message."""
    return definition([{"Name": "Say", "Type": "Fail", "Arguments": {"ErrorMessage": text}}], [DAY])


def test_pipeline(aws: Aws, stacks: Stacks, name: str) -> None:
    sagemaker = aws("sagemaker")

    def of(text: str, pipeline: str = name, **more: Any) -> dict[str, Any]:
        body = {"PipelineDefinitionBody": say(text)}
        given = {"PipelineName": pipeline, "PipelineDefinition": body, "RoleArn": ROLE_ARN, **more}
        return {"Pipeline": resource("AWS::SageMaker::Pipeline", given), "Role": ROLE}

    parallelism = {"MaxParallelExecutionSteps": "2"}
    tags = [{"Key": "team", "Value": "data"}]
    succeed(stacks.create(of("one", PipelineDescription="first", ParallelismConfiguration=parallelism, Tags=tags)))
    assert stacks.physical_id("Pipeline") == name
    described = sagemaker.describe_pipeline(PipelineName=name)
    assert (described["PipelineDefinition"], described["PipelineDescription"]) == (say("one"), "first")
    assert described["ParallelismConfiguration"] == {"MaxParallelExecutionSteps": 2}
    assert sagemaker.list_tags(ResourceArn=described["PipelineArn"])["Tags"] == tags
    succeed(stacks.update(of("two")))
    assert sagemaker.describe_pipeline(PipelineName=name)["PipelineDefinition"] == say("two")
    assert sagemaker.list_tags(ResourceArn=described["PipelineArn"])["Tags"] == []
    succeed(stacks.update(of("two", f"{name}-b")))
    with pytest.raises(ClientError, match=f"'{name}' does not exist"):
        sagemaker.describe_pipeline(PipelineName=name)
    succeed(stacks.delete())
    with pytest.raises(ClientError, match="does not exist"):
        sagemaker.describe_pipeline(PipelineName=f"{name}-b")


def test_a_definition_may_be_an_object(aws: Aws, stacks: Stacks, bucket: str, name: str) -> None:
    aws("s3").put_object(Bucket=bucket, Key="p.json", Body=say("here").encode())
    location = {"PipelineDefinitionS3Location": {"Bucket": bucket, "Key": "p.json"}}
    given = {"PipelineName": name, "PipelineDefinition": location, "RoleArn": ROLE_ARN}
    succeed(stacks.create({"Pipeline": resource("AWS::SageMaker::Pipeline", given), "Role": ROLE}))
    assert aws("sagemaker").describe_pipeline(PipelineName=name)["PipelineDefinition"] == say("here")


def test_a_definition_that_cant_be_executed_fails_the_stack(stacks: Stacks, name: str) -> None:
    given = {
        "PipelineName": name,
        "PipelineDefinition": {"PipelineDefinitionBody": definition([])},
        "RoleArn": ROLE_ARN,
    }
    stack = stacks.create({"Pipeline": resource("AWS::SageMaker::Pipeline", given), "Role": ROLE})
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    reasons = [reason for identifier, _, reason in stacks.events() if identifier == "Pipeline"]
    assert any("at least one step" in reason for reason in reasons)


@pytest.fixture
def scheduled(aws: Aws, role_arn: str, name: str) -> Callable[[dict[str, Any]], str]:
    """Schedule a pipeline, fire the schedule, and return the pipeline's message."""

    def run(target: dict[str, Any]) -> str:
        made = aws("sagemaker").create_pipeline(
            PipelineName=name, RoleArn=role_arn, PipelineDefinition=say(get("Parameters.Day"))
        )
        aws("scheduler").create_schedule(
            Name=name,
            FlexibleTimeWindow={"Mode": "OFF"},
            ScheduleExpression="cron(0 6 * * ? *)",
            Target={"Arn": made["PipelineArn"], "RoleArn": role_arn, **target},
        )
        firing = fire("default", name, "2026-11-23T21:00:00Z")
        while True:
            steps = aws("sagemaker").list_pipeline_execution_steps(PipelineExecutionArn=firing.execution_arn)
            for step in steps["PipelineExecutionSteps"]:
                if step["StepStatus"] == "Failed":
                    return str(step["FailureReason"])

    return run


def test_a_schedule_starts_a_pipeline_with_its_parameters_as_they_are(scheduled: Any) -> None:
    parameters = [{"Name": "Day", "Value": "<aws.scheduler.scheduled-time>"}]
    said = scheduled({"SageMakerPipelineParameters": {"PipelineParameterList": parameters}})
    assert said == "<aws.scheduler.scheduled-time>", "attributes are filled into an Input only"


def test_a_call_of_the_api_is_started_with_the_context_of_that_time(scheduled: Any, name: str) -> None:
    call = {
        "PipelineName": name,
        "ClientRequestToken": "thirty-two-characters-or-more-and-<aws.scheduler.execution-id>",
        "PipelineParameters": [{"Name": "Day", "Value": "<aws.scheduler.scheduled-time>"}],
    }
    assert scheduled({"Arn": UNIVERSAL, "Input": json.dumps(call)}) == "2026-11-23T21:00:00Z"


def test_an_execution_id_alone_is_too_short_for_a_token(scheduled: Any, name: str) -> None:
    call = {"PipelineName": name, "ClientRequestToken": "<aws.scheduler.execution-id>"}
    with pytest.raises(UndeliveredError, match="ClientRequestToken, value: 16, valid min length: 32"):
        scheduled({"Arn": UNIVERSAL, "Input": json.dumps(call)})


def test_a_call_that_does_not_fit_the_api_is_refused(scheduled: Any, name: str) -> None:
    with pytest.raises(UndeliveredError, match="does not fit StartPipelineExecution"):
        scheduled({"Arn": UNIVERSAL, "Input": json.dumps({"pipeline": name})})
