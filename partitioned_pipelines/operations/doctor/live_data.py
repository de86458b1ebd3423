"""Whether the locations of a table's partitions hold data: one listing for each run that is live."""

from __future__ import annotations

from typing import TYPE_CHECKING

from partitioned_pipelines.lake.ignored_objects import is_data
from partitioned_pipelines.lake.s3_uri import InvalidS3UriError, S3Folder
from partitioned_pipelines.operations.history.run_folders import measure_partitions

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from mypy_boto3_s3 import S3Client

    from partitioned_pipelines.operations.history.table_address import TableAddress


def dead_locations(s3: S3Client, table: TableAddress, locations: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield the locations that hold no data, each with what is wrong."""
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
            # Where no data lies in the folder itself there may be some below it, which engines read, too.
            if location not in alive and (problem := _problem(s3, location)):
                yield location, problem


def _problem(s3: S3Client, location: str) -> str | None:
    try:
        folder = S3Folder.parse(location)
    except InvalidS3UriError:
        return "its location is no folder in S3"
    try:
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket=folder.bucket, Prefix=folder.prefix):
            for item in page.get("Contents", []):
                if is_data(item["Key"][len(folder.prefix) :], item["Size"]):
                    return None
    except s3.exceptions.ClientError as error:
        return f"its location cannot be listed: {error.response.get('Error', {}).get('Code', 'no error code')}"
    return "there is no data at its location"
