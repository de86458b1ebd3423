"""The downloads and uploads of a job's hosts."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

from local_cloud.container import UnreadableOutputError, written_files
from local_cloud.object_store import split_uri, write_object
from local_cloud.s3.object_files import read_content
from local_cloud.sagemaker.input_objects import DownloadError, input_objects, shard

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from local_cloud.container import WrittenFile

_LONGEST_KEY_BYTES = 1024  # https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html


def download_input(entry: dict[str, Any], opt_ml: Path, host_index: int = 0, host_count: int = 1) -> None:
    """Download a host's share of an input.

    Raises
    ------
    DownloadError
        If the input does not exist, or its keys cannot be paths of files.
    """
    source = entry["S3Input"]
    place = local_folder(opt_ml, source["LocalPath"])
    place.mkdir(parents=True, exist_ok=True)
    objects = input_objects(entry)
    if source.get("S3DataDistributionType") == "ShardedByS3Key":
        objects = shard(objects, host_index, host_count)
    for relative, item in objects:
        target = place / relative
        if ".." in relative.split("/") or not target.is_relative_to(place):
            raise DownloadError(f"ClientError: Data download failed: {item.key!r} leads out of {source['LocalPath']}")
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            with item.open() as content, target.open("wb") as file:
                shutil.copyfileobj(content, file)
        except OSError as error:  # such as for the objects `a` and `a/b`, or a part of more than 255 bytes
            raise DownloadError(
                f"ClientError: Data download failed: {item.key!r} cannot be a file in {source['LocalPath']}: {error.strerror}"
            ) from error


def check_output(output: dict[str, Any], opt_ml: Path) -> None:
    """Check all files of an output before the upload.

    Raises
    ------
    UnreadableOutputError
        If there is an entry that is not a file, or whose key S3 would reject.
    """
    for file in output_files(output, opt_ml):
        _key_of(output, file)


def upload_output(output: dict[str, Any], opt_ml: Path, kms_key_id: str | None = None) -> None:
    """Upload all files of an output, encrypted by the job's key."""
    for file in output_files(output, opt_ml):
        upload_file(output, file, kms_key_id)


def output_files(output: dict[str, Any], opt_ml: Path) -> Iterator[WrittenFile]:
    """Yield the files of an output. Raises UnreadableOutputError if there is anything else."""
    return written_files(opt_ml, output["S3Output"]["LocalPath"].removeprefix("/opt/ml/").rstrip("/"))


def upload_file(output: dict[str, Any], file: WrittenFile, kms_key_id: str | None = None) -> None:
    """Upload a file of an output."""
    bucket, _ = split_uri(output["S3Output"]["S3Uri"])
    with file.open() as content:
        write_object(bucket, _key_of(output, file), read_content(content), kms_key_id)


def _key_of(output: dict[str, Any], file: WrittenFile) -> str:
    _, prefix = split_uri(output["S3Output"]["S3Uri"])
    key = f"{prefix if prefix.endswith('/') or not prefix else f'{prefix}/'}{file.name}"
    if (size := len(key.encode())) > _LONGEST_KEY_BYTES:
        raise UnreadableOutputError(
            f"{file.name[:80]}… has a key of {size} bytes, above S3's limit of {_LONGEST_KEY_BYTES}: write to a shorter path"
        )
    return key


def local_folder(opt_ml: Path, local_path: str) -> Path:
    """Return the folder on this machine for a path below ``/opt/ml/``."""
    return opt_ml / local_path.removeprefix("/opt/ml/")
