"""The failures that a command expects, its exit codes, and how a message names what would be right."""

from __future__ import annotations

import difflib
from enum import IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from partitioned_pipelines.operations.remedy import Remedy


class ExitCode(IntEnum):
    """The four ways in which a command ends."""

    OK = 0
    FAILED = 1
    INVALID = 2
    NO_CLOUD = 3


MEANING = {
    ExitCode.OK: "done",
    ExitCode.FAILED: "the run, the script, the query or the operation failed, or there are findings",
    ExitCode.INVALID: "the command line or the project is not right",
    ExitCode.NO_CLOUD: "the cloud or the deployment is not there, or failed",
}

INTERRUPTED = "128 + the number of the signal that interrupted it (130: Ctrl-C, 143: SIGTERM)"

EXIT_CODES_HELP = (
    "Exit codes: " + "; ".join([*(f"{code.value} {meaning}" for code, meaning in MEANING.items()), INTERRUPTED]) + "."
)


class CommandError(Exception):
    """An expected failure: what is wrong, what to do about it, and the exit code.

    Parameters
    ----------
    message
        What is wrong; it names the thing.
    remedy
        What to do next; commands in it are completed where the error is printed.
    exit_code
        How the command ends.
    """

    def __init__(
        self, message: str, remedy: str | Remedy | None = None, *, exit_code: ExitCode = ExitCode.INVALID
    ) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy
        self.exit_code = exit_code

    def __str__(self) -> str:
        return f"{self.message}\n{self.remedy}" if self.remedy else self.message


def suggestion(wrong: str, known: Iterable[str]) -> str:
    """Return which of the known names was probably meant, and else which there are."""
    names = list(known)
    if near := difflib.get_close_matches(wrong, names, n=1, cutoff=0.6):
        return f"did you mean {near[0]!r}?"
    return f"there is {', '.join(names)}" if names else "there is none"
