"""A local image."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class LocalImage:
    """A virtual environment with the files and settings of a Dockerfile.

    Attributes
    ----------
    digest
        ``sha256:…`` of the instructions and all copied files.
    folder
        The folder with ``venv`` and ``rootfs``.
    environment
        The variables of ``ENV``.
    working_directory
        A path in the container.
    entrypoint
        ``ENTRYPOINT`` and ``CMD``, for images that contain the code.
    """

    digest: str
    folder: Path
    environment: dict[str, str] = field(default_factory=dict)
    working_directory: str = "/"
    entrypoint: tuple[str, ...] = ()

    @property
    def venv(self) -> Path:
        """The virtual environment, whose ``bin`` is first on the container's PATH."""
        return self.folder / "venv"

    @property
    def python(self) -> Path:
        """The environment's interpreter, a link to one of this machine."""
        return self.venv / "bin" / "python3"

    @property
    def python_works(self) -> bool:
        """Whether the interpreter exists: otherwise the next python3 on the PATH, this machine's, would run scripts."""
        return os.access(self.python, os.X_OK)

    @property
    def rootfs(self) -> Path:
        """The folder with the image's files, in the layout of the container."""
        return self.folder / "rootfs"
