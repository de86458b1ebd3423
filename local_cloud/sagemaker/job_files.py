"""A job's files between S3 and the folder of one of its hosts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from local_cloud.object_store import split_uri, write_object
from local_cloud.sagemaker.input_objects import DownloadError, input_objects, shard

if TYPE_CHECKING:
    from pathlib import Path


def download_input(entry: dict[str, Any], opt_ml: Path, host_index: int = 0, host_count: int = 1) -> None:
    """Bring what a host gets of an input to its local path.

    Raises
    ------
    DownloadError
        Where the input is not there.
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
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(item.read())


def upload_output(output: dict[str, Any], opt_ml: Path, kms_key_id: str | None = None) -> None:
    """Put every file below an output's local path to its URI, under its own name, byte for byte, encrypted as the job says."""
    place = local_folder(opt_ml, output["S3Output"]["LocalPath"])
    for path in sorted(place.rglob("*")):
        if path.is_file():
            upload_file(output, place, path, kms_key_id)


def upload_file(output: dict[str, Any], place: Path, path: Path, kms_key_id: str | None = None) -> None:
    """Put one file of an output."""
    bucket, prefix = split_uri(output["S3Output"]["S3Uri"])
    root = prefix if prefix.endswith("/") or not prefix else f"{prefix}/"
    write_object(bucket, f"{root}{path.relative_to(place).as_posix()}", path.read_bytes(), kms_key_id)


def local_folder(opt_ml: Path, local_path: str) -> Path:
    """Give this machine's folder of a path below ``/opt/ml/``."""
    return opt_ml / local_path.removeprefix("/opt/ml/")
