"""``--input NAME=FILE``: the given files, the step inputs they are for, and their upload to the inputs' URIs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from partitioned_pipelines.cli.errors import CommandError, ExitCode
from partitioned_pipelines.cli.target.local_endpoint import LOCAL_REGION
from partitioned_pipelines.cli.terminal.output import note
from partitioned_pipelines.lake.s3_uri import split_s3_uri
from partitioned_pipelines.spec.files.problems import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mypy_boto3_s3.literals import BucketLocationConstraintType

    from partitioned_pipelines.cli.steps.local_plan import LocalPlan
    from partitioned_pipelines.cli.target.target import Cloud
    from partitioned_pipelines.spec.model.pipeline import Pipeline, Step


@dataclass(frozen=True)
class GivenInput:
    """A local file or folder for an input of a step.

    Attributes
    ----------
    name
        The name as given: ``NAME`` or ``STEP.NAME``.
    path
        The file or folder, which exists.
    """

    name: str
    path: Path

    @classmethod
    def parse(cls, text: str) -> GivenInput:
        """Return the input of ``NAME=FILE``. Raises CommandError if the format is wrong or the file does not exist."""
        name, equals, path = text.partition("=")
        if not (name and equals and path):
            raise CommandError(f"--input {text!r} is not NAME=FILE", "for example: --input raw=data/raw.csv")
        found = Path(path).expanduser()
        if not found.exists():
            raise CommandError(f"--input {text}: {found} does not exist")
        if found.is_dir() and not any(file.is_file() for file in found.rglob("*")):
            raise CommandError(f"--input {text}: no file in {found}")
        _refuse_special_files(text, found)
        return cls(name, found)

    def files(self) -> list[tuple[Path, str]]:
        """Return the input's files, each with its relative path; a single file with its name."""
        if self.path.is_file():
            return [(self.path, self.path.name)]
        files = sorted(path for path in self.path.rglob("*") if path.is_file())
        return [(path, path.relative_to(self.path).as_posix()) for path in files]


def _refuse_special_files(text: str, path: Path) -> None:
    """Raise CommandError for what cannot be read to an end, such as a FIFO, or does not exist, such as a link's target."""
    for found in (path, *path.rglob("*")) if path.is_dir() else (path,):
        if found.is_file() or found.is_dir():
            continue
        kind = next((words for is_it, words in _SPECIAL if is_it(found)), "neither a file nor a folder")
        raise CommandError(f"--input {text}: {found} is {kind}", "pass a file, or a folder of files")


_SPECIAL = (
    (Path.is_fifo, "a FIFO"),
    (Path.is_char_device, "a device"),
    (Path.is_block_device, "a device"),
    (Path.is_socket, "a socket"),
    (Path.is_symlink, "a link to nothing"),
)


@dataclass(frozen=True)
class UriInput:
    """An input that is read from S3: its step, its name, and its URI in the pipeline file."""

    step: str
    name: str
    uri: str

    def __str__(self) -> str:
        return f"input {self.name!r} of step {self.step!r}"


def find_uri_inputs(pipeline: Pipeline, given: GivenInput) -> list[UriInput]:
    """Return the inputs that a file is for: one, or several that read the same URI.

    Raises
    ------
    CommandError
        If no input has that name, if it is another step's output, or if inputs with different URIs have that name.
    """
    step_name, dot, input_name = given.name.rpartition(".")
    if dot and step_name not in [step.name for step in pipeline.steps]:
        raise CommandError(
            f"--input {given.name}: {pipeline.name} has no step {step_name!r}",
            did_you_mean(step_name, [step.name for step in pipeline.steps]),
        )
    steps = [step for step in pipeline.steps if not dot or step.name == step_name]
    having = [step for step in steps if input_name in step.inputs]
    if not having:
        raise CommandError(
            f"--input {given.name}: {pipeline.name} has no input {input_name!r}",
            did_you_mean(given.name, _names(pipeline.steps, qualified=bool(dot))),
        )
    found = [UriInput(step.name, input_name, uri) for step in having if (uri := step.uri_inputs.get(input_name))]
    if not found:
        raise CommandError(
            f"--input {given.name}: it is another step's output or a table, which the run provides itself",
            f"to run {having[0].name!r} alone on a file: pipelines step {pipeline.name} {having[0].name}",
        )
    if len({entry.uri for entry in found}) > 1:
        choices = " or ".join(f"{entry.step}.{entry.name}={given.path}" for entry in found)
        raise CommandError(f"--input {given.name}: several steps have such an input", f"choose one: {choices}")
    return found


def _names(steps: Iterable[Step], *, qualified: bool) -> list[str]:
    names = [f"{step.name}.{name}" if qualified else name for step in steps for name in step.uri_inputs]
    return list(dict.fromkeys(names))


@dataclass(frozen=True)
class Upload:
    """A local file and the S3 object to upload it to."""

    path: Path
    bucket: str
    key: str


def plan_uploads(plan: LocalPlan, inputs: Sequence[GivenInput]) -> list[Upload]:
    """Return the uploads of the given inputs.

    The files of a folder keep their relative paths below the URI. A single file keeps its name if the URI ends in ``/``; otherwise the
    URI is the object.

    Raises
    ------
    CommandError
        If an input cannot be uploaded, or if two files would become the same object.
    """
    uploads: dict[tuple[str, str], Upload] = {}
    for given in inputs:
        entry = find_uri_inputs(plan.pipeline, given)[0]
        bucket, key = split_s3_uri(plan.resolve_input(entry.uri, str(entry)))
        one_object = given.path.is_file() and not key.endswith("/")
        folder = key if not key or key.endswith("/") else f"{key}/"
        for path, name in given.files():
            upload = Upload(path, bucket, key if one_object else folder + name)
            if other := uploads.get((upload.bucket, upload.key)):
                raise CommandError(f"--input: {other.path} and {path} would both become s3://{bucket}/{upload.key}")
            uploads[upload.bucket, upload.key] = upload
    return list(uploads.values())


def upload_all(cloud: Cloud, uploads: Sequence[Upload], lake_bucket: str) -> None:
    """Upload the files: print their destination first, and any other objects there afterwards.

    Parameters
    ----------
    lake_bucket
        The project's own bucket. On AWS, any other bucket belongs to someone else: it must exist, and none of its objects is replaced.

    Raises
    ------
    CommandError
        If a bucket does not exist, if an object in a foreign bucket would be replaced, or if an upload fails.
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
    """Raise CommandError if the object exists: a foreign bucket may not keep an earlier version of it."""
    try:
        cloud.s3.head_object(Bucket=upload.bucket, Key=upload.key)
    except ClientError as error:
        if error.response["Error"]["Code"] in {"404", "NoSuchKey"}:
            return
        raise
    target = f"s3://{upload.bucket}/{upload.key}"
    raise CommandError(
        f"--input: {target} exists already, in a bucket that is not the data lake's; nothing was uploaded",
        f"to replace it: aws s3 cp {upload.path} {target}; to read the existing object, omit --input",
    )


def _upload(cloud: Cloud, upload: Upload) -> None:
    from boto3.exceptions import S3UploadFailedError  # imported by now; see partitioned_pipelines.cli.target.target

    try:
        cloud.s3.upload_file(str(upload.path), upload.bucket, upload.key)
    except (S3UploadFailedError, OSError) as error:
        raise CommandError(f"--input: {upload.path} was not uploaded: {error}", exit_code=ExitCode.NO_CLOUD) from error


def _folder(key: str) -> str:
    return key[: key.rfind("/") + 1]


def _tell_of_others(cloud: Cloud, bucket: str, prefix: str, uploaded: set[str]) -> None:
    """Print a note about other objects in the folder, such as earlier uploads under another name: the step reads them, too."""
    found = cloud.s3.list_objects_v2(Bucket=bucket, Prefix=prefix, MaxKeys=len(uploaded) + 5)
    others = [item["Key"] for item in found.get("Contents", []) if item["Key"] not in uploaded]
    if others:
        note(
            f"other objects exist under s3://{bucket}/{prefix}, such as {others[0].removeprefix(prefix)}",
            style="yellow",
        )


def _make_sure_of(cloud: Cloud, bucket: str) -> None:
    """Create a missing bucket on the local cloud; on AWS, its owner creates it, so raise CommandError."""
    try:
        cloud.s3.head_bucket(Bucket=bucket)
    except ClientError as error:
        if error.response["Error"]["Code"] not in {"404", "NoSuchBucket"}:
            raise
        if not cloud.is_local:
            raise CommandError(f"--input: the bucket {bucket} does not exist", exit_code=ExitCode.NO_CLOUD) from error
        # us-east-1 is the only region that must not be named; the local cloud never uses it.
        region: BucketLocationConstraintType = LOCAL_REGION
        cloud.s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": region})
        note(f"created the bucket {bucket}, which does not belong to the stacks")
