"""The list of the partitions that a job reads, kept on the function's disk until the run is planned."""

from __future__ import annotations

import hashlib
import tempfile
from typing import TYPE_CHECKING

from partitioned_pipelines.lake.runs.inputs import name_by_hash, partition_line

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

    from partitioned_pipelines.lake.s3_uri import S3Folder


class PartitionList:
    """The partitions of a table that a job reads, each with the run that wrote it.

    Attributes
    ----------
    partitions
        The number of partitions.
    """

    def __init__(self) -> None:
        self.partitions = 0
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - `close` closes it
        self._digest = hashlib.sha256()
        self._runs: set[str | None] = set()

    @property
    def runs(self) -> int:
        """The number of runs that wrote the partitions."""
        return len(self._runs - {None})

    def add(self, values: list[str], run_id: str | None) -> None:
        """Add a partition."""
        line = partition_line(values, run_id)
        self._file.write(line)
        self._digest.update(line)
        self._runs.add(run_id)
        self.partitions += 1

    def upload(self, s3: S3Client, folder: S3Folder) -> str:
        """Write the list to a folder, and return its URI."""
        key = f"{folder.prefix}{name_by_hash(self._digest.hexdigest(), 'jsonl')}"
        self._file.seek(0)
        s3.put_object(Bucket=folder.bucket, Key=key, Body=self._file, ContentType="application/x-ndjson")
        return f"s3://{folder.bucket}/{key}"

    def close(self) -> None:
        """Delete the list on the disk."""
        self._file.close()
