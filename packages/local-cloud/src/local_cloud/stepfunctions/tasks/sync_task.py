"""The base class of ``.sync`` integrations: start the work, wait until it ends, and stop it if the state is aborted.

https://docs.aws.amazon.com/step-functions/latest/dg/connect-to-resource.html#connect-sync
"""

from __future__ import annotations

import datetime as dt
import json
import time
from abc import abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar

from botocore.exceptions import ClientError
from moto.core.utils import get_service_model
from moto.stepfunctions.parser.api import HistoryEventType, TaskFailedEventDetails
from moto.stepfunctions.parser.asl.component.common.error_name.custom_error_name import CustomErrorName
from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import FailureEvent, FailureEventException
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name import StatesErrorName
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name_type import StatesErrorNameType
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.resource import ResourceCondition
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service import StateTaskService
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_callback import (
    StateTaskServiceCallback,
)

from local_cloud.clients import client

if TYPE_CHECKING:
    from moto.stepfunctions.parser.asl.component.common.error_name.error_name import ErrorName
    from moto.stepfunctions.parser.asl.component.state.exec.state_task.credentials import StateCredentials
    from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.resource import ResourceRuntimePart
    from moto.stepfunctions.parser.asl.eval.environment import Environment

_SHORTEST_POLL_SECONDS = 0.05
_LONGEST_POLL_SECONDS = 1.0
_TASK_FAILED = StatesErrorNameType.StatesTaskFailed


class TaskFailures(StateTaskService):
    """How a task fails.

    Attributes
    ----------
    service_name
        The name of the service in the cause of a failed call.
    """

    service_name: ClassVar[str]

    @abstractmethod
    def error_of(self, code: str) -> str:
        """Return the error name of a failed call, from the service's error code."""

    def _task_failed(self, env: Environment, document: dict[str, Any]) -> FailureEventException:
        """Return the failure of work that did not succeed, whose description is the cause."""
        cause = json.dumps(document, ensure_ascii=False)
        return FailureEventException(self._failure(env, StatesErrorName(_TASK_FAILED), _TASK_FAILED.to_name(), cause))

    def _from_error(self, env: Environment, ex: Exception) -> FailureEvent:
        if isinstance(ex, ClientError):
            code, status = ex.response["Error"]["Code"], ex.response["ResponseMetadata"]["HTTPStatusCode"]
            error = self.error_of(code)
            origin = f"Service: {self.service_name}; Status Code: {status}; Error Code: {code}"
            return self._failure(env, CustomErrorName(error), error, f"{ex.response['Error']['Message']} ({origin})")
        failure: FailureEvent = super()._from_error(env=env, ex=ex)
        return failure

    def _failure(self, env: Environment, name: ErrorName, error: str, cause: str) -> FailureEvent:
        failed = TaskFailedEventDetails(
            error=error, cause=cause, resource=self._get_sfn_resource(), resourceType=self._get_sfn_resource_type()
        )
        details: Any = {"taskFailedEventDetails": failed}  # moto's type requires the details of all kinds of events
        return FailureEvent(env=env, error_name=name, event_type=HistoryEventType.TaskFailed, event_details=details)


class SyncTask(TaskFailures, StateTaskServiceCallback):
    """A ``.sync`` integration. A stopped execution, a failed branch or a timeout stops the work.

    Attributes
    ----------
    service
        The name of the boto3 client.
    operation
        The operation that starts the work.
    """

    service: ClassVar[str]
    operation: ClassVar[str]

    def __init__(self) -> None:
        super().__init__(supported_integration_patterns={ResourceCondition(ResourceCondition.Sync)})

    @classmethod
    def actions(cls) -> tuple[str, ...]:
        """Return the actions in a task's resource: ``startQueryExecution.sync``."""
        return (f"{cls.operation[0].lower()}{cls.operation[1:]}.sync",)

    @abstractmethod
    def begin(self, api: Any, parameters: dict[str, Any]) -> str:
        """Start the work, and return its id."""

    @abstractmethod
    def describe(self, api: Any, identifier: str) -> dict[str, Any]:
        """Return the description of the work, which is the state's result."""

    @abstractmethod
    def outcome(self, description: dict[str, Any]) -> bool | None:
        """Return whether the work has succeeded, or None if it has not ended."""

    @abstractmethod
    def stop(self, api: Any, identifier: str) -> None:
        """Stop the work."""

    def _get_supported_parameters(self) -> set[str] | None:
        shape = get_service_model(self.service).operation_model(self.operation).input_shape
        return set(shape.members) if shape is not None else None

    def _eval_service_task(
        self,
        env: Environment,
        resource_runtime_part: ResourceRuntimePart,
        normalised_parameters: dict[str, Any],
        state_credentials: StateCredentials,
    ) -> None:
        api = client(self.service, resource_runtime_part.region)
        identifier = self.begin(api, normalised_parameters)
        began = time.monotonic()
        description = self.describe(api, identifier)
        while (succeeded := self.outcome(description)) is None:
            if not env.is_running():
                self.stop(api, identifier)
                break
            pause_since(began)
            description = self.describe(api, identifier)
        document = json_document(description)
        if not succeeded:
            raise self._task_failed(env, document)
        env.stack.append(document)

    def _eval_integration_pattern(
        self,
        env: Environment,
        resource_runtime_part: ResourceRuntimePart,
        normalised_parameters: dict[str, Any],
        state_credentials: StateCredentials,
    ) -> None:
        """Do nothing: the task itself waits. moto's waiting needs a callback, which ``.sync`` tasks do not have."""


def pause_since(began: float) -> None:
    """Pause between two looks at work that began at a time of the monotonic clock, for a twentieth of the time that has passed.

    Hundreds of waiting tasks must not keep the server busy.
    """
    waited = time.monotonic() - began
    time.sleep(min(max(waited / 20, _SHORTEST_POLL_SECONDS), _LONGEST_POLL_SECONDS))


def json_document(description: dict[str, Any]) -> dict[str, Any]:
    """Return the description of a state's work as JSON; times are milliseconds since 1970."""
    document: dict[str, Any] = json.loads(json.dumps(description, default=_epoch_milliseconds))
    return document


def _epoch_milliseconds(value: object) -> int:
    if isinstance(value, dt.datetime):
        return int(value.timestamp() * 1000)
    raise TypeError(f"cannot serialize a {type(value).__name__} in the description of a state's work")
