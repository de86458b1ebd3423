"""A processing job that runs several steps: what its name, its request, its message and its log say of them.

The stacks write the name and the request; the runner in the container writes the message and the log (`in_container/run_steps.py`).
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

STEPS_FOLDER = "/opt/ml/processing/steps"
"""The folder in the container below which a shared job keeps what its steps do not see at the moment."""
RUNNER_NAME = "run_steps.py"
RUNNER_INPUT = "runner"
RUNNER_PATH = f"{STEPS_FOLDER}/{RUNNER_INPUT}/{RUNNER_NAME}"
STEPS_DOCUMENT = "steps.json"
"""The file beside the runner that describes the steps."""

_JOINT = "-to-"
_LONGEST_NAME = 64  # of a step of a SageMaker pipeline
_LONGEST_PART = 26
_HASH_LENGTH = 6
_FAILED = re.compile(r"\bstep (?P<step>[a-z][a-z0-9_]*) failed with exit code \d+")
_RUNS = re.compile(r"\[steps (?P<token>[0-9a-f]{16})\] runs (?P<steps>[a-z0-9_, ]+)")
_MARK = re.compile(
    r"(?P<before>.*)\[steps (?P<token>[0-9a-f]{16})\] (?P<step>[a-z][a-z0-9_]*) (?P<what>begins|ended with exit code .*)",
    re.DOTALL,
)


def shared_job_name(steps: Sequence[str]) -> str:
    """Return the name of the state, or the SageMaker pipeline's step, that runs these steps: ``extract-to-transform``.

    No step has such a name, because names of steps have no hyphens. A name that is too long ends in a short hash.
    """
    name = f"{steps[0]}{_JOINT}{steps[-1]}"
    if len(name) <= _LONGEST_NAME:
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()[:_HASH_LENGTH]
    return f"{steps[0][:_LONGEST_PART]}{_JOINT}{steps[-1][:_LONGEST_PART]}-{digest}"


def is_shared_job(name: str) -> bool:
    """Check whether a state, or a SageMaker pipeline's step, runs several steps of the pipeline file."""
    return _JOINT in name


def steps_of_job(description: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the steps that a job's request, or its description by SageMaker, names; empty for the job of a single step."""
    entrypoint = description.get("AppSpecification", {}).get("ContainerEntrypoint") or []
    return tuple(entrypoint[2:]) if RUNNER_PATH in entrypoint[1:2] else ()


def failed_step(job: str, message: str) -> str | None:
    """Return the step that a message names as the one that failed; None if the job is not shared, or if it names none.

    The runner's own words come first, so that a script's words cannot name another step.

    Parameters
    ----------
    job
        The name of the state, or of the SageMaker pipeline's step.
    """
    found = _FAILED.search(message) if is_shared_job(job) else None
    return found["step"] if found else None


class StepLines:
    """A reader that assigns the lines of a shared job's log to its steps, from the first line on."""

    def __init__(self) -> None:
        self._token: str | None = None
        self._step: str | None = None

    def read(self, line: str) -> Iterator[tuple[str | None, str]]:
        """Yield the line with its step, or None for what belongs to no step; nothing for a line that only separates them."""
        if self._token is None:
            first = _RUNS.fullmatch(line)
            self._token = first["token"] if first else ""
            if first:
                return
        mark = _MARK.fullmatch(line)
        if mark is None or mark["token"] != self._token:
            yield self._step, line
            return
        if mark["before"]:  # a script's last line, which it has not ended
            yield self._step, mark["before"]
        self._step = mark["step"] if mark["what"] == "begins" else None

    @classmethod
    def of_tail(cls, lines: Sequence[str]) -> StepLines:
        """Return a reader of the end of a log.

        The last mark is the runner's, because it writes it when the script has ended; the first one says whose the lines before it are.
        """
        reader = cls()
        marks = [mark for line in lines if (mark := _MARK.fullmatch(line))]
        if marks and not _RUNS.fullmatch(lines[0]):
            reader._token = marks[-1]["token"]
            first = next(mark for mark in marks if mark["token"] == reader._token)
            reader._step = None if first["what"] == "begins" else first["step"]
        return reader


def lines_by_step(lines: Sequence[str]) -> list[tuple[str | None, str]]:
    """Return the lines at the end of a job's log, each with its step, if the job is shared."""
    reader = StepLines.of_tail(lines)
    return [found for line in lines for found in reader.read(line)]


def last_step_lines(lines: Sequence[str]) -> list[str]:
    """Return what the last step of a shared job has printed, from the end of its log; the lines of another job unchanged."""
    found = lines_by_step(lines)
    last = next((step for step, _ in reversed(found) if step), None)
    return [line for step, line in found if step == last]
