"""Definitions of SageMaker pipelines, and waiting for their executions."""

from __future__ import annotations

import io
import json
import time
import zipfile
from typing import Any

Client = Any


def definition(steps: list[dict[str, Any]], parameters: list[dict[str, Any]] | None = None) -> str:
    """Return a definition."""
    return json.dumps({"Version": "2020-12-01", "Metadata": {}, "Parameters": parameters or [], "Steps": steps})


def processing_step(name: str, request: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return a step that runs a job."""
    arguments = {key: value for key, value in request.items() if key != "ProcessingJobName"}
    return {"Name": name, "Type": "Processing", "Arguments": arguments, **more}


def lambda_step(name: str, arn: str, arguments: dict[str, Any], outputs: dict[str, str], **more: Any) -> dict[str, Any]:
    """Return a step that calls a function with these output parameters, by their types."""
    parameters = [{"OutputName": output, "OutputType": kind} for output, kind in outputs.items()]
    return {
        "Name": name,
        "Type": "Lambda",
        "FunctionArn": arn,
        "Arguments": arguments,
        "OutputParameters": parameters,
        **more,
    }


def get(path: str) -> dict[str, str]:
    """Return a reference to a value."""
    return {"Get": path}


def join(on: str, *values: Any) -> dict[str, Any]:
    """Return the join of some values."""
    return {"Std:Join": {"On": on, "Values": list(values)}}


def function_archive(code: str) -> bytes:
    """Return an archive of a function's module ``handler``."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("handler.py", code)
    return buffer.getvalue()


def wait_for_pipeline(sagemaker: Client, execution_arn: str) -> dict[str, Any]:
    """Return an execution's description once it has ended."""
    while True:
        described: dict[str, Any] = sagemaker.describe_pipeline_execution(PipelineExecutionArn=execution_arn)
        if described["PipelineExecutionStatus"] not in {"Executing", "Stopping"}:
            return described
        time.sleep(0.05)


def steps_of(sagemaker: Client, execution_arn: str) -> dict[str, dict[str, Any]]:
    """Return the steps of an execution, by name, in their order."""
    found = sagemaker.list_pipeline_execution_steps(PipelineExecutionArn=execution_arn, SortOrder="Ascending")
    return {step["StepName"]: step for step in found["PipelineExecutionSteps"]}
