"""What a shell gives a program: standard streams that may be closed or lack characters, and signals that interrupt it."""

from __future__ import annotations

import os
import signal
import sys
from io import TextIOWrapper
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from types import FrameType


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


class Terminated(KeyboardInterrupt):  # as the exception that it is a kind of
    """SIGTERM was received; whoever is ready for Ctrl-C is ready for this."""


def heed_sigterm() -> None:
    """Raise ``Terminated`` in the main thread on SIGTERM."""
    signal.signal(signal.SIGTERM, _raise)


def signal_of(interrupt: KeyboardInterrupt) -> int:
    """Return the number of the signal that has interrupted the command."""
    return signal.SIGTERM if isinstance(interrupt, Terminated) else signal.SIGINT


def exit_code_of(signal_number: int) -> int:
    """Return how a command ends that a signal interrupted, as a shell has it."""
    return 128 + signal_number


def _raise(_number: int, _frame: FrameType | None) -> NoReturn:
    raise Terminated
