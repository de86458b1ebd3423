"""What the exit code of ``pipelines`` means, for every command."""

from __future__ import annotations

from enum import IntEnum


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

HELP = (
    "Exit codes: " + "; ".join([*(f"{code.value} {meaning}" for code, meaning in MEANING.items()), INTERRUPTED]) + "."
)
