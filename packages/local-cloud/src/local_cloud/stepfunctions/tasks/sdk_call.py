"""``arn:aws:states:::aws-sdk:<service>:<operation>``: a call of any operation, whose answer becomes JSON.

https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from botocore.response import StreamingBody
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_aws_sdk import (
    StateTaskServiceAwsSdk,
)

from local_cloud.patching import original_of, replace
from local_cloud.stepfunctions.language.timestamps import format_timestamp

if TYPE_CHECKING:
    from moto.stepfunctions.parser.asl.component.state.exec.state_task.credentials import StateCredentials
    from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.resource import ResourceRuntimePart
    from moto.stepfunctions.parser.asl.eval.environment import Environment


def answer_in_json() -> None:
    """Replace moto's calls."""
    # moto: Step Functions' SDK integrations fail with States.Runtime if the answer has a time or a body; not reported yet: times are ISO 8601
    # strings, and bodies are text.
    replace(StateTaskServiceAwsSdk, "_eval_service_task", _eval_service_task)


def _eval_service_task(
    self: StateTaskServiceAwsSdk,
    env: Environment,
    resource_runtime_part: ResourceRuntimePart,
    normalised_parameters: dict[str, Any],
    state_credentials: StateCredentials,
) -> None:
    call = original_of(StateTaskServiceAwsSdk, "_eval_service_task")
    call(self, env, resource_runtime_part, normalised_parameters, state_credentials)
    env.stack.append(_as_json(env.stack.pop()))


def _as_json(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _as_json(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_as_json(inner) for inner in value]
    if isinstance(value, dt.datetime):
        return format_timestamp(value)
    return value.read().decode() if isinstance(value, StreamingBody) else value
