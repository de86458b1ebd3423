"""Auditing a folder of this machine, such as a script has just written: the paths and all of the files."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from partitioned_pipelines.lake.catalog_limits import check_catalog_takes
from partitioned_pipelines.lake.hive_path import InvalidPartitionPathError, parse_partition_path
from partitioned_pipelines.lake.ignored_objects import is_data
from partitioned_pipelines.runtime.audit.audit import AuditReport, audit_files
from partitioned_pipelines.runtime.audit.data_file import LocalFile
from partitioned_pipelines.runtime.audit.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from partitioned_pipelines.lake.key_value import PartitionKey
    from partitioned_pipelines.lake.table_content import TableContent

_MAX_BAD_PATHS = 20


def audit_local(
    directory: Path, table: TableContent, keys: Sequence[PartitionKey], *, full: bool = True
) -> AuditReport:
    """Audit a folder that holds ``key=value/…``, as a run of the table writes it.

    Parameters
    ----------
    full
        Whether all of each file is read; otherwise its first and last KiBs are.

    Returns
    -------
    AuditReport
        Files whose path is no partition's are findings, too, and are not read.
    """
    bad_paths: list[Finding] = []
    report = audit_files(_files(directory, keys, bad_paths), table, full=full)
    return replace(
        report,
        files=report.files + len(bad_paths),
        files_with_findings=report.files_with_findings + len(bad_paths),
        findings=(*bad_paths[:_MAX_BAD_PATHS], *report.findings),
        count=report.count + len(bad_paths),
    )


def _files(directory: Path, keys: Sequence[PartitionKey], bad_paths: list[Finding]) -> Iterator[LocalFile]:
    for path in sorted(directory.rglob("*")):
        relative = path.relative_to(directory).as_posix()
        if not path.is_file() or not is_data(relative, size := path.stat().st_size):
            continue
        try:
            check_catalog_takes(parse_partition_path(relative[: relative.rfind("/") + 1], keys), keys)
        except InvalidPartitionPathError as error:
            bad_paths.append(Finding(str(path), "", str(error)))
        else:
            yield LocalFile(path, size)
