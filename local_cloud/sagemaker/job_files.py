"""A job's files between S3 and its folder."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from local_cloud.object_store import list_objects, split_uri, write_object

if TYPE_CHECKING:
    from pathlib import Path


class DownloadError(Exception):
    """An input that is not there."""


def download_input(entry: dict[str, Any], opt_ml: Path) -> None:
    """Bring an input of type S3Prefix to its local path.

    A key that is the prefix itself keeps its last part as the file's name; below a folder, the rest of the key is the file's path.

    Raises
    ------
    DownloadError
        Where no object begins with the prefix.
    """
    source = entry["S3Input"]
    bucket, prefix = split_uri(source["S3Uri"])
    place = opt_ml / source["LocalPath"].removeprefix("/opt/ml/")
    place.mkdir(parents=True, exist_ok=True)
    folder = prefix if prefix.endswith("/") or not prefix else f"{prefix}/"
    found = [item for item in list_objects(bucket, prefix) if item.key == prefix or item.key.startswith(folder)]
    if not found:
        raise DownloadError(
            f"ClientError: Data download failed: No S3 objects found under S3 URL {source['S3Uri']!r} given in input "
            f"{entry['InputName']!r}"
        )
    for item in found:
        relative = item.key.rpartition("/")[2] if item.key == prefix else item.key.removeprefix(folder)
        if not relative or relative.endswith("/"):
            continue  # the empty object by which consoles show a folder
        target = place / relative
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(item.read())


def upload_output(output: dict[str, Any], opt_ml: Path) -> None:
    """Put every file below an output's local path to its URI, under its own name, byte for byte."""
    target = output["S3Output"]
    bucket, prefix = split_uri(target["S3Uri"])
    place = opt_ml / target["LocalPath"].removeprefix("/opt/ml/")
    root = prefix if prefix.endswith("/") or not prefix else f"{prefix}/"
    for path in sorted(place.rglob("*")):
        if path.is_file():
            write_object(bucket, f"{root}{path.relative_to(place).as_posix()}", path.read_bytes())
