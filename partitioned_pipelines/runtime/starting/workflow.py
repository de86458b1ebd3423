"""The start of an execution of a pipeline's workflow under a name that tells its interval, so that a repeated start starts nothing."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_sagemaker import SageMakerClient
    from mypy_boto3_stepfunctions import SFNClient

# A token has 32 to 128 characters: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_StartPipelineExecution.html
_TOKEN = "partitioned-pipelines-start-of-{name}-{started}"  # noqa: S105 - an idempotency token


class Workflow(Protocol):
    """A workflow that can be started."""

    def start(self, name: str, execution_input: Mapping[str, str]) -> str:
        """Start an execution and return its ARN; an empty string if there has been one of that name."""


@dataclass(frozen=True, slots=True)
class StateMachineWorkflow:
    """A state machine, by its ARN."""

    client: SFNClient
    arn: str

    def start(self, name: str, execution_input: Mapping[str, str]) -> str:
        """Start an execution; one that still runs with the same input is returned again.

        https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
        """
        try:
            answer = self.client.start_execution(
                stateMachineArn=self.arn, name=name, input=json.dumps(dict(execution_input))
            )
        except self.client.exceptions.ExecutionAlreadyExists:
            return ""
        return answer["executionArn"]


@dataclass(frozen=True, slots=True)
class SagemakerWorkflow:
    """A SageMaker pipeline, by its name."""

    client: SageMakerClient
    name: str

    def start(self, name: str, execution_input: Mapping[str, str]) -> str:
        """Start an execution; the token makes a repeated call return the same one."""
        answer = self.client.start_pipeline_execution(
            PipelineName=self.name,
            PipelineExecutionDisplayName=name,
            PipelineParameters=[{"Name": key, "Value": value} for key, value in execution_input.items()],
            ClientRequestToken=_TOKEN.format(name=self.name, started=name)[:128],
        )
        return answer["PipelineExecutionArn"]
