"""Commands under a supervisor, which leave no processes behind."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_SUPERVISOR = Path(__file__).with_name("supervisor.py")


def supervised(command: Sequence[str], *, ends_with_this_process: bool, remove: Path | None = None) -> list[str]:
    """Return a command that runs another one under a supervisor; it should be started in a new session.

    Parameters
    ----------
    command
        The command to run.
    ends_with_this_process
        Whether the command is stopped when this process ends.
    remove
        A folder to delete if this process ends before the command.
    """
    supervisor = [sys.executable, "-I", "-S", str(_SUPERVISOR)]
    if ends_with_this_process:
        supervisor += ["--with-parent", str(os.getpid())]
    if remove is not None:
        supervisor += ["--remove", str(remove)]
    return [*supervisor, *command]
