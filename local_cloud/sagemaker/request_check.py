"""What CreateProcessingJob refuses.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateProcessingJob.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from moto.sagemaker.exceptions import ResourceInUseException, ValidationError

if TYPE_CHECKING:
    from collections.abc import Container

_LOCAL_ROOT = "/opt/ml/processing/"


def check_create_processing_job(request: dict[str, Any], taken: Container[str]) -> None:
    """Refuse a request that SageMaker would refuse although it fits the model, to which every request has been held before.

    Raises
    ------
    ValidationError
        Where a member is not what it may be.
    ResourceInUseException
        Where the name is taken: a job's name is never free again.
    """
    name = request["ProcessingJobName"]
    inputs = request.get("ProcessingInputs", [])
    outputs = request.get("ProcessingOutputConfig", {}).get("Outputs", [])
    places = [entry["S3Input"].get("LocalPath", "") for entry in inputs if "S3Input" in entry]
    places += [entry["S3Output"].get("LocalPath", "") for entry in outputs if "S3Output" in entry]
    for place in places:
        if not f"{place}/".startswith(_LOCAL_ROOT):
            raise ValidationError(message=f"The local path {place!r} must begin with {_LOCAL_ROOT}")
    if name in taken:
        raise ResourceInUseException(
            message=f"Job name must be unique within an AWS account and region, and a job {name} exists"
        )
