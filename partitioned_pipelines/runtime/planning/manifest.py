"""Manifests: the lists of a table's current files that a processing job reads.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_S3DataSource.html
"""

from __future__ import annotations

import json
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from partitioned_pipelines.lake.intervals.clock import Clock
from partitioned_pipelines.lake.intervals.interval import iso_text
from partitioned_pipelines.lake.intervals.window import Window
from partitioned_pipelines.lake.key_layout import data_prefix, run_of_location
from partitioned_pipelines.lake.partitions.extent import PartitionTimes
from partitioned_pipelines.lake.partitions.ignored_objects import is_data
from partitioned_pipelines.lake.partitions.key_value import PartitionKey
from partitioned_pipelines.lake.partitions.range import range_expression
from partitioned_pipelines.lake.s3_uri import S3Folder, split_s3_uri
from partitioned_pipelines.runtime.batches import batches_of, map_at_once

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import IO

    from mypy_boto3_glue import GlueClient
    from mypy_boto3_s3 import S3Client

    from partitioned_pipelines.lake.function_events.payloads import TableInputSpec
    from partitioned_pipelines.lake.intervals.interval import Interval
    from partitioned_pipelines.runtime.planning.partition_list import PartitionList

_THREADS = 10
_LISTED_AT_ONCE = 100
# A manifest is first written to the Lambda's disk, and then uploaded with one call: this number stays far below the limits of both.
MOST_FILES = 1_000_000


class ManifestError(RuntimeError):
    """A table's files cannot be passed to a job."""


@dataclass(frozen=True, slots=True)
class TableFiles:
    """A table read by a step.

    Attributes
    ----------
    keys
        The partition keys.
    location
        The parent folder of all partitions, and the only folder that the job may read.
    window
        The partitions that are read; None if all are.
    timezone
        The timezone of the keys; None if it is that of the run.
    """

    database_name: str
    table_name: str
    keys: tuple[PartitionKey, ...]
    location: S3Folder
    window: Window | None
    timezone: str | None = None

    @classmethod
    def from_payload(cls, table: TableInputSpec, location: str) -> TableFiles:
        """Parse an entry of a step's ``table_inputs``."""
        return cls(
            database_name=table["database_name"],
            table_name=table["table_name"],
            keys=tuple(
                PartitionKey(key["name"], key["type"], key.get("date_format")) for key in table["partition_keys"]
            ),
            location=S3Folder.parse(location),
            window=Window.from_payload(table["partitions"]),
            timezone=table.get("timezone"),
        )

    @property
    def full_name(self) -> str:
        """``database.table``."""
        return f"{self.database_name}.{self.table_name}"

    def described(self, interval: Interval) -> str:
        """Return which partitions a run about an interval reads."""
        if self.window is None:
            return "partitions"
        if self.window == Window():
            return "partitions of the run's interval"
        start, end = (iso_text(interval.clock.local(instant)) for instant in self.window.of(interval))
        return f"partitions from {start} to {end}, {self.window},"

    def run_of(self, folder: S3Folder, stamp: Mapping[str, str]) -> str | None:
        """Return the run whose files a partition shows: by its location if the table is versioned, in place by its stamp."""
        if self.location.prefix == data_prefix(self.database_name, self.table_name, "versioned"):
            return run_of_location(folder.uri, self.location.uri)
        return stamp.get("run_id")


def write_manifest(
    s3: S3Client,
    glue: GlueClient,
    table: TableFiles,
    interval: Interval,
    uri: str,
    read: PartitionList,
    *,
    most_files: int = MOST_FILES,
) -> int:
    """Write a table's manifest to a URI, and return the number of files in it; without files, nothing is written.

    Partitions are read page by page, and their files are written to a temporary file: memory does not grow with the table.

    Parameters
    ----------
    read
        Gets the partitions whose files are in the manifest.

    Raises
    ------
    ManifestError
        If a partition lies outside its table's location, or there are too many files for a job.
    """
    files = 0
    with ThreadPoolExecutor(_THREADS) as pool, tempfile.TemporaryFile() as manifest:
        manifest.write(json.dumps([{"prefix": table.location.uri}])[:-1].encode())
        for folders in _folders(glue, table, interval, read):
            for batch in batches_of(_LISTED_AT_ONCE, folders):
                for keys in map_at_once(pool, partial(_list_files, s3), batch):
                    files += len(keys)
                    if files > most_files:
                        raise ManifestError(
                            f"{table.full_name} has more than {most_files} files in the partitions that are read: read fewer partitions "
                            "(partitions: interval, or a shorter window), or write fewer and larger files"
                        )
                    _append(manifest, table, keys)
        manifest.write(b"]\n")
        if files:
            manifest.seek(0)
            bucket, key = split_s3_uri(uri)
            s3.put_object(Bucket=bucket, Key=key, Body=manifest, ContentType="application/json")
    return files


def _folders(glue: GlueClient, table: TableFiles, interval: Interval, read: PartitionList) -> Iterator[list[S3Folder]]:
    """Yield the partitions' locations, page by page, and list the partitions."""
    clock = Clock(table.timezone or interval.timezone)
    times = PartitionTimes([(key.type, key.date_format) for key in table.keys], clock)
    span = table.window.of(interval) if table.window else None
    expression = range_expression(table.keys[0], clock, span) if span else None
    pages = glue.get_paginator("get_partitions").paginate(
        DatabaseName=table.database_name,
        TableName=table.table_name,
        ExcludeColumnSchema=True,
        **({"Expression": expression} if expression else {}),  # type: ignore[arg-type]  # a string
    )
    for page in pages:
        folders = []
        for partition in page["Partitions"]:
            if span and not times.meets(partition["Values"], span):
                continue
            folder = S3Folder.parse(partition["StorageDescriptor"]["Location"])
            if not table.location.contains(folder):
                values = "/".join(partition["Values"])
                raise ManifestError(
                    f"the partition {values} of {table.full_name} is in {folder.uri}, and the job may read only "
                    f"{table.location.uri}: register it below the table's location"
                )
            folders.append(folder)
            read.add(partition["Values"], table.run_of(folder, partition.get("Parameters", {})))
        yield folders


def _list_files(s3: S3Client, folder: S3Folder) -> list[str]:
    return [
        item["Key"]
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket=folder.bucket, Prefix=folder.prefix)
        for item in page.get("Contents", [])
        if is_data(item["Key"].removeprefix(folder.prefix), item["Size"])
    ]


def _append(manifest: IO[bytes], table: TableFiles, keys: list[str]) -> None:
    for key in keys:
        manifest.write(f",\n{json.dumps(key.removeprefix(table.location.prefix), ensure_ascii=False)}".encode())
