"""The runs of a pipeline about a window of time: listed by the service, and kept on this machine."""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING

from partitioned_pipelines.cli.lake.runs.ended_runs import EndedRun
from partitioned_pipelines.cli.runs.executions.execution_list import CloudExecutions, list_executions
from partitioned_pipelines.operations.lake_state.documents.lake import RunSummary
from partitioned_pipelines.runtime.executions.trigger import trigger_of
from partitioned_pipelines.runtime.intervals.attempts import attempt_about

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from partitioned_pipelines.cli.lake.runs.ended_runs import EndedRuns
    from partitioned_pipelines.cli.target.target import Cloud
    from partitioned_pipelines.lake.intervals.execution_input import IntervalRule
    from partitioned_pipelines.runtime.executions.execution import Execution
    from partitioned_pipelines.runtime.intervals.evidence import Attempt


@dataclass(frozen=True)
class KnownRuns:
    """The runs of a pipeline.

    Attributes
    ----------
    attempts
        Those that are open or failed, and the oldest and the newest one; all of them if that was asked for.
    last
        The newest run.
    listed
        The executions that the service lists, the newest first.
    state
        Identifies the executions and their states; None while one is open, or if they could not be listed.
    """

    attempts: tuple[Attempt, ...] = field(default=())
    last: RunSummary | None = None
    listed: tuple[Execution, ...] = ()
    state: str | None = None


def read_known_runs(
    cloud: Cloud,
    outputs: Mapping[str, str],
    rule: IntervalRule,
    kept: EndedRuns,
    earliest: datetime | None,
    *,
    succeeded: bool,
) -> KnownRuns:
    """Read the runs of a pipeline, given its stack's outputs, the newest first.

    Parameters
    ----------
    earliest
        The start of the oldest run to read; None reads all.
    succeeded
        Whether to read what the successful ones are about, too: needed if those leave no marks.
    """
    listed: list[Execution] = []
    for execution in list_executions(cloud, outputs):
        if earliest and execution.started_at < earliest:
            break
        listed.append(execution)
    wanted = [one for one in listed if succeeded or one.runs or one.failed]
    wanted += [
        one for one in (*listed[:1], *listed[-1:]) if one not in wanted
    ]  # where the table's intervals begin and end
    executions = CloudExecutions(cloud, outputs)
    attempts = [attempt for one in wanted if (attempt := read_kept_attempt(executions, one, rule, kept).attempt)]
    forgotten = (each.attempt for each in kept.others({one.arn for one in listed}))
    older = [each for each in forgotten if each and (earliest is None or each.started_at >= earliest)]
    kept.save()
    last = listed[0] if listed else None
    summary = RunSummary(last.run_id, last.status, last.started_at) if last else None
    return KnownRuns((*attempts, *older), summary, tuple(listed), _state(listed))


def _state(listed: Sequence[Execution]) -> str | None:
    if any(one.runs for one in listed):
        return None
    told = "\n".join(f"{one.arn} {one.status} {one.revision}" for one in listed)
    return sha256(told.encode()).hexdigest()


def read_kept_attempt(
    executions: CloudExecutions, execution: Execution, rule: IntervalRule, kept: EndedRuns
) -> EndedRun:
    """Return what an execution is about; one that has ended is read once, and kept."""
    if not execution.runs and (known := kept.find(execution)):
        return known
    given = executions.input_of(execution)
    attempt = attempt_about(executions, execution, given, rule)
    run = EndedRun(attempt, trigger_of(execution.name, given), execution.status, execution.revision)
    if not execution.runs:
        kept.keep(execution, run)
    return run
