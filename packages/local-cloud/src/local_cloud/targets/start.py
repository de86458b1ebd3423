"""Starting a target of a rule or a schedule: a state machine, a SageMaker pipeline or a function."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from local_cloud.clients import client
from local_cloud.settings import region

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def is_startable(arn: str) -> bool:
    """Return whether an ARN is that of a state machine, a SageMaker pipeline or a function."""
    return _start_of(arn) is not None


def start(target: Mapping[str, Any], payload: str) -> str:
    """Start a target with a payload, and return the ARN of its execution, or the id of a function's invocation.

    Parameters
    ----------
    target
        ``Arn``; ``SageMakerPipelineParameters`` of a pipeline; optionally ``ExecutionName`` of a state machine.

    Raises
    ------
    ClientError
        If the target's service rejects the call.
    """
    call = _start_of(target["Arn"])
    if call is None:
        raise ValueError(f"{target['Arn']} cannot be started")
    return call(target, payload)


def _start_of(arn: str) -> Callable[[Mapping[str, Any], str], str] | None:
    if ":states:" in arn:
        return _start_state_machine
    if ":sagemaker:" in arn and ":pipeline/" in arn:
        return _start_pipeline
    return _invoke_function if ":lambda:" in arn and ":function:" in arn else None


def _start_state_machine(target: Mapping[str, Any], payload: str) -> str:
    named = {"name": target["ExecutionName"]} if "ExecutionName" in target else {}
    started = client("stepfunctions", region()).start_execution(stateMachineArn=target["Arn"], input=payload, **named)
    return str(started["executionArn"])


def _start_pipeline(target: Mapping[str, Any], payload: str) -> str:
    """Start a pipeline, which has parameters and no payload.

    https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets-templated.html
    """
    parameters = target.get("SageMakerPipelineParameters", {}).get("PipelineParameterList", [])
    started = client("sagemaker", region()).start_pipeline_execution(
        PipelineName=target["Arn"], PipelineParameters=parameters
    )
    return str(started["PipelineExecutionArn"])


def _invoke_function(target: Mapping[str, Any], payload: str) -> str:
    """Invoke a function asynchronously: https://docs.aws.amazon.com/lambda/latest/dg/invocation-async.html."""
    answer = client("lambda", region()).invoke(FunctionName=target["Arn"], InvocationType="Event", Payload=payload)
    return str(answer["ResponseMetadata"]["RequestId"])
