"""Uploads of files of this machine to where the inputs' URIs point."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from partitioned_pipelines.cli.errors import CommandError, ExitCode
from partitioned_pipelines.cli.runs.input_options import find_uri_inputs
from partitioned_pipelines.cli.target.local_endpoint import LOCAL_REGION
from partitioned_pipelines.cli.terminal.output import note
from partitioned_pipelines.lake.s3_uri import split_s3_uri

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from mypy_boto3_s3.literals import BucketLocationConstraintType

    from partitioned_pipelines.cli.runs.input_options import GivenInput
    from partitioned_pipelines.cli.steps.local_plan import LocalPlan
    from partitioned_pipelines.cli.target.target import Cloud


@dataclass(frozen=True)
class Upload:
    """A file, and the object that it becomes."""

    path: Path
    bucket: str
    key: str


def plan_uploads(plan: LocalPlan, inputs: Sequence[GivenInput]) -> list[Upload]:
    """Decide which file becomes which object.

    A folder's files keep their paths below the URI, a single file its name where the URI ends in ``/``; elsewhere the URI is
    the object.

    Raises
    ------
    CommandError
        If an input is not one that can be uploaded, or two files would become one object.
    """
    uploads: dict[tuple[str, str], Upload] = {}
    for given in inputs:
        entry = find_uri_inputs(plan.pipeline, given)[0]
        bucket, key = split_s3_uri(plan.resolve(entry.uri, str(entry)))
        one_object = given.path.is_file() and not key.endswith("/")
        folder = key if not key or key.endswith("/") else f"{key}/"
        for path, name in given.files():
            upload = Upload(path, bucket, key if one_object else folder + name)
            if other := uploads.get((upload.bucket, upload.key)):
                raise CommandError(f"--input: {other.path} and {path} would both become s3://{bucket}/{upload.key}")
            uploads[upload.bucket, upload.key] = upload
    return list(uploads.values())


def upload_all(cloud: Cloud, uploads: Sequence[Upload], lake_bucket: str) -> None:
    """Upload the files, after printing where to, and print what lies beside them.

    Parameters
    ----------
    lake_bucket
        The project's own bucket. On AWS any other is somebody else's: it has to exist, and none of its objects is replaced.

    Raises
    ------
    CommandError
        If a bucket does not exist, an object of another's would be replaced, or an upload fails.
    """
    for bucket in sorted({upload.bucket for upload in uploads}):
        _make_sure_of(cloud, bucket)
    if not cloud.is_local:
        for upload in uploads:
            if upload.bucket != lake_bucket:
                _refuse_to_replace(cloud, upload)
    by_folder: dict[tuple[str, str], list[Upload]] = {}
    for upload in uploads:
        by_folder.setdefault((upload.bucket, _folder(upload.key)), []).append(upload)
    for (bucket, folder), here in sorted(by_folder.items()):
        what = str(here[0].path) if len(here) == 1 else f"{len(here)} files"
        note(f"uploading {what} to s3://{bucket}/{here[0].key if len(here) == 1 else folder}")
    for upload in uploads:
        _upload(cloud, upload)
    for bucket, folder in sorted(by_folder):
        _tell_of_others(cloud, bucket, folder, {upload.key for upload in uploads})


def _refuse_to_replace(cloud: Cloud, upload: Upload) -> None:
    """Raise if the object exists already: a bucket that is not the project's may keep no earlier version of it."""
    try:
        cloud.s3.head_object(Bucket=upload.bucket, Key=upload.key)
    except ClientError as error:
        if error.response["Error"]["Code"] in {"404", "NoSuchKey"}:
            return
        raise
    target = f"s3://{upload.bucket}/{upload.key}"
    raise CommandError(
        f"--input: {target} exists already, in a bucket that is not the data lake's; nothing was uploaded",
        f"to replace it: aws s3 cp {upload.path} {target}; to read it as it is: leave --input out",
    )


def _upload(cloud: Cloud, upload: Upload) -> None:
    from boto3.exceptions import S3UploadFailedError  # loaded by now; see partitioned_pipelines.cli.target.target

    try:
        cloud.s3.upload_file(str(upload.path), upload.bucket, upload.key)
    except (S3UploadFailedError, OSError) as error:
        raise CommandError(f"--input: {upload.path} was not uploaded: {error}", exit_code=ExitCode.NO_CLOUD) from error


def _folder(key: str) -> str:
    return key[: key.rfind("/") + 1]


def _tell_of_others(cloud: Cloud, bucket: str, prefix: str, uploaded: set[str]) -> None:
    """Name what an earlier upload left under another name: the step reads it, too."""
    found = cloud.s3.list_objects_v2(Bucket=bucket, Prefix=prefix, MaxKeys=len(uploaded) + 5)
    others = [item["Key"] for item in found.get("Contents", []) if item["Key"] not in uploaded]
    if others:
        note(f"there is more under s3://{bucket}/{prefix}, such as {others[0].removeprefix(prefix)}", style="yellow")


def _make_sure_of(cloud: Cloud, bucket: str) -> None:
    """Create a missing bucket on the local cloud, where nobody else does; on AWS it is its owner's to create."""
    try:
        cloud.s3.head_bucket(Bucket=bucket)
    except ClientError as error:
        if error.response["Error"]["Code"] not in {"404", "NoSuchBucket"}:
            raise
        if not cloud.is_local:
            raise CommandError(f"--input: the bucket {bucket} does not exist", exit_code=ExitCode.NO_CLOUD) from error
        # us-east-1 is the one region that must not be named; the local cloud is never there.
        region: BucketLocationConstraintType = LOCAL_REGION
        cloud.s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": region})
        note(f"created the bucket {bucket}, which is no part of the stacks")
