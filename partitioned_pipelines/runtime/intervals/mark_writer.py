"""Writes interval marks, by which a listing of keys shows what became of each interval."""

from __future__ import annotations

from typing import TYPE_CHECKING

from partitioned_pipelines.lake.key_layout import interval_mark_key

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

    from partitioned_pipelines.lake.runs.interval_mark import IntervalMark


def write_mark(s3: S3Client, bucket: str, database_name: str, table_name: str, mark: IntervalMark) -> None:
    """Write a run's mark for a table. The key contains everything; repeating the call changes nothing."""
    s3.put_object(Bucket=bucket, Key=interval_mark_key(database_name, table_name, mark.name), Body=b"")
