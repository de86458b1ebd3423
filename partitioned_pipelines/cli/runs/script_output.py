"""What scripts print in their jobs: shown while they run, and read for the reason of a failure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from partitioned_pipelines.cli.runs.job_log import JobLog, last_lines
from partitioned_pipelines.cli.runs.script_traceback import find_traceback
from partitioned_pipelines.cli.terminal.output import note

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from partitioned_pipelines.cli.runs.execution_progress import StepJob
    from partitioned_pipelines.cli.runs.job_log import LogLine
    from partitioned_pipelines.cli.runs.run_report import RunReport
    from partitioned_pipelines.cli.target.target import Cloud

_TAIL = 20
# A traceback through a library is long; this is one page of CloudWatch Logs.
_SEARCHED = 1000


class ScriptOutput:
    """The output of an execution's jobs, read as it grows.

    Parameters
    ----------
    shown
        Whether anything is read and shown at all.
    """

    def __init__(self, cloud: Cloud, *, shown: bool) -> None:
        self._cloud = cloud
        self._shown = shown
        self._logs: dict[str, JobLog] = {}
        self._read: set[str] = set()

    def show(self, jobs: Iterable[StepJob]) -> None:
        """Print the lines that are new."""
        if not self._shown:
            return
        try:
            lines = self.new_lines(jobs)
        except ClientError as refused:  # the run goes on, and its end says what went wrong
            self._shown = False
            note(f"what scripts print cannot be shown: {refused}", style="yellow")
            return
        for job, line in lines:
            note(f"  {job.step} | {line.message}", style="dim")

    def new_lines(self, jobs: Iterable[StepJob]) -> list[tuple[StepJob, LogLine]]:
        """Read the lines that are new; a job that has ended is read once more, and never again."""
        found = []
        for job in jobs:
            if job.job_name in self._read:
                continue
            log = self._logs.setdefault(job.job_name, JobLog(self._cloud.logs, job.job_name))
            found += [(job, line) for line in log.read()]
            if job.ended:
                self._read.add(job.job_name)
        return found


def with_log(cloud: Cloud, report: RunReport) -> RunReport:
    """Add what the log of the failed job says: the script's traceback, and what it printed last."""
    error = report.error
    if error is None or error.job_name is None:
        return report
    try:
        lines = last_lines(cloud.logs, error.job_name, _SEARCHED)
    except ClientError as refused:
        note(f"the log of {error.job_name} cannot be read: {refused}", style="yellow")
        return report
    tail = tuple(line.message for line in lines[-_TAIL:])
    # Each host by itself: the lines of several stand in between each other.
    for host in dict.fromkeys(line.host for line in lines):
        traceback, printed = find_traceback(_messages(lines, host))
        if traceback:
            failed = replace(error, log_tail=tail, traceback=traceback, printed=tuple(printed[-_TAIL:]))
            return replace(report, error=failed)
    return replace(report, error=replace(error, log_tail=tail, printed=tail))


def _messages(lines: Sequence[LogLine], host: str) -> list[str]:
    return [line.message for line in lines if line.host == host]
