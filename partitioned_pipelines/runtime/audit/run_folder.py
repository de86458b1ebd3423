"""Auditing what a run has written, again or for the first time: the paths, and a sample of the files or all of them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from partitioned_pipelines.lake.catalog_limits import check_catalog_takes
from partitioned_pipelines.lake.hive_path import InvalidPartitionPathError, parse_partition_path
from partitioned_pipelines.lake.ignored_objects import is_data
from partitioned_pipelines.runtime.audit.audit import AuditReport, audit_files
from partitioned_pipelines.runtime.audit.data_file import S3File
from partitioned_pipelines.runtime.audit.finding import Finding
from partitioned_pipelines.runtime.registration.discovery import SAMPLED_FILES
from partitioned_pipelines.runtime.registration.spread_sample import SpreadSample

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from mypy_boto3_s3 import S3Client

    from partitioned_pipelines.lake.key_value import PartitionKey
    from partitioned_pipelines.lake.s3_uri import S3Folder
    from partitioned_pipelines.lake.table_content import TableContent

_MAX_BAD_PATHS = 20


def audit_run(
    s3: S3Client, root: S3Folder, table: TableContent, keys: Sequence[PartitionKey], *, full: bool = True
) -> AuditReport:
    """Audit a folder of the lake that holds ``key=value/…``.

    Parameters
    ----------
    full
        Whether all of each file is read, as a stream; otherwise the first and last KiBs of a sample, as before a registration.

    Returns
    -------
    AuditReport
        Objects whose path is no partition's are findings, too, and are not read.
    """
    bad: list[Finding] = []
    bad_count = 0

    def refuse(file: S3File, problem: str) -> None:
        nonlocal bad_count
        bad_count += 1
        if len(bad) < _MAX_BAD_PATHS:
            bad.append(Finding(file.name, "", problem))

    files: Iterable[S3File] = _good_files(s3, root, keys, refuse)
    if not full:
        sample: SpreadSample[S3File] = SpreadSample(SAMPLED_FILES)
        for file in files:
            sample.offer(file)
        files = sample.items
    report = audit_files(files, table, full=full)
    return replace(
        report,
        files=report.files + bad_count,
        files_with_findings=report.files_with_findings + bad_count,
        findings=(*bad, *report.findings),
        count=report.count + bad_count,
    )


def _good_files(
    s3: S3Client, root: S3Folder, keys: Sequence[PartitionKey], refuse: Callable[[S3File, str], None]
) -> Iterator[S3File]:
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=root.bucket, Prefix=root.prefix):
        for item in page.get("Contents", []):
            relative = item["Key"][len(root.prefix) :]
            if not is_data(relative, item["Size"]):
                continue
            file = S3File(s3, root.bucket, item["Key"], item["Size"])
            try:
                check_catalog_takes(parse_partition_path(relative[: relative.rfind("/") + 1], keys), keys)
            except InvalidPartitionPathError as error:
                refuse(file, str(error))
            else:
                yield file
