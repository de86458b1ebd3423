"""The result of a statement, and the file that Athena writes for it."""

from __future__ import annotations

import contextlib
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from local_cloud.s3.object_files import moved_file

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from local_cloud.s3.object_files import ObjectFile

Cells = tuple[str | None, ...]


@dataclass(slots=True)
class QueryResult:
    """The result of a statement.

    Attributes
    ----------
    columns
        The columns, in the form of ResultSetMetadata.
    rows
        The cells, as Athena writes them, of a statement that is not a query; None is null.
    content
        The temporary file with the result of a query, whose rows may not fit into memory.
    statement_type
        DML, DDL or UTILITY.
    scanned_bytes
        The number of bytes that are billed.
    update_count
        The number of rows that a statement wrote.
    data_location
        The folder that it wrote them to.
    written
        The URIs of the files that it wrote; None for a statement that does not write data.
    partitions
        The locations of the partitions that it wrote, by their values.
    """

    columns: list[dict[str, Any]] = field(default_factory=list)
    rows: Sequence[Cells] = ()
    statement_type: str = "DML"
    scanned_bytes: int = 0
    update_count: int | None = None
    data_location: str | None = None
    written: list[str] | None = None
    partitions: dict[tuple[str, ...], str] = field(default_factory=dict)
    content: Path | None = None

    @property
    def file_suffix(self) -> str:
        """The suffix of the result file."""
        return "csv" if self.statement_type == "DML" else "txt"

    def take_content(self) -> bytes | ObjectFile:
        """Return the content of the result file, and release it; a temporary file is to be moved to its place."""
        rows, self.rows, file, self.content = self.rows, (), self.content, None
        if file is None:
            return "".join("\t".join(cell or "" for cell in row) + "\n" for row in rows).encode()
        return moved_file(file)

    def manifest(self) -> bytes:
        """Return the list of the files that were written.

        https://docs.aws.amazon.com/athena/latest/ug/querying-finding-output-files.html
        """
        return "".join(f"{uri}\n" for uri in self.written or []).encode()


@contextlib.contextmanager
def new_result_file(folder: Path) -> Iterator[Path]:
    """Yield the path of a temporary file for a result. If the result cannot be written, the file is deleted."""
    path = folder / f"result-{uuid.uuid4().hex}.csv"
    try:
        yield path
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def csv_lines(rows: Iterable[Cells]) -> bytes:
    """Return rows as Athena writes them: each value in quotes, null as nothing."""
    return "".join(",".join(map(_quoted, row)) + "\n" for row in rows).encode()


def _quoted(cell: str | None) -> str:
    return "" if cell is None else '"' + cell.replace('"', '""') + '"'
