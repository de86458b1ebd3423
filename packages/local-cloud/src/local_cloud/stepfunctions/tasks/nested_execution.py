"""``arn:aws:states:::states:startExecution``: start an execution of another state machine, and with ``.sync`` wait until it ends.

The result of ``.sync`` has the input and the output of the execution as strings, that of ``.sync:2`` as JSON.

https://docs.aws.amazon.com/step-functions/latest/dg/connect-stepfunctions.html
"""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.resource import ResourceCondition
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_sfn import (
    StateTaskServiceSfn,
)

from local_cloud.clients import client
from local_cloud.stepfunctions.tasks.sync_task import TaskFailures, json_document, pause_since

if TYPE_CHECKING:
    from moto.stepfunctions.parser.asl.component.state.exec.state_task.credentials import StateCredentials
    from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.resource import ResourceRuntimePart
    from moto.stepfunctions.parser.asl.eval.environment import Environment

_JSON_MEMBERS = ("Input", "Output")


class NestedExecutionTask(TaskFailures, StateTaskServiceSfn):
    """A state that starts an execution. A stopped execution, a failed branch or a timeout stops the started one, if the state waits for it."""

    service_name = "AWSStepFunctions"

    @classmethod
    def actions(cls) -> tuple[str, ...]:
        """Return the actions in a task's resource."""
        return tuple(f"startExecution{pattern}" for pattern in ("", ".sync", ".sync:2", ".waitForTaskToken"))

    def _eval_service_task(
        self,
        env: Environment,
        resource_runtime_part: ResourceRuntimePart,
        normalised_parameters: dict[str, Any],
        state_credentials: StateCredentials,
    ) -> None:
        api = client("stepfunctions", resource_runtime_part.region)
        started = api.start_execution(
            **{f"{name[0].lower()}{name[1:]}": value for name, value in normalised_parameters.items()}
        )
        env.stack.append(_result(started))

    def _eval_integration_pattern(
        self,
        env: Environment,
        resource_runtime_part: ResourceRuntimePart,
        normalised_parameters: dict[str, Any],
        state_credentials: StateCredentials,
    ) -> None:
        if self.resource.condition == ResourceCondition.WaitForTaskToken:
            super()._eval_integration_pattern(env, resource_runtime_part, normalised_parameters, state_credentials)
            return
        api = client("stepfunctions", resource_runtime_part.region)
        arn = env.stack.pop()["ExecutionArn"]
        began = time.monotonic()
        while (execution := api.describe_execution(executionArn=arn))["status"] == "RUNNING":
            if not env.is_running():
                api.stop_execution(executionArn=arn)
                break
            pause_since(began)
        document = _result(execution)
        if self.resource.condition == ResourceCondition.Sync2:
            document |= {name: json.loads(document[name]) for name in _JSON_MEMBERS if name in document}
        if execution["status"] != "SUCCEEDED":
            raise self._task_failed(env, document)
        env.stack.append(document)

    def error_of(self, code: str) -> str:
        return f"StepFunctions.{code.removesuffix('Exception')}Exception"


def _result(answer: dict[str, Any]) -> dict[str, Any]:
    """Return an answer of the API as a state's result."""
    answer.pop("ResponseMetadata")
    result: dict[str, Any] = _capitalized(json_document(answer))
    return result


def _capitalized(value: Any) -> Any:
    """Return a document with the names that a state's result has: ``executionArn`` becomes ``ExecutionArn``."""
    if isinstance(value, dict):
        return {f"{name[0].upper()}{name[1:]}": _capitalized(inner) for name, inner in value.items()}
    return value
