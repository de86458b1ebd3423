"""Files that the audit has passed, each with its expected rows, and the rows that Spark's own readers find."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from tests.runtime.audit.expected_values import expected_text, read_cell, same
from tests.spark.spark_process import run_by_spark

READER = Path(__file__).with_name("read_with_schema.py")


@dataclass(frozen=True)
class File:
    """A table of one file, with columns ``v`` and ``n``, the number of the row.

    Attributes
    ----------
    format
        ``csv``, ``json``, ``parquet`` or ``orc``.
    hive_type, column
        The plain type of the values, and the type of the column, which contains it.
    expression
        The SQL expression for the value in the column ``v``.
    rows
        By row number, the value as written, and the value to be read.
    source
        The source of the values: Arrow's type, by its name in ``drawn_files.ARROW``, or the column's form in JSON.
    """

    format: str
    hive_type: str
    column: str
    expression: str
    body: bytes
    rows: dict[int, tuple[Any, Any]]
    source: str = ""


@dataclass(frozen=True)
class Cell:
    """A value as Spark reads it: its string, whether its line is corrupt, or the file's error condition and message."""

    text: str | None = None
    is_corrupt: bool = False
    error: str = ""
    message: str = field(default="", compare=False)

    def holds(self, hive_type: str, wanted: Any) -> bool:
        """Return whether Spark has read the expected value, without error."""
        if self.is_corrupt or self.error:
            return False
        text = self.text
        if hive_type == "timestamp" and text is not None:
            # Athena's timestamp(3) is Spark's with rounded microseconds.
            return bool(expected_text("timestamp", text) == wanted)
        if hive_type.startswith("char") and text is not None and wanted is not None:
            # A reader does not pad: it treats a char as a string.
            return bool(text.rstrip(" ") == wanted.rstrip(" "))
        return same(read_cell(hive_type, text), wanted)


def read_by_spark(files: list[File], folder: Path) -> list[dict[int, Cell]]:
    """Write the files to a folder, and read them all in one Spark session; return each file's cells by row number."""
    workplace = folder / "spark"
    workplace.mkdir()
    requests = []
    for number, file in enumerate(files):
        table = folder / f"table-{number}"
        (table / "dt=a").mkdir(parents=True)
        (table / "dt=a" / f"p.{file.format}").write_bytes(file.body)
        request = {name: value for name, value in asdict(file).items() if name in ("format", "column", "expression")}
        requests.append({**request, "is_binary": file.hive_type == "binary", "path": str(table)})
    return [
        {number: Cell(text, is_corrupt) for number, text, is_corrupt in answer["rows"]}
        if "rows" in answer
        else dict.fromkeys(file.rows, Cell(error=answer["error"], message=answer["message"]))
        for file, answer in zip(files, run_by_spark(READER, workplace, requests), strict=True)
    ]
