"""The retry of an execution that did not succeed: it continues under its run id and its original definition."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol
from uuid import uuid4

from partitioned_pipelines.cli.errors import CommandError, ExitCode
from partitioned_pipelines.cli.runs.executions.pipeline_execution import is_pipeline_execution
from partitioned_pipelines.runtime.executions.listing import GOES_ON

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from partitioned_pipelines.cli.target.target import Cloud

_RETRIABLE = ("Failed", "Stopped")
_SHOWN_WITHIN_SECONDS = 60.0


class Retry(Protocol):
    """The retry of one execution by the service that runs it."""

    def refusal(self) -> str | None:
        """Return why the service would refuse it; None if it would not."""

    def is_outdated(self) -> bool:
        """Return whether the workflow has been deployed with another definition since the execution started."""

    def start(self) -> None:
        """Start it, and wait until the service shows the execution as running."""


def retry_of(cloud: Cloud, outputs: Mapping[str, str], execution_arn: str) -> Retry:
    """Return the retry of an execution, given the outputs of its pipeline's stack."""
    if is_pipeline_execution(execution_arn):
        return _PipelineRetry(cloud, execution_arn, outputs["PipelineName"])
    return _Redrive(cloud, execution_arn, outputs["StateMachineArn"])


@dataclass(frozen=True)
class _Redrive:
    """The redrive of a state machine's execution.

    https://docs.aws.amazon.com/step-functions/latest/dg/redrive-executions.html
    """

    cloud: Cloud
    execution_arn: str
    state_machine_arn: str

    def refusal(self) -> str | None:
        described = self.cloud.step_functions.describe_execution(executionArn=self.execution_arn)
        if described["redriveStatus"] == "REDRIVABLE":
            return None
        return described.get("redriveStatusReason") or f"its redrive status is {described['redriveStatus']}"

    def is_outdated(self) -> bool:
        own = read_definition(self.cloud, self.execution_arn)
        now = self.cloud.step_functions.describe_state_machine(stateMachineArn=self.state_machine_arn)
        return bool(own != json.loads(now["definition"]))

    def start(self) -> None:
        sfn = self.cloud.step_functions
        redriven = sfn.redrive_execution(executionArn=self.execution_arn, clientToken=str(uuid4()))["redriveDate"]

        def shown() -> bool:
            described = sfn.describe_execution(executionArn=self.execution_arn)
            return "redriveDate" in described and described["redriveDate"] >= redriven

        _wait(self.cloud, self.execution_arn, shown)


@dataclass(frozen=True)
class _PipelineRetry:
    """The retry of a SageMaker pipeline's execution.

    https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_RetryPipelineExecution.html
    """

    cloud: Cloud
    execution_arn: str
    pipeline_name: str

    def refusal(self) -> str | None:
        described = self.cloud.sagemaker.describe_pipeline_execution(PipelineExecutionArn=self.execution_arn)
        status = described["PipelineExecutionStatus"]
        return None if status in _RETRIABLE else f"its status is {status}"

    def is_outdated(self) -> bool:
        own = read_definition(self.cloud, self.execution_arn)
        now = self.cloud.sagemaker.describe_pipeline(PipelineName=self.pipeline_name)
        return bool(own != json.loads(now["PipelineDefinition"]))

    def start(self) -> None:
        sagemaker = self.cloud.sagemaker
        before = sagemaker.describe_pipeline_execution(PipelineExecutionArn=self.execution_arn)["LastModifiedTime"]
        sagemaker.retry_pipeline_execution(PipelineExecutionArn=self.execution_arn, ClientRequestToken=str(uuid4()))

        def shown() -> bool:
            described = sagemaker.describe_pipeline_execution(PipelineExecutionArn=self.execution_arn)
            return described["PipelineExecutionStatus"] in GOES_ON or described["LastModifiedTime"] > before

        _wait(self.cloud, self.execution_arn, shown)


def _wait(cloud: Cloud, execution_arn: str, shown: Callable[[], bool]) -> None:
    """Wait until a description, which is only eventually consistent, shows the execution as running; until then it still looks failed."""
    deadline = time.monotonic() + _SHOWN_WITHIN_SECONDS
    while not shown():
        if time.monotonic() > deadline:
            raise CommandError(
                f"{execution_arn} was retried {_SHOWN_WITHIN_SECONDS:.0f} s ago, and does not run yet",
                "it may still start: list the runs in a minute",
                exit_code=ExitCode.FAILED,
            )
        time.sleep(cloud.poll_seconds)


def read_definition(cloud: Cloud, execution_arn: str) -> Any:
    """Return the definition of the workflow with which an execution started, with its scripts and images."""
    if is_pipeline_execution(execution_arn):
        answer = cloud.sagemaker.describe_pipeline_definition_for_execution(PipelineExecutionArn=execution_arn)
        return json.loads(answer["PipelineDefinition"])
    answer_of_machine = cloud.step_functions.describe_state_machine_for_execution(executionArn=execution_arn)
    return json.loads(answer_of_machine["definition"])
