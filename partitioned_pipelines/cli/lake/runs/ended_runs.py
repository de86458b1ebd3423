"""Ended executions, kept on this machine, so that they are read once, and are known when the service has forgotten them.

Step Functions keeps executions for 90 days. The files can be deleted at any time.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from partitioned_pipelines.cli.lake.kept_file import KeptEntries
from partitioned_pipelines.lake.intervals.instants import format_instant, parse_instant
from partitioned_pipelines.runtime.intervals.evidence import Attempt

if TYPE_CHECKING:
    from partitioned_pipelines.runtime.executions.execution import Execution
    from partitioned_pipelines.runtime.executions.trigger import Trigger


@dataclass(frozen=True, slots=True)
class EndedRun:
    """An execution that has ended.

    Attributes
    ----------
    attempt
        What it was about; None if PlanRun rejected its input.
    by
        What started it.
    revision
        Differs if the execution was retried since.
    """

    attempt: Attempt | None
    by: Trigger
    status: str
    revision: str


class EndedRuns(KeptEntries):
    """The ended executions of a pipeline, by ARN."""

    version = 2
    name = "runs"

    def find(self, execution: Execution) -> EndedRun | None:
        """Return what is kept of an execution; None if there is nothing, or if it was retried since."""
        known = self._find(execution.arn)
        return known if known and (known.status, known.revision) == (execution.status, execution.revision) else None

    def keep(self, execution: Execution, run: EndedRun) -> None:
        """Keep an execution that has ended."""
        self._keep(execution.arn, _document(run))

    def others(self, listed: set[str]) -> list[EndedRun]:
        """Return the kept executions that are not among these ARNs."""
        return [known for arn in self._entries if arn not in listed and (known := self._find(arn))]

    def _find(self, arn: str) -> EndedRun | None:
        with suppress(ValueError, KeyError, TypeError):
            return _parse(self._entries[arn])
        return None


def _document(run: EndedRun) -> dict[str, Any]:
    attempt = run.attempt
    return {
        "by": run.by,
        "status": run.status,
        "revision": run.revision,
        "attempt": attempt
        and {
            "start": format_instant(attempt.start),
            "end": format_instant(attempt.end),
            "run_id": attempt.run_id,
            "started_at": format_instant(attempt.started_at, "milliseconds"),
            "status": attempt.status,
            "reason": attempt.reason,
        },
    }


def _parse(entry: dict[str, Any]) -> EndedRun:
    attempt = entry["attempt"]
    return EndedRun(
        attempt
        and Attempt(
            parse_instant(attempt["start"]),
            parse_instant(attempt["end"]),
            attempt["run_id"],
            parse_instant(attempt["started_at"]),
            attempt["status"],
            attempt["reason"],
        ),
        entry["by"],
        entry["status"],
        entry["revision"],
    )
