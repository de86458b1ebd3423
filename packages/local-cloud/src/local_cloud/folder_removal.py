"""Deletion of folders that scripts have written to, of any depth and with any permissions.

``shutil.rmtree`` recurses: a folder of a thousand levels raises RecursionError, and remains. The script has no dependencies, so that the
supervisor can run it: ``folder_removal.py FOLDER``.
"""

import contextlib
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path


def remove_folder(folder: Path) -> None:
    """Delete a folder, if it exists. Files that this user cannot delete, because they have another owner, remain."""
    try:
        for command in (["rm", "-rf"], ["chmod", "-R", "u+rwX"], ["rm", "-rf"]):
            if folder.exists():
                subprocess.run([*command, "--", str(folder)], capture_output=True, check=False)
    except OSError:  # no more processes can be started
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def temporary_folder(prefix: str, parent: Path | None = None) -> Iterator[Path]:
    """Yield a new folder, and delete it at the end."""
    folder = Path(tempfile.mkdtemp(prefix=prefix, dir=parent))
    try:
        yield folder
    finally:
        remove_folder(folder)


if __name__ == "__main__":
    remove_folder(Path(sys.argv[1]))
