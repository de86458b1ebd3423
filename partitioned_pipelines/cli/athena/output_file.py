"""The file of ``--output``, which is written completely or not at all."""

from __future__ import annotations

import os
import shlex
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from partitioned_pipelines.cli.athena.result_formats import csv_document, json_document, write_parquet
from partitioned_pipelines.cli.errors import CommandError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from partitioned_pipelines.cli.athena.result import QueryResult

SUFFIXES = (".csv", ".json", ".parquet")


@dataclass(frozen=True)
class OutputFile:
    """The file that a result is written to, and its format.

    Attributes
    ----------
    path
        The path as given on the command line.
    """

    path: Path

    @classmethod
    def parse(cls, path: Path) -> OutputFile:
        """Return the output file of a path; check it before the query runs, which may cost money.

        Raises
        ------
        CommandError
            If the suffix is not one of ``SUFFIXES``, or no file can be created in the folder.
        """
        if path.suffix.lower() not in SUFFIXES:
            kind = path.suffix or "a name without a suffix"
            as_csv = shlex.quote(str(path.parent / f"{path.stem or 'rows'}.csv"))
            raise CommandError(
                f"--output {path}: {kind} is not a format that can be written",
                f"use one of {', '.join(SUFFIXES)}, such as --output {as_csv}",
            )
        if path.is_dir():
            raise CommandError(f"--output {path} is a folder", f"name a file in it: {path / 'rows'}{path.suffix}")
        if path.exists() and not path.is_file():
            raise CommandError(f"--output {path} is not a regular file", "write to another path")
        folder = path.resolve().parent
        if not folder.is_dir():
            raise CommandError(f"--output {path}: no folder {folder}", "create it, or use another one")
        if not os.access(folder, os.W_OK | os.X_OK):
            raise CommandError(f"--output {path}: no file can be created in {folder}", "use another folder")
        return cls(path)

    def write(self, result: QueryResult, limit: int | None, report: Callable[[int], None]) -> None:
        """Write the result to a temporary file in the same folder, and rename it.

        Parameters
        ----------
        limit
            The number of rows; None for all.
        report
            Called with the number of bytes of each downloaded chunk.
        """
        target = self.path.resolve()  # a link's target
        with _beside(target, "partial") as partial:
            match self.path.suffix.lower():
                case ".csv":
                    _write_csv(partial, result, limit, report)
                case ".json":
                    with partial.open("w", encoding="utf-8") as file:
                        file.writelines(json_document(result.columns, result.rows(limit)))
                case _:
                    with _beside(target, "csv.partial") as source:
                        _write_csv(source, result, None, report)
                        write_parquet(source, partial, result.columns, limit)
            partial.replace(target)


def _write_csv(path: Path, result: QueryResult, limit: int | None, report: Callable[[int], None]) -> None:
    with path.open("wb") as file:
        if result.object and limit is None:
            result.object.download(file, report)
        else:
            file.writelines(csv_document(result, limit))


@contextmanager
def _beside(target: Path, kind: str) -> Iterator[Path]:
    """Yield the path of a temporary file next to another one, on the same file system; it is deleted at the end."""
    path = target.with_name(f".{target.name}.{os.getpid()}.{kind}")
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)
