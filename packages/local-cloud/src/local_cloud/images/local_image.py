"""An image's stand-in on this machine."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class LocalImage:
    """A virtual environment, and what the Dockerfile puts around it.

    Attributes
    ----------
    digest
        ``sha256:…`` of the recipe and of all that was copied in.
    folder
        Holds ``venv`` and ``rootfs``.
    environment
        The variables of ``ENV``.
    working_directory
        Path inside the container.
    entrypoint
        ``ENTRYPOINT`` and ``CMD``, for code that is in the image.
    """

    digest: str
    folder: Path
    environment: dict[str, str] = field(default_factory=dict)
    working_directory: str = "/"
    entrypoint: tuple[str, ...] = ()

    @property
    def venv(self) -> Path:
        """The virtual environment, whose ``bin`` comes first on the container's PATH."""
        return self.folder / "venv"

    @property
    def python(self) -> Path:
        """The environment's interpreter: a link to one of this machine."""
        return self.venv / "bin" / "python3"

    @property
    def python_works(self) -> bool:
        """Whether the interpreter is still there: without it, the next python3 on the PATH, this machine's, would run the script."""
        return os.access(self.python, os.X_OK)

    @property
    def rootfs(self) -> Path:
        """The files of the image, below their paths in the container."""
        return self.folder / "rootfs"
