"""The file that a project's cloud holds locked: it says who runs and where, and the cloud ends if it is gone."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


class CloudLock:
    """A locked file that this process has inherited, and the folder of its state.

    Parameters
    ----------
    descriptor
        Of the file; whoever started this process has locked it.
    path
        Its path.
    state_dir
        The folder, whose removal ends the cloud as well.
    """

    def __init__(self, descriptor: int, path: Path, state_dir: Path) -> None:
        self._descriptor = descriptor
        self._held = {path: descriptor, state_dir: os.open(state_dir, os.O_RDONLY | os.O_DIRECTORY)}

    def write(self, text: str) -> None:
        """Write the file's content, unless it is there: a user may have cut it."""
        content = f"{text}\n".encode()
        if os.pread(self._descriptor, len(content) + 1, 0) != content:
            os.pwrite(self._descriptor, content, 0)
            os.ftruncate(self._descriptor, len(content))

    def missing(self) -> Path | None:
        """Return the path at which the file, or the folder, is no more: a second cloud may begin there by now."""
        return next((path for path, descriptor in self._held.items() if not _is_at(path, descriptor)), None)


def _is_at(path: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except OSError:
        return False
