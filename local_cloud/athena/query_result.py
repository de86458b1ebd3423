"""A query's result, and the file that Athena writes of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class QueryResult:
    """What a statement gave.

    Attributes
    ----------
    columns
        As in ResultSetMetadata.
    rows
        Cells as Athena writes them; None is null.
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
    rows: list[tuple[str | None, ...]] = field(default_factory=list)
    statement_type: str = "DML"
    scanned_bytes: int = 0
    update_count: int | None = None
    data_location: str | None = None
    written: list[str] | None = None
    partitions: dict[tuple[str, ...], str] = field(default_factory=dict)

    @property
    def file_suffix(self) -> str:
        """Of the result's file."""
        return "csv" if self.statement_type == "DML" else "txt"

    def file_content(self) -> bytes:
        """Write the result's file: every value in quotes, and null as nothing; or plain lines, for what is no query."""
        if self.statement_type != "DML":
            return "".join("\t".join(cell or "" for cell in row) + "\n" for row in self.rows).encode()
        header = [column["Name"] for column in self.columns]
        return "".join(",".join(map(_quoted, row)) + "\n" for row in [header, *self.rows]).encode()

    def manifest(self) -> bytes:
        """List the files that were written.

        https://docs.aws.amazon.com/athena/latest/ug/querying-finding-output-files.html
        """
        return "".join(f"{uri}\n" for uri in self.written or []).encode()

    def page(self, start: int, size: int) -> tuple[list[dict[str, Any]], int | None]:
        """Give some rows in the API's form, and where the next page starts; the first row of a query is its header."""
        header = [tuple(column["Name"] for column in self.columns)] if self.statement_type == "DML" else []
        total = len(header) + len(self.rows)
        chosen = [
            header[0] if header and index == 0 else self.rows[index - len(header)]
            for index in range(start, min(start + size, total))
        ]
        rows = [{"Data": [{} if cell is None else {"VarCharValue": cell} for cell in row]} for row in chosen]
        return rows, start + size if start + size < total else None


def _quoted(cell: str | None) -> str:
    return "" if cell is None else '"' + cell.replace('"', '""') + '"'
