"""The process environment: standard streams, which may be closed or not support all characters, and signals that interrupt it."""

from __future__ import annotations

import os
import signal
import sys
from io import TextIOWrapper
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from types import FrameType


def prepare_standard_streams() -> None:
    """Set up the standard streams so that write errors can be reported, and every character can be written.

    A closed descriptor is reopened: otherwise the next opened file would get its number, and the output.
    """
    for descriptor in (0, 1, 2):
        try:
            os.fstat(descriptor)
        except OSError:
            # Results that cannot be written are an error (EBADF), notes are not.
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


class Terminated(KeyboardInterrupt):  # as the exception that it is a kind of
    """SIGTERM was received; code that handles Ctrl-C handles it, too."""


def heed_sigterm() -> None:
    """Raise ``Terminated`` in the main thread on SIGTERM."""
    signal.signal(signal.SIGTERM, _raise)


def signal_of(interrupt: KeyboardInterrupt) -> int:
    """Return the number of the signal that interrupted the command."""
    return signal.SIGTERM if isinstance(interrupt, Terminated) else signal.SIGINT


def exit_code_of(signal_number: int) -> int:
    """Return the exit code for a command interrupted by a signal, as in a shell."""
    return 128 + signal_number


def _raise(_number: int, _frame: FrameType | None) -> NoReturn:
    raise Terminated
