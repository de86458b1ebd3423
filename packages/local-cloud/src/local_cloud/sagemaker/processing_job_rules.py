"""The checks of CreateProcessingJob beyond the model.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateProcessingJob.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from moto.sagemaker.exceptions import ResourceInUseException, SagemakerClientError, ValidationError

from local_cloud.service_quotas.processing_quotas import ProcessingQuota

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_LOCAL_ROOT = "/opt/ml/processing/"
# https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instance-store-volumes.html
_HAS_LOCAL_STORAGE = re.compile(r"ml\.(g[4-9]\w*|p[4-9]\w*|p3dn|trn\d\w*|[a-z]\d[a-z]*d[a-z]*)\.\w+")


def check_create_processing_job(request: dict[str, Any], taken: Mapping[str, Any]) -> None:
    """Check a request, which already matches the model, as SageMaker does.

    Raises
    ------
    ValidationError
        If a member is invalid.
    ResourceInUseException
        If the name is taken; names cannot be reused.
    ResourceLimitExceededError
        If the quota for the instance type would be exceeded.
    """
    name = request["ProcessingJobName"]
    _check_cluster(request["ProcessingResources"]["ClusterConfig"])
    for entry in request.get("ProcessingInputs", []):
        _check_input(entry)
    for output in request.get("ProcessingOutputConfig", {}).get("Outputs", []):
        _check_output(output)
    if name in taken:
        raise ResourceInUseException(
            message=f"Job name must be unique within an AWS account and region, and a job {name} exists"
        )
    _check_quota(request["ProcessingResources"]["ClusterConfig"], taken.values())


def _check_quota(cluster: dict[str, Any], jobs: Iterable[Any]) -> None:
    quota = ProcessingQuota(cluster["InstanceType"])
    used = sum(
        running["InstanceCount"]
        for job in jobs
        if getattr(job, "processing_job_status", "") in {"InProgress", "Stopping"}
        and (running := job.request["ProcessingResources"]["ClusterConfig"])["InstanceType"] == quota.instance_type
    )
    if used + cluster["InstanceCount"] > quota.instances:
        raise ResourceLimitExceededError(
            f"The account-level service limit '{quota.name}' is {quota.instances} Instances, with current utilization of {used} Instances "
            f"and a request delta of {cluster['InstanceCount']} Instances. Please use AWS Service Quotas to request an increase for this quota."
        )


class ResourceLimitExceededError(SagemakerClientError):
    """The error for an exceeded quota: https://github.com/aws/amazon-sagemaker-examples/issues/593."""

    code = "ResourceLimitExceeded"


def _check_cluster(cluster: dict[str, Any]) -> None:
    for name in ("InstanceType", "InstanceCount"):
        if name not in cluster:
            raise ValidationError(
                message=f"The ClusterConfig has no {name}; the local cloud does not support InstancePreferences"
            )
    if "VolumeKmsKeyId" in cluster and _HAS_LOCAL_STORAGE.fullmatch(cluster["InstanceType"]):
        raise ValidationError(
            message=f"VolumeKmsKeyId is not allowed for {cluster['InstanceType']}: the instance has local storage, which its "
            "hardware encrypts"
        )


def _check_input(entry: dict[str, Any]) -> None:
    name, source = entry["InputName"], entry.get("S3Input")
    if source is None:
        raise ValidationError(
            message=f"The input {name!r} has no S3Input; the local cloud does not support DatasetDefinition"
        )
    if entry.get("AppManaged"):
        return  # the application downloads it itself
    if source.get("S3CompressionType", "None") != "None" and source.get("S3InputMode") != "Pipe":
        raise ValidationError(
            message=f"The input {name!r} has S3CompressionType Gzip, which only S3InputMode Pipe can have"
        )
    if source.get("S3InputMode") == "Pipe":
        raise ValidationError(message=f"The input {name!r} has S3InputMode Pipe; the local cloud only supports File")
    _check_place(f"input {name!r}", source.get("LocalPath"))


def _check_output(output: dict[str, Any]) -> None:
    name = output["OutputName"]
    if "S3Output" not in output:
        raise ValidationError(
            message=f"The output {name!r} has no S3Output; the local cloud does not support feature stores"
        )
    if output.get("AppManaged"):
        raise ValidationError(message=f"The output {name!r} is AppManaged, which the local cloud does not support")
    _check_place(f"output {name!r}", output["S3Output"].get("LocalPath"))


def _check_place(what: str, place: str | None) -> None:
    if place is None or not f"{place}/".startswith(_LOCAL_ROOT) or ".." in place.split("/") or "\0" in place:
        raise ValidationError(message=f"The local path {place!r} of the {what} must begin with {_LOCAL_ROOT}")
