"""Standard streams as any shell can leave them: closed, or of an encoding that does not have every character."""

from __future__ import annotations

import os
import sys
from io import TextIOWrapper


def prepare_standard_streams() -> None:
    """Create the streams such that writing to them is an error that can be reported, and no character is one.

    A closed descriptor is opened again: the next file that is opened would get its number, and the output.
    """
    for descriptor in (0, 1, 2):
        try:
            os.fstat(descriptor)
        except OSError:
            # Results that nobody can read are an error (EBADF), words about them are not.
            mode = os.O_WRONLY if descriptor == 2 else os.O_RDONLY
            opened = os.open(os.devnull, mode)
            if opened != descriptor:
                os.dup2(opened, descriptor)
                os.close(opened)
    if sys.stdout is None:
        sys.stdout = TextIOWrapper(open(1, "wb", closefd=False), "utf-8")  # noqa: SIM115
    if sys.stderr is None:
        sys.stderr = open(2, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
