"""``arn:aws:states:::sagemaker:createProcessingJob.sync``: make the job, and wait for its end.

https://docs.aws.amazon.com/step-functions/latest/dg/connect-sagemaker.html
"""

from __future__ import annotations

import datetime as dt
import json
import time
from typing import TYPE_CHECKING, Any

import botocore.session
from botocore.exceptions import ClientError
from moto.stepfunctions.parser.api import HistoryEventType, TaskFailedEventDetails
from moto.stepfunctions.parser.asl.component.common.error_name.custom_error_name import CustomErrorName
from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import FailureEvent, FailureEventException
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name import StatesErrorName
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name_type import StatesErrorNameType
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.resource import ResourceCondition
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_callback import (
    StateTaskServiceCallback,
)

from local_cloud.clients import client

if TYPE_CHECKING:
    from moto.stepfunctions.parser.asl.component.common.error_name.error_name import ErrorName
    from moto.stepfunctions.parser.asl.component.state.exec.state_task.credentials import StateCredentials
    from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.resource import ResourceRuntimePart
    from moto.stepfunctions.parser.asl.eval.environment import Environment

_POLL_SECONDS = 0.05
_ENDED = {"Completed", "Failed", "Stopped"}
_TASK_FAILED = StatesErrorNameType.StatesTaskFailed


class ProcessingJobTask(StateTaskServiceCallback):
    """The optimized integration; a stopped execution, or a state that runs out of time, stops its job."""

    def __init__(self) -> None:
        super().__init__(supported_integration_patterns={ResourceCondition(ResourceCondition.Sync)})

    def _get_supported_parameters(self) -> set[str] | None:
        if self.resource.api_action != "createProcessingJob":
            return None
        model = botocore.session.get_session().get_service_model("sagemaker")
        shape = model.operation_model("CreateProcessingJob").input_shape
        return set(shape.members) if shape is not None else None

    def _eval_service_task(
        self,
        env: Environment,
        resource_runtime_part: ResourceRuntimePart,
        normalised_parameters: dict[str, Any],
        state_credentials: StateCredentials,
    ) -> None:
        sagemaker = client("sagemaker", resource_runtime_part.region)
        sagemaker.create_processing_job(**normalised_parameters)
        name = normalised_parameters["ProcessingJobName"]
        job = sagemaker.describe_processing_job(ProcessingJobName=name)
        while job["ProcessingJobStatus"] not in _ENDED:
            if not env.is_running():
                sagemaker.stop_processing_job(ProcessingJobName=name)
                break
            time.sleep(_POLL_SECONDS)
            job = sagemaker.describe_processing_job(ProcessingJobName=name)
        job.pop("ResponseMetadata")
        document = json.loads(json.dumps(job, default=_epoch_milliseconds))
        # An execution that was stopped has its end already: a failure of the job that it stopped must not become its own.
        if job["ProcessingJobStatus"] != "Completed" and env.is_running():
            cause = json.dumps(document, ensure_ascii=False)
            raise FailureEventException(
                self._failure(env, StatesErrorName(_TASK_FAILED), _TASK_FAILED.to_name(), cause)
            )
        env.stack.append(document)

    def _eval_integration_pattern(
        self,
        env: Environment,
        resource_runtime_part: ResourceRuntimePart,
        normalised_parameters: dict[str, Any],
        state_credentials: StateCredentials,
    ) -> None:
        """Do nothing more: the task itself has waited. moto's own way of waiting needs a callback that a ``.sync`` task lacks."""

    def _from_error(self, env: Environment, ex: Exception) -> FailureEvent:
        if isinstance(ex, ClientError):
            code, status = ex.response["Error"]["Code"], ex.response["ResponseMetadata"]["HTTPStatusCode"]
            # Two have names of their own; the rest arrives as the service's catch-all.
            named = {"ResourceLimitExceeded", "ResourceInUse"}
            error = f"SageMaker.{code}Exception" if code in named else "SageMaker.AmazonSageMakerException"
            message = ex.response["Error"]["Message"]
            cause = f"{message} (Service: AmazonSageMaker; Status Code: {status}; Error Code: {code})"
            return self._failure(env, CustomErrorName(error), error, cause)
        failure: FailureEvent = super()._from_error(env=env, ex=ex)
        return failure

    def _failure(self, env: Environment, name: ErrorName, error: str, cause: str) -> FailureEvent:
        failed = TaskFailedEventDetails(
            error=error, cause=cause, resource=self._get_sfn_resource(), resourceType=self._get_sfn_resource_type()
        )
        details: Any = {
            "taskFailedEventDetails": failed
        }  # moto's type wants the details of all kinds of events at once
        return FailureEvent(
            env=env,
            error_name=name,
            event_type=HistoryEventType.TaskFailed,
            event_details=details,
        )


def _epoch_milliseconds(value: object) -> int:
    if isinstance(value, dt.datetime):
        return int(value.timestamp() * 1000)
    raise TypeError(f"a {type(value).__name__} in a processing job's description")
