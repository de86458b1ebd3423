"""The failures that a command expects, and its exit codes."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from partitioned_pipelines.operations.remedy import Remedy


class ExitCode(IntEnum):
    """The exit codes of a command."""

    OK = 0
    FAILED = 1
    INVALID = 2
    NO_CLOUD = 3


MEANING = {
    ExitCode.OK: "done",
    ExitCode.FAILED: "the run, the script, the query or the operation failed, or there are findings",
    ExitCode.INVALID: "the command line or the project is invalid",
    ExitCode.NO_CLOUD: "no cloud is running, or the deployment failed or does not exist",
}

INTERRUPTED = "128 + the number of the signal that interrupted the command (130: Ctrl-C, 143: SIGTERM)"

EXIT_CODES_HELP = (
    "Exit codes: " + "; ".join([*(f"{code.value} {meaning}" for code, meaning in MEANING.items()), INTERRUPTED]) + "."
)


class CommandError(Exception):
    """An expected failure: the error, its remedy, and the exit code.

    Parameters
    ----------
    message
        The error; it names the object that failed.
    remedy
        What to do next; the commands in it are completed when the error is printed.
    exit_code
        The exit code of the command.
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
