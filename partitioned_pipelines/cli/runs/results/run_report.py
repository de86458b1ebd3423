"""The result of a run: the document of ``run --json``, and the values for its text output."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from partitioned_pipelines.lake.intervals.interval import shown_span
from partitioned_pipelines.runtime.executions.history import explain

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from partitioned_pipelines.cli.runs.logs.script_output import ScriptTraceback
    from partitioned_pipelines.runtime.executions.history import Failed

_COUNTS = ("created", "repointed", "unchanged", "kept_newer")


@dataclass(frozen=True)
class RunError:
    """The reason for a run's failure.

    Attributes
    ----------
    state
        The state that failed, or the step of a shared job; empty if the execution itself failed.
    error, cause
        As reported by Step Functions.
    message
        The cause as text: a job's exit message, an exception's message.
    job_name
        The processing job that failed, if any.
    log_tail
        The last lines of that job's log, unchanged.
    traceback
        The script's traceback, if the end of its log contains one.
    printed
        The script's last lines of output, without the traceback.
    """

    state: str
    error: str
    cause: str
    message: str
    job_name: str | None
    log_tail: tuple[str, ...] = ()
    traceback: ScriptTraceback | None = None
    printed: tuple[str, ...] = ()

    @classmethod
    def from_failure(cls, failure: Failed, job_name: str | None) -> RunError:
        """Return the error of a failure, and the job that failed: the one of its cause, or else the given one."""
        found = explain(failure)
        job = found.job_name or job_name
        return cls(found.state, found.error, failure.cause, found.message, job)

    def document(self) -> dict[str, Any]:
        """Return the ``error`` field of the run's document."""
        return {
            "state": self.state or None,
            "error": self.error,
            "message": self.message,
            "cause": self.cause,
            "job_name": self.job_name,
            "traceback": self.traceback.document() if self.traceback else None,
            "printed": list(self.printed),
            "log_tail": list(self.log_tail),
        }


@dataclass(frozen=True)
class RunReport:
    """The result of a run.

    Attributes
    ----------
    data
        The execution's output; if it failed, the output of the last successful state.
    registration_begun
        Whether RegisterPartitions was called, so that even a failed run may have published partitions.
    interrupted_by
        The signal on which the command stopped the execution.
    """

    execution_arn: str
    status: str
    data: Mapping[str, Any]
    error: RunError | None
    registration_begun: bool = True
    interrupted_by: int | None = None

    @property
    def succeeded(self) -> bool:
        """Whether the execution succeeded."""
        return self.status == "SUCCEEDED"

    @property
    def nothing_done_because(self) -> str | None:
        """The reason why a successful run did nothing; None if it did something."""
        plan = self._plan
        return str(plan.get("reason") or plan["outcome"]) if plan.get("outcome", "run") != "run" else None

    @property
    def run_id(self) -> str | None:
        """The run's id; None if PlanRun did not return it."""
        return self._plan.get("run_id")

    @property
    def process_days(self) -> str | None:
        """The interval of the run as text; None if PlanRun did not return them."""
        plan = self._plan
        if "process_start" not in plan:
            return None
        if plan["process_start"] == plan.get("process_date"):
            return str(plan["process_date"])  # one day, whatever the next one is
        return shown_span(str(plan["process_start"]), str(plan["process_end"]))

    @property
    def registrations(self) -> list[Mapping[str, Any]]:
        """The results of RegisterPartitions, one for each table."""
        found = self.data.get("registrations")
        return list(found.values()) if isinstance(found, dict) else []

    def document(self, tables: Sequence[Mapping[str, Any]] = ()) -> dict[str, Any]:
        """Return the document of ``run --json``; ``tables`` holds the run's result for each table."""
        return {
            "execution_arn": self.execution_arn,
            "status": self.status,
            "run_id": self.run_id,
            "process_start": self._plan.get("process_start"),
            "process_end": self._plan.get("process_end"),
            "partitions": {name: sum(int(one.get(name, 0)) for one in self.registrations) for name in _COUNTS},
            "tables": list(tables),
            "error": self.error.document() if self.error else None,
        }

    @property
    def _plan(self) -> Mapping[str, Any]:
        plan = self.data.get("plan")
        return plan if isinstance(plan, dict) else {}
