"""The audit of an ORC file: a column of another type fails the query, a column of another name is read as null."""

from __future__ import annotations

from typing import TYPE_CHECKING

from partitioned_pipelines.runtime.audit.finding import FileFindings
from partitioned_pipelines.runtime.audit.orc.tail import InvalidOrcError, read_tail
from partitioned_pipelines.runtime.audit.orc.type_match import TypeMatch

if TYPE_CHECKING:
    from partitioned_pipelines.lake.tables.content import TableContent
    from partitioned_pipelines.runtime.audit.data_file import DataFile


def audit_orc_file(file: DataFile, table: TableContent) -> FileFindings:
    """Compare a file's tail with its table; columns are matched by name, ignoring case."""
    findings = FileFindings(file.name)
    try:
        tail = read_tail(file)
    except InvalidOrcError as error:
        findings.add("", str(error))
        return findings
    findings.rows, findings.has_rows = tail.rows, tail.rows > 0
    TypeMatch(lambda problem: findings.add("", problem)).compare_columns(table.columns, tail.columns)
    if tail.is_encrypted:
        findings.add("", "columns are encrypted, which Athena does not read: write them without encryption")
    return findings
