"""The folders of runs: their content, and whether the locations of partitions contain data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from partitioned_pipelines.lake.partitions.ignored_objects import is_data
from partitioned_pipelines.lake.s3_uri import InvalidS3UriError, S3Folder

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from mypy_boto3_s3 import S3Client

    from partitioned_pipelines.runtime.history.table_address import TableAddress


@dataclass(slots=True)
class FolderContent:
    """The number, the size and the newest time of all objects in a folder, including those that are not data."""

    objects: int = 0
    bytes: int = 0
    newest: datetime | None = None


@dataclass(slots=True)
class FolderData:
    """The number and the size of the data objects in a folder."""

    objects: int = 0
    bytes: int = 0


def list_run_ids(s3: S3Client, table: TableAddress) -> set[str]:
    """Return the ids of the runs that have a folder, without listing its content; empty for a table in place."""
    if table.in_place:
        return set()
    start = len(table.data.prefix)
    return {folder.prefix[start:].removesuffix("/") for folder in list_folders(s3, table.data)} - {""}


def list_folders(s3: S3Client, folder: S3Folder) -> list[S3Folder]:
    """Return the direct subfolders of a folder."""
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=folder.bucket, Prefix=folder.prefix, Delimiter="/")
    return [S3Folder(folder.bucket, common["Prefix"]) for page in pages for common in page.get("CommonPrefixes", [])]


def measure_folder(s3: S3Client, folder: S3Folder) -> FolderContent:
    """Measure all objects below a folder, page by page."""
    content = FolderContent()
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=folder.bucket, Prefix=folder.prefix):
        for item in page.get("Contents", []):
            content.objects += 1
            content.bytes += item["Size"]
            if content.newest is None or item["LastModified"] > content.newest:
                content.newest = item["LastModified"]
    return content


def measure_partitions(s3: S3Client, root: S3Folder) -> dict[str, FolderData]:
    """Measure the data below a root by the location, ``s3://…/``, of its folder."""
    found: dict[str, FolderData] = {}
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=root.bucket, Prefix=root.prefix):
        for item in page.get("Contents", []):
            relative_key = item["Key"][len(root.prefix) :]
            if not is_data(relative_key, item["Size"]):
                continue
            data = found.setdefault(f"{root.uri}{relative_key[: relative_key.rfind('/') + 1]}", FolderData())
            data.objects += 1
            data.bytes += item["Size"]
    return found


def dead_locations(s3: S3Client, table: TableAddress, locations: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield each location without data, with its problem."""
    by_folder: dict[S3Folder | None, list[str]] = {}
    for location in locations:
        run_id = table.run_of(location)
        if run_id:
            folder: S3Folder | None = table.run_folder(run_id)
        else:
            folder = table.data if table.in_place and location.startswith(table.data.uri) else None
        by_folder.setdefault(folder, []).append(location)
    for folder, below in by_folder.items():
        alive = measure_partitions(s3, folder) if folder else {}
        for location in below:
            # A folder without data of its own may have data in subfolders, which engines read too.
            if location not in alive and (problem := _problem(s3, location)):
                yield location, problem


def _problem(s3: S3Client, location: str) -> str | None:
    try:
        folder = S3Folder.parse(location)
    except InvalidS3UriError:
        return "its location is not a folder in S3"
    try:
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket=folder.bucket, Prefix=folder.prefix):
            for item in page.get("Contents", []):
                if is_data(item["Key"][len(folder.prefix) :], item["Size"]):
                    return None
    except s3.exceptions.ClientError as error:
        return f"its location cannot be listed: {error.response.get('Error', {}).get('Code', 'no error code')}"
    return "its location contains no data"
