"""The output of scripts in their jobs, and tracebacks in it, with the script's own frames separated from libraries' and short paths."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from partitioned_pipelines.cli.terminal.output import note
from partitioned_pipelines.lake.runs.shared_job import StepLines, is_shared_job
from partitioned_pipelines.runtime.executions.job_log import JobLog

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from partitioned_pipelines.cli.target.target import Cloud
    from partitioned_pipelines.runtime.executions.history import StepJob
    from partitioned_pipelines.runtime.executions.job_log import LogLine

_HEADER = "Traceback (most recent call last):"
# The lines between the tracebacks of a chain: https://docs.python.org/3/library/traceback.html
_CHAINED = (
    "The above exception was the direct cause of the following exception:",
    "During handling of the above exception, another exception occurred:",
)
_FRAME = re.compile(r'  File "(?P<path>.+)", line (?P<line>\d+)(?:, in (?P<function>.+))?')
_LIBRARY = re.compile(r".*/(?:site-packages|dist-packages|lib(?:64)?/python3[.\d]*|spark/python(?:/lib/[^/]+\.zip)?)/")
_INPUTS = "/opt/ml/processing/input/"


class ScriptOutput:
    """The output of an execution's jobs, read as it grows.

    Parameters
    ----------
    shown
        Whether to read and show the output at all.
    """

    def __init__(self, cloud: Cloud, *, shown: bool) -> None:
        self._cloud = cloud
        self._shown = shown
        self._logs: dict[str, JobLog] = {}
        self._steps: dict[str, StepLines] = {}
        self._read: set[str] = set()

    def leave_out(self, jobs: Iterable[StepJob]) -> None:
        """Do not read the output of these jobs."""
        self._read.update(job.job_name for job in jobs)

    def show(self, jobs: Iterable[StepJob]) -> None:
        """Print the new lines."""
        if not self._shown:
            return
        try:
            lines = self.new_lines(jobs)
        except ClientError as refused:  # the run continues, and its report describes failures
            self._shown = False
            note(f"what scripts print cannot be shown: {refused}", style="yellow")
            return
        for job, line in lines:
            note(f"  {job.step} | {line.message}", style="dim")

    def new_lines(self, jobs: Iterable[StepJob]) -> list[tuple[StepJob, LogLine]]:
        """Return the new lines, each with its job, or with the step of a shared job; a job that has ended is read one last time."""
        found: list[tuple[StepJob, LogLine]] = []
        for job in jobs:
            if job.job_name in self._read:
                continue
            log = self._logs.setdefault(job.job_name, JobLog(self._cloud.logs, job.job_name))
            for line in log.read():
                found += self._of_steps(job, line) if is_shared_job(job.step) else [(job, line)]
            if job.ended:
                self._read.add(job.job_name)
        return found

    def _of_steps(self, job: StepJob, line: LogLine) -> Iterator[tuple[StepJob, LogLine]]:
        steps = self._steps.setdefault(job.job_name, StepLines())
        for step, message in steps.read(line.message):
            yield replace(job, step=step or job.step), replace(line, message=message)


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame of a traceback.

    Attributes
    ----------
    path
        Shortened: relative to the script's folder, or to a library's.
    code
        The source line; empty if the log does not contain it.
    """

    path: str
    line: int
    function: str
    code: str
    in_library: bool

    def __str__(self) -> str:
        return f"{self.path}:{self.line}{f', in {self.function}' if self.function else ''}"


@dataclass(frozen=True, slots=True)
class ScriptTraceback:
    """The traceback of a script's exception.

    Attributes
    ----------
    exception
        Its class and message, as printed by Python.
    frames
        The frames in call order.
    cause
        The traceback of the exception that caused this one.
    """

    exception: str
    frames: tuple[Frame, ...]
    cause: ScriptTraceback | None = None

    def lines(self) -> list[str]:
        """Return the text for users: the exception, the script's own frames, and then those of libraries."""
        own = [frame for frame in self.frames if not frame.in_library]
        libraries = [frame for frame in self.frames if frame.in_library]
        written = [self.exception]
        for frame in own:
            written += [f"  {frame}", *([f"    {frame.code}"] if frame.code else [])]
        if libraries:
            written += ["  in libraries:", *(f"    {frame}" for frame in libraries)]
        return [*written, *(["caused by", *self.cause.lines()] if self.cause else [])]

    def document(self) -> dict[str, Any]:
        """Return the ``traceback`` of a run's ``--json``, with the script's own frames separated from libraries'."""
        return {
            "exception": self.exception,
            "script_frames": [_frame_document(frame) for frame in self.frames if not frame.in_library],
            "library_frames": [_frame_document(frame) for frame in self.frames if frame.in_library],
            "cause": self.cause.document() if self.cause else None,
        }


def find_traceback(lines: Sequence[str]) -> tuple[ScriptTraceback | None, list[str]]:
    """Return the last traceback in a log.

    Returns
    -------
    tuple
        The traceback or None, and the other lines that the script printed.
    """
    found: ScriptTraceback | None = None
    begins, ends = 0, 0
    index = 0
    while index < len(lines):
        if lines[index].strip() != _HEADER:
            index += 1
            continue
        start = index
        parsed, index = _parse(lines, index + 1)
        if parsed is None:
            continue
        between = [line for line in lines[ends:start] if line.strip()] if found else []
        chained = bool(between) and all(line.strip() in _CHAINED for line in between)
        found, begins = (replace(parsed, cause=found), begins) if chained else (parsed, start)
        ends = index
    if found is None:
        return None, list(lines)
    return found, [*lines[:begins], *lines[ends:]]


def _parse(lines: Sequence[str], index: int) -> tuple[ScriptTraceback | None, int]:
    """Return the frames and the exception after a header; None if the log ends before the exception, or the header is not a traceback's."""
    frames: list[Frame] = []
    while index < len(lines):
        line = lines[index]
        if match := _FRAME.fullmatch(line):
            frames.append(_frame(match))
        elif line.startswith("    ") and frames:
            if not frames[-1].code:  # after the source line come marks below it
                frames[-1] = replace(frames[-1], code=line.strip())
        elif line.startswith("  [Previous line repeated"):
            pass
        elif line.strip():
            return (ScriptTraceback(line.strip(), tuple(frames)), index + 1) if frames else (None, index)
        index += 1
    return None, index


def _frame(match: re.Match[str]) -> Frame:
    path = match["path"]
    short, in_library = path, path.startswith("<frozen ")
    if path.startswith(_INPUTS):
        # The first folder is the input's name: code or py-files.
        short = PurePosixPath(path[len(_INPUTS) :].partition("/")[2] or path).as_posix()
    elif library := _LIBRARY.match(path):
        short, in_library = path[library.end() :], True
    return Frame(short, int(match["line"]), match["function"] or "", "", in_library)


def _frame_document(frame: Frame) -> dict[str, Any]:
    return {"path": frame.path, "line": frame.line, "function": frame.function or None, "code": frame.code or None}
