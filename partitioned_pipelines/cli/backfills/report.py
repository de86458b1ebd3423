"""Plans and backfills as text and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from partitioned_pipelines.cli.remedies import paste
from partitioned_pipelines.cli.terminal.output import note
from partitioned_pipelines.lake.intervals.instants import format_instant

if TYPE_CHECKING:
    from collections.abc import Sequence

    from partitioned_pipelines.cli.backfills.machine import Backfill, RunCounts
    from partitioned_pipelines.cli.backfills.progress import FailedRun
    from partitioned_pipelines.cli.backfills.request import Asked, Planned
    from partitioned_pipelines.cli.settings import Settings
    from partitioned_pipelines.spec.model.pipeline import Pipeline

_SMALL_COST = 0.1  # instance-hours
_SHOWN_INTERVALS, _SHOWN_FAILURES = 5, 20


def tell_plan(planned: Planned, asked: Asked, jobs: int, hours: float | None, concurrency: int) -> None:
    """Print what would run, what is left out and why, and the cost."""
    plan = planned.plan
    note(
        f"{plan.pipeline}: {_count(len(plan.runs), 'run')} from {asked.span.start_text} to {asked.span.end_text} (--{plan.mode})"
    )
    if plan.runs:
        note(f"  first {plan.runs[0]}, last {plan.runs[-1]}, {asked.record['order']}, {concurrency} at a time")
    for reason, intervals in planned.selection.left_out.items():
        shown = ", ".join(map(str, intervals[:_SHOWN_INTERVALS]))
        more = f" and {len(intervals) - _SHOWN_INTERVALS:,} more" if len(intervals) > _SHOWN_INTERVALS else ""
        note(f"  left out, {reason}: {shown}{more}", style="dim")
    if plan.runs:
        cost = "unknown" if hours is None else f"about {hours:,.1f}" if hours >= _SMALL_COST else "less than 0.1"
        note(f"  {_count(jobs, 'job')}, instance-hours: {cost}")


def plan_document(planned: Planned, asked: Asked, jobs: int, hours: float | None, concurrency: int) -> dict[str, Any]:
    """Return the plan as JSON."""
    plan = planned.plan
    names = plan.run_names()
    return {
        "backfill": plan.name,
        "pipeline": plan.pipeline,
        **asked.record,
        "runs": [{"name": name, **run.ends} for name, run in zip(names, plan.runs, strict=True)],
        "left_out": {
            reason: [interval.ends for interval in intervals]
            for reason, intervals in planned.selection.left_out.items()
        },
        "jobs": jobs,
        "instance_hours": hours,
        "max_concurrency": concurrency,
    }


def backfill_document(
    backfill: Backfill, status: str, counts: RunCounts | None, failed: Sequence[FailedRun] | None = None
) -> dict[str, Any]:
    """Return a backfill as JSON."""
    record = backfill.record
    return {
        "backfill": backfill.name,
        "pipeline": backfill.pipeline,
        "status": status,
        "started_at": format_instant(backfill.started_at),
        "mode": record.get("mode"),
        "from": record.get("from"),
        "to": record.get("to"),
        "created_by": record.get("created_by"),
        "runs": counts.total if counts else record.get("runs"),
        "succeeded": counts.succeeded if counts else None,
        "failed": counts.failed if counts else None,
        "running": counts.running if counts else None,
        "left": counts.left if counts else None,
        "execution_arn": backfill.execution_arn,
        **({} if failed is None else {"failed_runs": [run.document() for run in failed]}),
    }


def tell_failures(settings: Settings, pipeline: Pipeline, failed: Sequence[FailedRun]) -> None:
    """Print the runs that failed, each with its reason."""
    for run in failed[:_SHOWN_FAILURES]:
        where = f" at {run.failed_step}" if run.failed_step else ""
        note(f"  {run.interval or run.name}: {run.status}{where}{f': {run.reason}' if run.reason else ''}", style="red")
    if len(failed) > _SHOWN_FAILURES:
        more = paste(settings, "runs", pipeline.name, "--failed")
        note(f"  and {len(failed) - _SHOWN_FAILURES:,} more: {more}", style="red")


def again(settings: Settings, backfill: Backfill, failed: Sequence[FailedRun], *, stopped: bool) -> str | None:
    """Return the command that runs what failed again and, of a backfill that was stopped, what it did not come to.

    A backfill of published intervals is repeated in its own mode: they are still published, by earlier runs. None if its time is not known.
    """
    record = backfill.record
    start, end, mode = record.get("from"), record.get("to"), record.get("mode")
    if mode in ("all", "outdated"):
        known = [run.interval for run in failed if run.interval]
        if known and not stopped:
            start, end = min(known, key=lambda one: one.start).start_text, max(known, key=lambda one: one.end).end_text
    else:
        mode = "missing" if stopped else "failed"
    if start is None or end is None:
        return None
    more = ["--every-interval"] if record.get("every_interval") else []
    more += ["--chunk", record["chunk"]] if record.get("chunk") else []
    return paste(settings, "backfill", backfill.pipeline, f"--{mode}", "--from", start, "--to", end, *more)


def _count(number: int, what: str) -> str:
    return f"{number:,} {what if number == 1 else f'{what}s'}"
