"""The concurrent audit of many files: a sample of a run, or all of its files."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, assert_never

from partitioned_pipelines.runtime.audit.finding import FileFindings
from partitioned_pipelines.runtime.audit.text_file import audit_text_file
from partitioned_pipelines.runtime.batches import map_at_once

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from concurrent.futures import Executor

    from partitioned_pipelines.lake.tables.content import TableContent
    from partitioned_pipelines.runtime.audit.data_file import DataFile
    from partitioned_pipelines.runtime.audit.finding import Finding

MAX_FINDINGS = 20
_MAX_FINDINGS_IN_A_FULL_AUDIT = 200
_THREADS = 8
_BATCH = 200


class InvalidDataError(ValueError):
    """Files do not match their table."""


@dataclass(frozen=True, slots=True)
class AuditReport:
    """The result of an audit.

    Attributes
    ----------
    files, files_with_findings
        The number of files read, and the number of files with findings.
    findings
        The first findings, in the order of the files.
    count
        The number of all findings.
    """

    files: int
    files_with_findings: int
    findings: tuple[Finding, ...]
    count: int


def audit_files(files: Iterable[DataFile], table: TableContent, *, full: bool = True) -> AuditReport:
    """Audit files concurrently.

    Parameters
    ----------
    full
        Read each file completely, as a stream; otherwise, read only its first and last KiBs.
    """
    report = _Collected(_MAX_FINDINGS_IN_A_FULL_AUDIT)
    partitions = _Partitions()
    with ThreadPoolExecutor(_THREADS) as pool:
        batch: list[DataFile] = []
        for file in files:
            batch.append(file)
            if len(batch) == _BATCH:
                partitions.add(report.add(_audit_batch(batch, table, pool, full=full)))
                batch = []
        partitions.add(report.add(_audit_batch(batch, table, pool, full=full)))
    if full and not table.allow_empty:  # a sample may not contain the file with a partition's rows
        report.add([_without_rows(folder) for folder in partitions.empty()], files=False)
    return report.report()


@dataclass(frozen=True, slots=True)
class SampledRows:
    """What the sampled files of a run tell about the rows of its partitions.

    Attributes
    ----------
    without_rows
        The folders of the partitions without rows: all of their files were read, or none of the run's files has rows.
    counted
        The number of rows by folder, of the partitions all of whose files were read and say it.
    """

    without_rows: list[str]
    counted: dict[str, int]


def audit_sample(
    files: Sequence[DataFile], partition_sizes: Mapping[str, int], table: TableContent, pool: Executor, root: str
) -> SampledRows:
    """Audit a run's sampled files, reading their first and last KiBs.

    Parameters
    ----------
    partition_sizes
        The number of files of each of the run's partitions, by folder.
    root
        The URI that the run wrote below; an error names files by their paths below it.

    Raises
    ------
    InvalidDataError
        If there are findings. The message begins with them, because lists of runs and notices show only its beginning.
    """
    report = _Collected(MAX_FINDINGS)
    partitions = _Partitions()
    partitions.add(report.add(_audit_batch(files, table, pool, full=False)))
    found = report.report()
    if found.count:
        raise InvalidDataError(_message(found, root))
    empty = partitions.empty()
    if sum(empty.values()) == len(files):
        without_rows = list(partition_sizes)
    else:
        without_rows = [folder for folder, files_read in empty.items() if partition_sizes.get(folder) == files_read]
    return SampledRows(without_rows, partitions.counted(partition_sizes))


def _message(report: AuditReport, root: str) -> str:
    more = report.count - len(report.findings)
    shown = "; ".join(str(replace(finding, file=finding.file.removeprefix(root))) for finding in report.findings)
    return (
        f"{shown}{f'; and {more} more' if more else ''}. {report.files_with_findings} of {report.files} checked files under {root} "
        "do not match the table's schema; this attempt published nothing"
    )


class _Collected:
    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._files = self._bad = self._count = 0
        self._findings: list[Finding] = []

    def add(self, audited: list[FileFindings], *, files: bool = True) -> list[FileFindings]:
        self._files += len(audited) if files else 0
        for file in audited:
            self._bad += bool(file.count) and files
            self._count += file.count
            self._findings += file.findings[: self._limit - len(self._findings)]
        return audited

    def report(self) -> AuditReport:
        return AuditReport(self._files, self._bad, tuple(self._findings), self._count)


class _Partitions:
    """The rows of partitions, judging only by the files that were read."""

    def __init__(self) -> None:
        self._files: dict[str, int] = {}
        self._with_rows: set[str] = set()
        self._rows: dict[str, int | None] = {}  # None if a file does not say its number

    def add(self, audited: list[FileFindings]) -> None:
        for file in audited:
            folder = file.file[: file.file.rfind("/") + 1]
            self._files[folder] = self._files.get(folder, 0) + 1
            if file.has_rows is not False:  # None: the file could not be read, and may have rows
                self._with_rows.add(folder)
            before = self._rows.get(folder, 0)
            self._rows[folder] = None if before is None or file.rows is None else before + file.rows

    def counted(self, sizes: Mapping[str, int]) -> dict[str, int]:
        """Return the number of rows of each folder all of whose files were read, given their numbers."""
        return {
            folder: rows
            for folder, rows in self._rows.items()
            if rows is not None and self._files[folder] == sizes.get(folder)
        }

    def empty(self) -> dict[str, int]:
        """Return the folders without rows, with the number of files read in each."""
        return {folder: files for folder, files in self._files.items() if folder not in self._with_rows}


def _without_rows(folder: str) -> FileFindings:
    findings = FileFindings(folder)
    findings.add(
        "",
        "the partition has no rows, and would replace existing ones: write no file for it, or set "
        "`allow_empty: true` in the table",
    )
    return findings


def _audit_batch(files: Iterable[DataFile], table: TableContent, pool: Executor, *, full: bool) -> list[FileFindings]:
    return map_at_once(pool, lambda file: _audit_file(file, table, full=full), files)


def _audit_file(file: DataFile, table: TableContent, *, full: bool) -> FileFindings:
    """Audit a file with the reader of its format. mypy rejects a format without a reader."""
    match table.format:
        case "csv" | "json":
            return audit_text_file(file, table, full=full)
        # Imported here because most tables need one reader, and each import delays a cold start.
        case "parquet":
            from partitioned_pipelines.runtime.audit.parquet.parquet_file import audit_parquet_file

            return audit_parquet_file(file, table)
        case "orc":
            from partitioned_pipelines.runtime.audit.orc.orc_file import audit_orc_file

            return audit_orc_file(file, table)
        case unknown:
            assert_never(unknown)
