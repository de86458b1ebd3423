"""Auditing many files at once: a sample of a run, or all that there is."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from partitions.audit.data_file import S3File
from partitions.audit.text_file import audit_text_file
from partitions.parallel import map_at_once

if TYPE_CHECKING:
    from collections.abc import Iterable
    from concurrent.futures import Executor

    from mypy_boto3_s3 import S3Client

    from partitions.audit.data_file import DataFile
    from partitions.audit.finding import FileFindings, Finding
    from partitions.audit.table_content import TableContent
    from partitions.discovery import Discovery

MAX_FINDINGS = 20
_MAX_FINDINGS_IN_A_FULL_AUDIT = 200
_THREADS = 8
_BATCH = 200


class InvalidDataError(ValueError):
    """Files hold what their table would not read as it is meant."""


@dataclass(frozen=True, slots=True)
class AuditReport:
    """What an audit has found.

    Attributes
    ----------
    files, files_with_findings
        How many were read, and in how many something was found.
    findings
        The first of them, in the order of the files.
    count
        Of all findings.
    """

    files: int
    files_with_findings: int
    findings: tuple[Finding, ...]
    count: int


def audit_files(files: Iterable[DataFile], table: TableContent, *, full: bool = True) -> AuditReport:
    """Audit files, several at once.

    Parameters
    ----------
    full
        Whether all of each file is read, as a stream; otherwise its first and last KiBs are.
    """
    report = _Collected(_MAX_FINDINGS_IN_A_FULL_AUDIT)
    with ThreadPoolExecutor(_THREADS) as pool:
        batch: list[DataFile] = []
        for file in files:
            batch.append(file)
            if len(batch) == _BATCH:
                report.add(_audit_batch(batch, table, pool, full=full))
                batch = []
        report.add(_audit_batch(batch, table, pool, full=full))
    return report.report()


def audit_sample(s3: S3Client, found: Discovery, table: TableContent, pool: Executor) -> None:
    """Audit the sample of a run, in its first and last KiBs.

    Raises
    ------
    InvalidDataError
        Naming files, and lines in them.
    """
    files = [S3File(s3, found.root.bucket, item.key, item.size) for item in found.sample.items]
    report = _Collected(MAX_FINDINGS)
    report.add(_audit_batch(files, table, pool, full=False))
    raise_findings(report.report(), f"the run at {found.root.uri}")


def raise_findings(report: AuditReport, what: str) -> None:
    """Raise InvalidDataError where a report has findings."""
    if not report.count:
        return
    more = report.count - len(report.findings)
    raise InvalidDataError(
        f"nothing is registered, for {report.files_with_findings} of {report.files} files that were read of {what} do "
        f"not hold what the table says: {'; '.join(map(str, report.findings))}{f'; and {more} more' if more else ''}"
    )


class _Collected:
    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._files = self._bad = self._count = 0
        self._findings: list[Finding] = []

    def add(self, audited: list[FileFindings]) -> None:
        self._files += len(audited)
        for file in audited:
            self._bad += bool(file.count)
            self._count += file.count
            self._findings += file.findings[: self._limit - len(self._findings)]

    def report(self) -> AuditReport:
        return AuditReport(self._files, self._bad, tuple(self._findings), self._count)


def _audit_batch(files: Iterable[DataFile], table: TableContent, pool: Executor, *, full: bool) -> list[FileFindings]:
    def audit(file: DataFile) -> FileFindings:
        if table.format == "parquet":
            # Only here: most tables need it not, and a cold start waits for each import.
            from partitions.audit.parquet.schema import audit_parquet_file

            return audit_parquet_file(file, table)
        return audit_text_file(file, table, full=full)

    return map_at_once(pool, audit, files)
