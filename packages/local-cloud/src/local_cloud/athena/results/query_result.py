"""A query's result, and the file that Athena writes of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Cells = tuple[str | None, ...]


@dataclass(slots=True)
class QueryResult:
    """What a statement gave.

    Attributes
    ----------
    columns
        As in ResultSetMetadata.
    rows
        Of a statement that is not a query, cells as Athena writes them; None is null.
    content
        Of a query, the result's file: its rows may be more than this machine's memory holds.
    statement_type
        DML, DDL or UTILITY.
    scanned_bytes
        What is billed.
    update_count
        Rows written, by a statement that writes some.
    data_location
        Where it wrote them.
    written
        URIs of the files that it wrote; None for a statement that writes none.
    partitions
        Locations of the partitions that it wrote, by their values.
    """

    columns: list[dict[str, Any]] = field(default_factory=list)
    rows: Sequence[Cells] = ()
    statement_type: str = "DML"
    scanned_bytes: int = 0
    update_count: int | None = None
    data_location: str | None = None
    written: list[str] | None = None
    partitions: dict[tuple[str, ...], str] = field(default_factory=dict)
    content: IO[bytes] | None = None

    @property
    def file_suffix(self) -> str:
        """Of the result's file."""
        return "csv" if self.statement_type == "DML" else "txt"

    def take_content(self) -> bytes:
        """Return the content of the result's file, and keep nothing of it here."""
        rows, self.rows, file, self.content = self.rows, (), self.content, None
        if file is None:
            return "".join("\t".join(cell or "" for cell in row) + "\n" for row in rows).encode()
        with file:
            file.seek(0)
            return file.read()

    def manifest(self) -> bytes:
        """List the files that were written.

        https://docs.aws.amazon.com/athena/latest/ug/querying-finding-output-files.html
        """
        return "".join(f"{uri}\n" for uri in self.written or []).encode()


def csv_lines(rows: Iterable[Cells]) -> bytes:
    """Write rows as Athena does: every value in quotes, and null as nothing."""
    return "".join(",".join(map(_quoted, row)) + "\n" for row in rows).encode()


def _quoted(cell: str | None) -> str:
    return "" if cell is None else '"' + cell.replace('"', '""') + '"'
