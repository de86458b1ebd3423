"""The operations on pipelines.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_StartPipelineExecution.html
"""

from __future__ import annotations

import datetime as dt
import json
import secrets
import string
from typing import TYPE_CHECKING, Any

import moto.sagemaker.models as models
from moto.core.responses import ActionResult
from moto.core.utils import utcnow
from moto.sagemaker.exceptions import ConflictException, ResourceNotFound, ValidationError
from moto.sagemaker.responses import SageMakerResponse

from local_cloud.object_store import NoSuchBucketError, find_object
from local_cloud.patching import add, replace
from local_cloud.sagemaker.pages import sagemaker_page
from local_cloud.sagemaker.pipelines.definition import InvalidDefinitionError, read_definition
from local_cloud.sagemaker.pipelines.execution import PipelineExecution, WrongStatusError

if TYPE_CHECKING:
    from collections.abc import Callable

    from moto.sagemaker.models import FakePipeline, SageMakerModelBackend

    from local_cloud.sagemaker.pipelines.definition import Definition

_ACTIVE = {"Executing", "Stopping"}
_EXECUTION_ID_LENGTH = 12


def install() -> None:
    """Replace moto's operations on pipelines."""
    # extension: executions of pipelines run their steps; moto's have Succeeded immediately.
    replace(models, "get_pipeline_from_name", _pipeline)
    for name, call in (
        ("create_pipeline", _create),
        ("update_pipeline", _update),
        ("delete_pipeline", _delete),
        ("start_pipeline_execution", _start),
        ("describe_pipeline_execution", _describe),
        ("describe_pipeline_definition_for_execution", _describe_definition),
        ("list_pipeline_parameters_for_execution", _list_parameters),
        ("list_pipeline_executions", _list_executions),
    ):
        replace(SageMakerResponse, name, _answering(call))
    add(SageMakerResponse, "list_pipeline_execution_steps", _answering(_list_steps))
    add(SageMakerResponse, "stop_pipeline_execution", _answering(_stop))
    add(SageMakerResponse, "retry_pipeline_execution", _answering(_retry))


def _answering(
    call: Callable[[SageMakerModelBackend, dict[str, Any]], dict[str, Any]],
) -> Callable[[SageMakerResponse], ActionResult]:
    def answer(self: SageMakerResponse) -> ActionResult:
        try:
            return ActionResult(call(self.sagemaker_backend, json.loads(self.body)))
        except WrongStatusError as error:
            raise ValidationError(message=str(error)) from error

    return answer


def _pipeline(pipelines: dict[str, FakePipeline], pipeline_name: str) -> FakePipeline:
    """Return a pipeline by its name or ARN."""
    name = pipeline_name.rpartition("/")[2] if pipeline_name.startswith("arn:") else pipeline_name
    if name not in pipelines:
        raise ResourceNotFound(message=f"Pipeline '{name}' does not exist.")
    return pipelines[name]


def _execution(backend: SageMakerModelBackend, request: dict[str, Any]) -> PipelineExecution:
    arn: str = request.get("PipelineExecutionArn", "")
    pipeline = _pipeline(backend.pipelines, arn.split("/execution/")[0])
    executions: dict[str, Any] = pipeline.pipeline_executions
    execution = executions.get(arn)
    if not isinstance(execution, PipelineExecution):
        raise ResourceNotFound(message=f"Pipeline execution '{arn}' does not exist.")
    return execution


def _executions(pipeline: FakePipeline) -> list[PipelineExecution]:
    executions: dict[str, Any] = pipeline.pipeline_executions
    return list(executions.values())


def _definition(request: dict[str, Any]) -> str | None:
    """Return the definition, from the request or from S3, or None if the request has no definition."""
    text: str | None = request.get("PipelineDefinition")
    location = request.get("PipelineDefinitionS3Location")
    if text is not None and location is not None:
        raise ValidationError(
            message="Both Pipeline Definition and Pipeline Definition S3 Location shouldn't be present"
        )
    if location is not None:
        try:
            found = find_object(location["Bucket"], location["ObjectKey"])
        except NoSuchBucketError as error:
            raise ValidationError(message=str(error)) from error
        if found is None:
            raise ValidationError(message=f"s3://{location['Bucket']}/{location['ObjectKey']} does not exist")
        text = found.read().decode()
    if text is not None:
        _read(text)
    return text


def _read(text: str) -> Definition:
    try:
        return read_definition(text)
    except InvalidDefinitionError as error:
        raise ValidationError(message=str(error)) from error


def _create(backend: SageMakerModelBackend, request: dict[str, Any]) -> dict[str, Any]:
    text = _definition(request)
    if text is None:
        raise ValidationError(
            message="Either Pipeline Definition or Pipeline Definition S3 location should be provided"
        )
    if request["PipelineName"] in backend.pipelines:
        raise ValidationError(
            message=f"Pipeline names must be unique within an AWS account and region. Pipeline with name "
            f"({request['PipelineName']}) already exists."
        )
    arguments: dict[str, Any] = {
        "pipeline_name": request["PipelineName"],
        "pipeline_display_name": request.get("PipelineDisplayName"),
        "pipeline_definition": text,
        "pipeline_definition_s3_location": None,
        "pipeline_description": request.get("PipelineDescription"),
        "role_arn": request["RoleArn"],
        "tags": request.get("Tags"),
        "parallelism_configuration": request.get("ParallelismConfiguration"),
    }
    return {"PipelineArn": backend.create_pipeline(**arguments).arn}


def _update(backend: SageMakerModelBackend, request: dict[str, Any]) -> dict[str, Any]:
    pipeline = _pipeline(backend.pipelines, request["PipelineName"])
    text = _definition(request)
    if text is not None:
        pipeline.pipeline_definition = text
    for member, attribute in (
        ("PipelineDisplayName", "pipeline_display_name"),
        ("PipelineDescription", "pipeline_description"),
        ("RoleArn", "role_arn"),
        ("ParallelismConfiguration", "parallelism_configuration"),
    ):
        if member in request:
            setattr(pipeline, attribute, request[member])
    pipeline.last_modified_time = utcnow()
    return {"PipelineArn": pipeline.arn}


def _delete(backend: SageMakerModelBackend, request: dict[str, Any]) -> dict[str, Any]:
    pipeline = _pipeline(backend.pipelines, request["PipelineName"])
    if any(execution.status in _ACTIVE for execution in _executions(pipeline)):
        raise ConflictException(message=f"Pipeline '{pipeline.pipeline_name}' has executions that are running.")
    return {"PipelineArn": backend.delete_pipeline(pipeline.pipeline_name)}


def _start(backend: SageMakerModelBackend, request: dict[str, Any]) -> dict[str, Any]:
    """Start an execution. A repeated token returns the execution that it started."""
    pipeline = _pipeline(backend.pipelines, request["PipelineName"])
    for earlier in _executions(pipeline):
        if earlier.request.get("ClientRequestToken") == request.get("ClientRequestToken"):
            return {"PipelineExecutionArn": earlier.arn}
    chance = "".join(secrets.choice(string.ascii_lowercase + string.digits) for _ in range(_EXECUTION_ID_LENGTH))
    configuration = request.get("ParallelismConfiguration") or pipeline.parallelism_configuration or {}
    text = pipeline.pipeline_definition
    try:
        execution = PipelineExecution(
            f"{pipeline.arn}/execution/{chance}",
            pipeline.arn,
            request,
            text,
            _read(text),
            configuration.get("MaxParallelExecutionSteps"),
        )
    except InvalidDefinitionError as error:
        raise ValidationError(message=str(error)) from error
    executions: dict[str, Any] = pipeline.pipeline_executions
    executions[execution.arn] = execution
    pipeline.last_execution_time = execution.created
    execution.start()
    return {"PipelineExecutionArn": execution.arn}


def _describe(backend: SageMakerModelBackend, request: dict[str, Any]) -> dict[str, Any]:
    execution = _execution(backend, request)
    described = {
        "PipelineArn": execution.arn.split("/execution/")[0],
        "PipelineExecutionArn": execution.arn,
        "PipelineExecutionDisplayName": execution.display_name,
        "PipelineExecutionStatus": execution.status,
        "PipelineExecutionDescription": execution.request.get("PipelineExecutionDescription"),
        "FailureReason": execution.failure_reason,
        "CreationTime": execution.created,
        "LastModifiedTime": execution.changed,
        "ParallelismConfiguration": execution.request.get("ParallelismConfiguration"),
    }
    return {name: value for name, value in described.items() if value is not None}


def _describe_definition(backend: SageMakerModelBackend, request: dict[str, Any]) -> dict[str, Any]:
    execution = _execution(backend, request)
    return {"PipelineDefinition": execution.definition_text, "CreationTime": execution.created}


def _list_parameters(backend: SageMakerModelBackend, request: dict[str, Any]) -> dict[str, Any]:
    values = _execution(backend, request).parameters
    listed = [
        {"Name": name, "Value": value if isinstance(value, str) else json.dumps(value)}
        for name, value in values.items()
    ]
    return sagemaker_page("PipelineParameters", listed, request)


def _list_executions(backend: SageMakerModelBackend, request: dict[str, Any]) -> dict[str, Any]:
    executions = _executions(_pipeline(backend.pipelines, request["PipelineName"]))
    by_arn = request.get("SortBy") == "PipelineExecutionArn"
    executions.sort(
        key=lambda execution: execution.arn if by_arn else execution.created.isoformat(),
        reverse=request.get("SortOrder", "Descending") == "Descending",
    )
    summaries = [
        {
            "PipelineExecutionArn": execution.arn,
            "StartTime": execution.created,
            "PipelineExecutionStatus": execution.status,
            "PipelineExecutionDisplayName": execution.display_name,
            **({"PipelineExecutionFailureReason": execution.failure_reason} if execution.failure_reason else {}),
        }
        for execution in executions
        if request.get("CreatedAfter", 0) <= _seconds(execution.created) <= request.get("CreatedBefore", float("inf"))
    ]
    return sagemaker_page("PipelineExecutionSummaries", summaries, request)


def _list_steps(backend: SageMakerModelBackend, request: dict[str, Any]) -> dict[str, Any]:
    steps = [state.describe() for state in _execution(backend, request).steps.values()]
    if request.get("SortOrder", "Descending") == "Descending":
        steps.reverse()
    return sagemaker_page("PipelineExecutionSteps", steps, request)


def _stop(backend: SageMakerModelBackend, request: dict[str, Any]) -> dict[str, Any]:
    execution = _execution(backend, request)
    execution.stop()
    return {"PipelineExecutionArn": execution.arn}


def _retry(backend: SageMakerModelBackend, request: dict[str, Any]) -> dict[str, Any]:
    execution = _execution(backend, request)
    parallelism = request.get("ParallelismConfiguration", {}).get("MaxParallelExecutionSteps")
    execution.retry(request["ClientRequestToken"], parallelism)
    return {"PipelineExecutionArn": execution.arn}


def _seconds(moment: dt.datetime) -> float:
    return moment.replace(tzinfo=dt.UTC).timestamp()  # moto's times are UTC without a timezone
