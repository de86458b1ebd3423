"""Commands that leave no process behind, whatever ends them or this process."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_SUPERVISOR = Path(__file__).with_name("supervisor.py")


def supervised(command: Sequence[str], *, ends_with_this_process: bool, remove: Path | None = None) -> list[str]:
    """Return the command under a supervisor, which should be started in a session of its own.

    Parameters
    ----------
    command
        What to run.
    ends_with_this_process
        Whether it is asked to end when this process is gone.
    remove
        A folder to delete if this process has ended before the command.
    """
    supervisor = [sys.executable, "-I", "-S", str(_SUPERVISOR)]
    if ends_with_this_process:
        supervisor += ["--with-parent", str(os.getpid())]
    if remove is not None:
        supervisor += ["--remove", str(remove)]
    return [*supervisor, *command]
