"""The content that must be removed before stacks: running executions with their jobs, and all object versions in buckets."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from partitioned_pipelines.cli.runs.executions.pipeline_execution import is_pipeline_execution, stop_pipeline
from partitioned_pipelines.runtime.executions.execution import OPEN
from partitioned_pipelines.runtime.executions.listing import GOES_ON, list_machine_executions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import ListObjectVersionsOutputTypeDef, ObjectIdentifierTypeDef

    from partitioned_pipelines.cli.target.target import Cloud

_LONGEST_SECONDS = 900.0
_CAUSE = "what it belongs to is being deleted"


def running_executions(cloud: Cloud, machines: Iterable[str], pipelines: Iterable[str] = ()) -> list[str]:
    """Return the ARNs of the running executions.

    Parameters
    ----------
    machines
        ARNs of state machines.
    pipelines
        Names of SageMaker pipelines.
    """
    found = []
    for machine in machines:
        found += [one.arn for status in OPEN for one in list_machine_executions(cloud.step_functions, machine, status)]
    for pipeline in pipelines:
        summaries = cloud.sagemaker.get_paginator("list_pipeline_executions").paginate(PipelineName=pipeline)
        found += [
            execution["PipelineExecutionArn"]
            for page in summaries
            for execution in page["PipelineExecutionSummaries"]
            if execution["PipelineExecutionStatus"] in GOES_ON
        ]
    return found


def stop_executions(cloud: Cloud, executions: Iterable[str]) -> list[str]:
    """Stop executions with their jobs, and wait until they have ended.

    Returns
    -------
    The executions that were still running after 15 minutes.
    """
    left = list(executions)
    for arn in left:
        if is_pipeline_execution(arn):
            stop_pipeline(cloud, arn)
        else:
            cloud.step_functions.stop_execution(executionArn=arn, cause=_CAUSE)
    deadline = time.monotonic() + _LONGEST_SECONDS
    while (left := [arn for arn in left if _is_running(cloud, arn)]) and time.monotonic() < deadline:
        time.sleep(cloud.poll_seconds)
    return left


def _is_running(cloud: Cloud, arn: str) -> bool:
    if is_pipeline_execution(arn):
        described = cloud.sagemaker.describe_pipeline_execution(PipelineExecutionArn=arn)
        return described["PipelineExecutionStatus"] in GOES_ON
    return cloud.step_functions.describe_execution(executionArn=arn)["status"] in OPEN


class BucketNotEmptiedError(RuntimeError):
    """Some objects of a bucket could not be deleted."""


@dataclass(frozen=True)
class BucketContent:
    """The size of a bucket's content.

    Attributes
    ----------
    versions
        Object versions and delete markers, which must be deleted before the bucket.
    bytes
        Their total size.
    """

    versions: int
    bytes: int


def measure_bucket(s3: S3Client, bucket: str) -> BucketContent:
    """Return the size of a bucket's content; zero if the bucket does not exist."""
    versions = size = 0
    for page in _pages(s3, bucket):
        versions += len(page.get("Versions", [])) + len(page.get("DeleteMarkers", []))
        size += sum(one.get("Size", 0) for one in page.get("Versions", []))
    return BucketContent(versions, size)


def empty_bucket(s3: S3Client, bucket: str, on_deleted: Callable[[int], None] = lambda _count: None) -> None:
    """Delete everything in a bucket, up to 1,000 versions at a time; a missing bucket counts as empty.

    If it is interrupted, a second call deletes the rest.

    Parameters
    ----------
    on_deleted
        Called after each page with the number of versions deleted so far.

    Raises
    ------
    BucketNotEmptiedError
        If S3 refuses to delete some objects; all others have been deleted.
    """
    deleted = 0
    refused: list[str] = []
    for page in _pages(s3, bucket):
        versions: list[ObjectIdentifierTypeDef] = [
            {"Key": one["Key"], "VersionId": one["VersionId"]}
            for one in (*page.get("Versions", []), *page.get("DeleteMarkers", []))
        ]
        if not versions:
            continue
        answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": versions, "Quiet": True})
        errors = answer.get("Errors", [])
        refused += [f"{one.get('Key')}: {one.get('Code')}: {one.get('Message')}" for one in errors]
        deleted += len(versions) - len(errors)
        on_deleted(deleted)
    if refused:
        raise BucketNotEmptiedError(f"{len(refused):,} objects of {bucket} were not deleted. First: {refused[0]}")


def _pages(s3: S3Client, bucket: str) -> Iterator[ListObjectVersionsOutputTypeDef]:
    try:
        yield from s3.get_paginator("list_object_versions").paginate(Bucket=bucket)
    except ClientError as error:
        if error.response["Error"].get("Code") != "NoSuchBucket":
            raise
