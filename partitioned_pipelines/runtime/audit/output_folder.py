"""The audit of a folder of ``key=value/…``, on this machine or in the lake: its paths, and a sample of its files or all of them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from partitioned_pipelines.lake.partitions.catalog_rules import check_catalog_takes
from partitioned_pipelines.lake.partitions.hive_path import InvalidPartitionPathError, parse_partition_path
from partitioned_pipelines.lake.partitions.ignored_objects import is_data
from partitioned_pipelines.runtime.audit.audit import AuditReport, audit_files
from partitioned_pipelines.runtime.audit.data_file import LocalFile, S3File
from partitioned_pipelines.runtime.audit.finding import Finding
from partitioned_pipelines.runtime.audit.sample import SAMPLED_FILES, SpreadSample

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from mypy_boto3_s3 import S3Client

    from partitioned_pipelines.lake.partitions.key_value import PartitionKey
    from partitioned_pipelines.lake.s3_uri import S3Folder
    from partitioned_pipelines.lake.tables.content import TableContent
    from partitioned_pipelines.runtime.audit.data_file import DataFile

File = TypeVar("File", S3File, LocalFile)

_MAX_BAD_PATHS = 20


def audit_local(
    directory: Path, table: TableContent, keys: Sequence[PartitionKey], *, full: bool = True
) -> AuditReport:
    """Audit a folder on this machine, such as a script's output.

    Parameters
    ----------
    full
        Read each file completely; otherwise, read only its first and last KiBs.

    Returns
    -------
    AuditReport
        Includes a finding for each file whose path does not match the partition keys; these files are not read.
    """
    paths = _Paths(keys)
    return paths.add_to(audit_files(paths.good(_local_files(directory)), table, full=full))


def audit_run(
    s3: S3Client, root: S3Folder, table: TableContent, keys: Sequence[PartitionKey], *, full: bool = True
) -> AuditReport:
    """Audit a folder of the lake that contains a run's output, already registered or not.

    Parameters
    ----------
    full
        Read each file completely, as a stream; otherwise, read the first and last KiBs of a sample, as registration does.

    Returns
    -------
    AuditReport
        Includes a finding for each object whose path does not match the partition keys; these objects are not read.
    """
    paths = _Paths(keys)
    files: Iterable[DataFile] = paths.good(_objects(s3, root))
    if not full:
        sample: SpreadSample[DataFile] = SpreadSample(SAMPLED_FILES)
        for file in files:
            sample.offer(file)
        files = sample.items
    return paths.add_to(audit_files(files, table, full=full))


class _Paths:
    """The check of files' paths, which collects paths that do not match the table's partition keys."""

    def __init__(self, keys: Sequence[PartitionKey]) -> None:
        self._keys = keys
        self._bad: list[Finding] = []
        self._bad_count = 0

    def good(self, files: Iterable[tuple[str, File]]) -> Iterator[File]:
        """Yield the files whose paths, relative to the folder, match the partition keys."""
        for relative, file in files:
            try:
                check_catalog_takes(parse_partition_path(relative[: relative.rfind("/") + 1], self._keys), self._keys)
            except InvalidPartitionPathError as error:
                self._bad_count += 1
                if len(self._bad) < _MAX_BAD_PATHS:
                    self._bad.append(Finding(file.name, "", str(error)))
            else:
                yield file

    def add_to(self, report: AuditReport) -> AuditReport:
        """Add the bad paths to the findings of the files."""
        return replace(
            report,
            files=report.files + self._bad_count,
            files_with_findings=report.files_with_findings + self._bad_count,
            findings=(*self._bad, *report.findings),
            count=report.count + self._bad_count,
        )


def _local_files(directory: Path) -> Iterator[tuple[str, LocalFile]]:
    for path in sorted(directory.rglob("*")):
        relative = path.relative_to(directory).as_posix()
        if path.is_file() and is_data(relative, size := path.stat().st_size):
            yield relative, LocalFile(path, size)


def _objects(s3: S3Client, root: S3Folder) -> Iterator[tuple[str, S3File]]:
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=root.bucket, Prefix=root.prefix):
        for item in page.get("Contents", []):
            relative = item["Key"][len(root.prefix) :]
            if is_data(relative, item["Size"]):
                yield relative, S3File(s3, root.bucket, item["Key"], item["Size"])
