"""The folder of ``step --output``: a repeated step replaces its earlier output and leaves other files alone."""

from __future__ import annotations

import json
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from partitioned_pipelines.cli.errors import CommandError

if TYPE_CHECKING:
    from collections.abc import Iterable

_RECORD = ".pipelines-step.json"
"""Hidden, so that registrations and audits do not treat it as data."""


class OutputFolder:
    """A folder with a record of the files that an earlier step wrote, each with its size and time.

    Parameters
    ----------
    path
        The folder, which may not exist yet.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def check(self, *, force: bool) -> None:
        """Raise CommandError if the folder contains other files, with which the output would mix, unless forced."""
        if self.path.exists() and not self.path.is_dir():
            raise CommandError(f"--output {self.path} is a file, not a folder")
        if force or not self.path.is_dir():
            return
        ours = {*self._unchanged(), self.path / _RECORD}
        if others := sorted(found for found in self.path.rglob("*") if not _is_folder(found) and found not in ours):
            raise CommandError(
                f"--output {self.path} holds {others[0].relative_to(self.path)}, which is not as an earlier step wrote it",
                "use another folder, or pass --force to keep its files and add to them",
            )

    def clear(self) -> None:
        """Delete the files of an earlier step if they are unchanged, and then the empty folders."""
        for file in self._unchanged():
            file.unlink()
            for folder in file.parents:
                if folder == self.path or any(folder.iterdir()):
                    break
                folder.rmdir()

    def record(self, written: Iterable[Path]) -> None:
        """Record the files that a step wrote."""
        files = {file.relative_to(self.path).as_posix(): _state(file) for file in written}
        self.path.mkdir(parents=True, exist_ok=True)
        (self.path / _RECORD).write_text(json.dumps({"files": files}, indent=1) + "\n", encoding="utf-8")

    def _unchanged(self) -> list[Path]:
        try:
            recorded = json.loads((self.path / _RECORD).read_text(encoding="utf-8"))["files"]
            entries = [(PurePosixPath(name), list(state)) for name, state in recorded.items()]
        except (FileNotFoundError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
            return []
        inside = [
            (self.path / name, state) for name, state in entries if not name.is_absolute() and ".." not in name.parts
        ]
        return [file for file, state in inside if (file.is_file() or file.is_symlink()) and _state(file) == state]


def _state(file: Path) -> list[int]:
    found = file.lstat()
    return [found.st_size, found.st_mtime_ns]


def _is_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()
