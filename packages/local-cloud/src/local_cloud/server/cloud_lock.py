"""The lock file of a project's cloud, which contains its endpoint. The cloud stops if the file is deleted."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


class CloudLock:
    """An inherited locked file, and the folder of the cloud's state.

    Parameters
    ----------
    descriptor
        The file's descriptor, which the parent process has locked.
    path
        The file's path.
    state_dir
        The folder of the state; the cloud also stops if it is deleted.
    """

    def __init__(self, descriptor: int, path: Path, state_dir: Path) -> None:
        self._descriptor = descriptor
        self._held = {path: descriptor, state_dir: os.open(state_dir, os.O_RDONLY | os.O_DIRECTORY)}

    def write(self, text: str) -> None:
        """Write the content of the file, unless it is unchanged."""
        content = f"{text}\n".encode()
        if os.pread(self._descriptor, len(content) + 1, 0) != content:
            os.pwrite(self._descriptor, content, 0)
            os.ftruncate(self._descriptor, len(content))

    def missing(self) -> Path | None:
        """Return the path of the file or folder if it was deleted or replaced, else None."""
        return next((path for path, descriptor in self._held.items() if not _is_at(path, descriptor)), None)


def _is_at(path: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except OSError:
        return False
