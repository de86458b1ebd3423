"""The audit of a Parquet file against its table: a column of another type fails the query, or is read wrongly."""

from __future__ import annotations

from typing import TYPE_CHECKING

from partitioned_pipelines.runtime.audit.finding import FileFindings
from partitioned_pipelines.runtime.audit.parquet.footer import InvalidParquetError, read_footer
from partitioned_pipelines.runtime.audit.parquet.statistics import integer_bounds
from partitioned_pipelines.runtime.audit.parquet.type_match import TypeMatch

if TYPE_CHECKING:
    from partitioned_pipelines.lake.tables.content import TableContent
    from partitioned_pipelines.runtime.audit.data_file import DataFile
    from partitioned_pipelines.runtime.audit.parquet.footer import Footer
    from partitioned_pipelines.runtime.audit.parquet.schema_node import SchemaNode

# https://docs.aws.amazon.com/athena/latest/ug/compression-support-hive.html. LZ4 means Hadoop's framing; Arrow's "LZ4" is LZ4_RAW, which
# Trino does not read.
_READ_CODECS = frozenset({"UNCOMPRESSED", "SNAPPY", "GZIP", "LZO", "LZ4", "ZSTD"})
_MOST_PATHS = 5


def audit_parquet_file(file: DataFile, table: TableContent) -> FileFindings:
    """Compare a file's footer with its table; columns are matched by name, ignoring case."""
    findings = FileFindings(file.name)
    try:
        _audit(file, table, findings)
    except InvalidParquetError as error:
        findings.add("", f"{error}: write Parquet, as the table's format says")
    return findings


def _audit(file: DataFile, table: TableContent, findings: FileFindings) -> None:
    footer = read_footer(file)
    findings.rows, findings.has_rows = footer.rows, footer.rows > 0
    match = TypeMatch(lambda problem: findings.add("", problem))
    match.compare_columns(table.columns, footer.columns)
    if match.narrow:
        match.check_bounds(integer_bounds(file, match.narrow))
    if problem := _storage_problem(footer):
        findings.add("", problem)


def _storage_problem(footer: Footer) -> str | None:
    """Return the reason why Athena cannot read the file's values, independent of their types; None if it can."""
    encrypted = [leaf for leaf, chunk in enumerate(footer.chunks) if chunk.encrypted]
    if encrypted:
        names = _paths(footer.columns, encrypted)
        return f"columns are encrypted, which Athena does not read, {names!r}: write them without encryption"
    unread = [leaf for leaf, chunk in enumerate(footer.chunks) if chunk.codec not in _READ_CODECS]
    if not unread:
        return None
    return (
        f"it is compressed by {footer.chunks[unread[0]].codec}, which Athena does not read "
        f"({', '.join(_paths(footer.columns, unread))}): write snappy, gzip or zstd (pandas: compression='zstd')"
    )


def _paths(columns: list[SchemaNode], leaves: list[int]) -> list[str]:
    """Return the paths of the first of some plain columns, as Parquet writes them."""
    found: list[str] = []
    waiting = [(node.name, node) for node in reversed(columns)]
    while waiting and len(found) < _MOST_PATHS:
        path, node = waiting.pop()
        waiting += [(f"{path}.{child.name}", child) for child in reversed(node.children)]
        if node.leaf in leaves:
            found.append(path)
    return found
