"""What CreateProcessingJob refuses.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateProcessingJob.html
"""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING, Any

import botocore.session
from botocore.validate import ParamValidator
from moto.sagemaker.exceptions import ResourceInUseException, ValidationError

if TYPE_CHECKING:
    from collections.abc import Container

    from botocore.model import Shape

_NAME = re.compile(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}")
_LOCAL_ROOT = "/opt/ml/processing/"
_MOST_INPUTS = 10


def check_create_processing_job(request: dict[str, Any], taken: Container[str]) -> None:
    """Refuse a request that SageMaker would refuse.

    Raises
    ------
    ValidationError
        Where a member is missing, unknown, of the wrong type, or not what it may be.
    ResourceInUseException
        Where the name is taken: a job's name is never free again.
    """
    report = ParamValidator().validate(request, _input_shape())
    if report.has_errors():
        raise ValidationError(message=report.generate_report())
    name = request["ProcessingJobName"]
    if not _NAME.fullmatch(name):
        raise ValidationError(
            message=f"1 validation error detected: Value '{name}' at 'processingJobName' failed to satisfy constraint: "
            f"Member must satisfy regular expression pattern: ^{_NAME.pattern}$"
        )
    inputs = request.get("ProcessingInputs", [])
    outputs = request.get("ProcessingOutputConfig", {}).get("Outputs", [])
    for member, entries in (("processingInputs", inputs), ("processingOutputConfig.outputs", outputs)):
        if len(entries) > _MOST_INPUTS:
            raise ValidationError(
                message=f"1 validation error detected: Value at '{member}' failed to satisfy constraint: "
                f"Member must have length less than or equal to {_MOST_INPUTS}"
            )
    places = [entry["S3Input"].get("LocalPath", "") for entry in inputs if "S3Input" in entry]
    places += [entry["S3Output"].get("LocalPath", "") for entry in outputs if "S3Output" in entry]
    for place in places:
        if not f"{place}/".startswith(_LOCAL_ROOT):
            raise ValidationError(message=f"The local path {place!r} must begin with {_LOCAL_ROOT}")
    if name in taken:
        raise ResourceInUseException(
            message=f"Job name must be unique within an AWS account and region, and a job {name} exists"
        )


@functools.cache
def _input_shape() -> Shape:
    model = botocore.session.get_session().get_service_model("sagemaker")
    shape: Shape | None = model.operation_model("CreateProcessingJob").input_shape
    if shape is None:
        raise RuntimeError("botocore's model of CreateProcessingJob has no input")
    return shape
