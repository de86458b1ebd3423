"""What is kept of a lake on this machine between two commands: a JSON file with a version, which only this user can read."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any, ClassVar

from partitioned_pipelines.cli.private_file import write_private

if TYPE_CHECKING:
    from pathlib import Path


def read_kept(path: Path, version: int, name: str) -> dict[str, Any]:
    """Return what is kept under a name; empty if there is no file, if it cannot be understood, or if it has another version."""
    with suppress(FileNotFoundError, ValueError, KeyError, TypeError):
        document = json.loads(path.read_bytes())
        if document["version"] == version:
            return dict(document[name])
    return {}


def write_kept(path: Path, version: int, name: str, kept: dict[str, Any]) -> None:
    """Replace the file; folders that are missing are created, and a process that is killed meanwhile leaves the old file."""
    text = json.dumps({"version": version, name: kept}, ensure_ascii=False, separators=(",", ":"))
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_private(path, text.encode())


class KeptEntries:
    """Entries by name, in a file that only this user can read.

    Parameters
    ----------
    path
        The file; it need not exist. One that cannot be understood counts as empty, and is replaced.
    """

    version: ClassVar[int]
    name: ClassVar[str]

    def __init__(self, path: Path) -> None:
        self._path = path
        self._changed = False
        self._entries = read_kept(path, self.version, self.name)

    def save(self) -> None:
        """Write the file if anything has changed."""
        if self._changed:
            write_kept(self._path, self.version, self.name, self._entries)
            self._changed = False

    def _keep(self, key: str, entry: dict[str, Any]) -> None:
        self._entries[key] = entry
        self._changed = True
