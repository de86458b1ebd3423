"""How a run ended, as the one document that ``run --json`` prints and the words that people read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from partitioned_pipelines.cli.runs.execution_progress import parse_object

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from partitioned_pipelines.cli.runs.execution_progress import Failed
    from partitioned_pipelines.cli.runs.script_output import ScriptTraceback

_COUNTS = ("created", "repointed", "unchanged", "kept_newer")


@dataclass(frozen=True)
class RunError:
    """Why a run failed.

    Attributes
    ----------
    state
        The state that failed; empty if it was none.
    error, cause
        As Step Functions has them.
    message
        The cause in words: a job's exit message, an exception's text.
    job_name
        The processing job that failed, if it was one.
    log_tail
        The last lines of that job's log, as they are.
    traceback
        The script's, if the end of its log has one.
    printed
        The last lines that the script printed itself: without the traceback.
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
        """Find words for what Step Functions says; a task's cause is a document of the service that it called."""
        cause = parse_object(failure.cause)
        message = cause.get("ExitMessage") or cause.get("FailureReason") or cause.get("errorMessage") or failure.cause
        error = str(cause.get("errorType") or failure.error)
        return cls(failure.state, error, failure.cause, str(message), cause.get("ProcessingJobName") or job_name)

    def document(self) -> dict[str, Any]:
        """Return the ``error`` of the run's document."""
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
    """How a run ended.

    Attributes
    ----------
    data
        The execution's output; where it failed, the output of the last state that did not.
    registration_begun
        Whether RegisterPartitions was called, so that the run may have published something whatever came of it.
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
        """Whether the execution did."""
        return self.status == "SUCCEEDED"

    @property
    def nothing_done_because(self) -> str | None:
        """Why a run that succeeded has done nothing; None if it has."""
        plan = self._plan
        return str(plan.get("reason") or plan["outcome"]) if plan.get("outcome", "run") != "run" else None

    @property
    def run_id(self) -> str | None:
        """The run's id; None where PlanRun did not get so far."""
        return self._plan.get("run_id")

    @property
    def process_days(self) -> str | None:
        """Which days the run is about, in words; None where PlanRun did not get so far."""
        plan = self._plan
        if "process_start" not in plan:
            return None
        return str(plan.get("process_date") or f"{plan['process_start']} to {plan['process_end']}")

    @property
    def registrations(self) -> list[Mapping[str, Any]]:
        """What RegisterPartitions has done, for each table."""
        found = self.data.get("registrations")
        return list(found.values()) if isinstance(found, dict) else []

    def document(self, tables: Sequence[Mapping[str, Any]] = ()) -> dict[str, Any]:
        """Return the document of ``run --json``; ``tables`` says what the run did to each table."""
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
