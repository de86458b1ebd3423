"""The audit of text files: their encoding, their compression and, line by line, their rows."""

from __future__ import annotations

from codecs import getincrementaldecoder
from io import BytesIO
from typing import TYPE_CHECKING

from partitioned_pipelines.runtime.audit.compression import (
    DamagedFileError,
    compression_by_name,
    compression_problem,
    decompressed,
    decompressed_head,
)
from partitioned_pipelines.runtime.audit.csv_lines import audit_csv_line, csv_beginning_problem
from partitioned_pipelines.runtime.audit.finding import FileFindings
from partitioned_pipelines.runtime.audit.json_lines import audit_json_line, json_beginning_problem
from partitioned_pipelines.runtime.audit.text_lines import Line, LineTooLongError, lines_of, lines_of_tail

if TYPE_CHECKING:
    from collections.abc import Iterator

    from partitioned_pipelines.lake.tables.content import TableContent
    from partitioned_pipelines.runtime.audit.data_file import DataFile

EDGE = 16 * 1024  # of a sampled file's beginning and end
# The number of bytes to read or to decompress if a file's first line does not end within the first EDGE bytes.
LONGEST_SAMPLED_LINE = 1024 * 1024
_CHECKS = {"csv": audit_csv_line, "json": audit_json_line}
_BEGINNINGS = {"csv": csv_beginning_problem, "json": json_beginning_problem}
_BOMS = {b"\xef\xbb\xbf": "UTF-8's", b"\xff\xfe": "UTF-16's", b"\xfe\xff": "UTF-16's"}


def audit_text_file(file: DataFile, table: TableContent, *, full: bool) -> FileFindings:
    """Check a text file: the whole file, or its first and last KiBs."""
    findings = FileFindings(file.name)
    head = file.read_range(0, min(EDGE, file.size))
    if problem := compression_problem(file.name, head):
        findings.add("", problem)
        return findings
    kind = compression_by_name(file.name)
    blank = ""
    try:
        lines = _all_lines(file, kind) if full and file.size > len(head) else _edge_lines(file, kind, head)
        for line in lines:
            if table.format == "json" and not line.cut and not line.text.strip():
                blank = blank or line.place
                continue
            findings.has_rows = True
            if not _audit_line(line, table, findings):
                break
    except (DamagedFileError, LineTooLongError) as error:
        findings.add("", str(error))
        return findings
    if blank and findings.has_rows:
        findings.add(blank, "it is blank, and engines read a blank line as a row of nulls: remove it")
    findings.has_rows = bool(findings.has_rows)
    return findings


def _audit_line(line: Line, table: TableContent, findings: FileFindings) -> bool:
    """Check a line; return False if the remaining lines should not be checked."""
    if line.first and (bom := next((whose for mark, whose in _BOMS.items() if line.text.startswith(mark)), None)):
        findings.add(
            line.place,
            f"it begins with {bom} byte order mark, which is part of the first value: write UTF-8 without one",
        )
        return False
    try:
        # If the line is cut, its last character may be cut too.
        text = getincrementaldecoder("utf-8")().decode(line.text, final=not line.cut)
    except UnicodeDecodeError as error:
        byte = line.text[error.start : error.start + 1]
        findings.add(line.place, f"its byte {error.start + 1} ({byte!r}) is not UTF-8: write the file as UTF-8")
        return True
    if not line.cut:
        _CHECKS[table.format](line, text, table, findings.add)
    elif problem := _BEGINNINGS[table.format](text, table):
        findings.add(line.place, problem)
    return True


def _edge_lines(file: DataFile, kind: str, head: bytes) -> Iterator[Line]:
    whole = len(head) == file.size
    if whole and kind:
        yield from lines_of(decompressed(kind, BytesIO(head)), whole=True)
        return
    lines = list(lines_of([decompressed_head(kind, head, LONGEST_SAMPLED_LINE)], whole=whole))
    if not lines and not whole:
        yield from _lines_of_more(file, kind)
        return
    yield from lines
    if not whole and not kind:
        start = max(len(head), file.size - EDGE)
        yield from lines_of_tail(file.read_range(start, file.size), start)


def _lines_of_more(file: DataFile, kind: str) -> Iterator[Line]:
    """Read more of a file whose first line is longer than EDGE: it has large values, or no rows."""
    head = file.read_range(0, min(LONGEST_SAMPLED_LINE, file.size))
    if len(head) == file.size:
        yield from lines_of(decompressed(kind, BytesIO(head)), whole=True)
        return
    beginning = decompressed_head(kind, head, LONGEST_SAMPLED_LINE)
    lines = list(lines_of([beginning], whole=False))
    yield from lines or [Line("line 1", beginning, first=True, cut=True)]


def _all_lines(file: DataFile, kind: str) -> Iterator[Line]:
    stream = file.open()
    try:
        yield from lines_of(decompressed(kind, stream), whole=True)
    finally:
        stream.close()
