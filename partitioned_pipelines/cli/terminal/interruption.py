"""SIGTERM and Ctrl-C: both end a command in the same way, which stops what it has started."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from types import FrameType


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
