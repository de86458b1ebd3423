"""Files that only this user can read, written completely or not at all."""

from __future__ import annotations

import os
from contextlib import suppress
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def write_private(path: Path, content: bytes) -> None:
    """Replace a file by one with mode 0600; if that fails, or the process is killed meanwhile, the old file is left."""
    with NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:  # created with mode 0600
        try:
            file.write(content)
            file.flush()
            os.replace(file.name, path)  # noqa: PTH105
        except BaseException:
            with suppress(FileNotFoundError):
                os.unlink(file.name)  # noqa: PTH108
            raise
