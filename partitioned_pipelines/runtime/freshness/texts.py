"""The notices of the watch, as text for people and as facts for programs."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from partitioned_pipelines.lake.intervals.instants import format_instant
from partitioned_pipelines.lake.intervals.interval import iso_text
from partitioned_pipelines.runtime.notices.notice import Notice
from partitioned_pipelines.runtime.notices.shared_texts import command
from partitioned_pipelines.runtime.shortened_text import shortened

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from partitioned_pipelines.runtime.executions.execution import Execution
    from partitioned_pipelines.runtime.freshness.overdue import Overdue
    from partitioned_pipelines.runtime.freshness.schedule_state import ScheduleState
    from partitioned_pipelines.runtime.intervals.interval_state import State

_MINUTE, _HOUR = timedelta(minutes=1), timedelta(hours=1)
_SHOWN_RUNS = 5
_MOST_RUNS = 100  # of the facts: with each run, a message would grow beyond the 256 KiB of SNS
_DAILY = "This notice is repeated each day while it lasts."


def overdue_notice(
    pipeline: str, found: Overdue, allowance: timedelta, options: Sequence[str], *, waited: bool = False
) -> Notice:
    """Return the notice of an interval that is not there in time; with ``waited``, its run waited for its inputs."""
    newest, first = found.newest.interval, found.first.interval
    clock = newest.clock
    lacking = {name: state for name, state in found.newest.tables.items() if state.missing}
    waits = "was to wait for its inputs until" if waited else "was scheduled for"
    lines = [
        f"{pipeline} has no data for {newest}. Its run {waits} {iso_text(clock.local(found.newest_due.fired_at))}, "
        f"and the data should have been there {shown_duration(allowance)} later.",
        *(f"  {name}: {_why(state)}" for name, state in lacking.items()),
    ]
    if found.newest_due.skipped:
        what = "watch that deadline" if waited else "start that run"
        lines.append(f"EventBridge Scheduler does not {what}: the clocks skip its local time.")
    if found.count > 1:
        since = (
            f"since {iso_text(clock.local(found.due_at))}" if found.since else "for longer than the watch looks back"
        )
        lines.append(f"{found.count} intervals in a row are missing, the first is {first}: overdue {since}.")
    commands = [command(pipeline, options, *words) for words in (("missing",), *_repairs(found))]
    return Notice(
        kind="overdue",
        pipeline=pipeline,
        subject=f"{pipeline} is overdue: no data for {newest}",
        text=_text([*lines, "", *commands, "", _DAILY]),
        facts={
            "interval": newest.ends,
            "first_missing": first.ends,
            "missing": found.count,
            "since": format_instant(found.since) if found.since else None,
            "tables": {
                name: {"state": state.name, "reason": state.reason, "run_id": state.run_id}
                for name, state in lacking.items()
            },
            "commands": commands,
        },
    )


def schedule_off_notice(pipeline: str, schedule: ScheduleState, options: Sequence[str]) -> Notice:
    """Return the notice of a schedule that was switched off or deleted, but not by ``pipelines pause``."""
    since = schedule.changed_at
    what = "is switched off" if schedule.exists else "does not exist any more"
    lines = [
        f"The schedule of {pipeline} {what}{f', since {format_instant(since)} or later' if since else ''}: no run starts. "
        "It was changed by hand, not by pipelines pause.",
    ]
    commands = [command(pipeline, options, verb) for verb in ("resume", "pause") if schedule.exists]
    if schedule.exists:
        lines.append("Switch it on again with resume; or let pause keep it off, without notices.")
    else:
        lines.append("To create it again: remove `schedule:` from the pipeline file, deploy, put it back, and deploy.")
    return Notice(
        kind="schedule_off",
        pipeline=pipeline,
        subject=f"{pipeline}: its schedule {what}",
        text=_text([*lines, "", *commands, "", _DAILY]),
        facts={
            "exists": schedule.exists,
            "since": format_instant(since) if since else None,
            "commands": commands,
        },
    )


def hanging_notice(
    pipeline: str, runs: Sequence[Execution], longest: timedelta, at: datetime, options: Sequence[str]
) -> Notice:
    """Return the notice of runs that are open for longer than a run may take, the newest first."""
    lines = [
        f"{pipeline} has {_counted(len(runs), 'run')} that should have ended: a run takes at most {shown_duration(longest)}."
    ]
    lines += [
        f"  {run.run_id}: running for {shown_duration(at - opened_at(run))}, since {format_instant(opened_at(run))}"
        for run in runs[:_SHOWN_RUNS]
    ]
    if len(runs) > _SHOWN_RUNS:
        lines.append(f"  and {len(runs) - _SHOWN_RUNS} more")
    commands = [command(pipeline, options, "logs", run.run_id) for run in runs[:_SHOWN_RUNS]]
    return Notice(
        kind="hanging",
        pipeline=pipeline,
        subject=f"{pipeline}: {runs[0].run_id} has not ended after {shown_duration(at - opened_at(runs[0]))}",
        text=_text([*lines, "", *commands, "", "Stop an execution in the console, or with the AWS CLI.", _DAILY]),
        facts={
            "runs": [
                {"run_id": run.run_id, "execution": run.arn, "since": format_instant(opened_at(run))}
                for run in runs[:_MOST_RUNS]
            ],
            "count": len(runs),
            "longest_seconds": int(longest.total_seconds()),
            "commands": commands,
        },
    )


def unwatched_notice(pipeline: str, error: Exception, options: Sequence[str]) -> Notice:
    """Return the notice of a pipeline that the watch could not examine."""
    reason = shortened(f"{type(error).__name__}: {error}")
    lines = [
        f"The watch could not examine {pipeline}: an interval that is overdue, a schedule that is switched off, or a run that hangs would not "
        "be reported.",
        f"Error: {reason}",
    ]
    commands = [command(pipeline, options, "missing")]
    return Notice(
        kind="unwatched",
        pipeline=pipeline,
        subject=f"{pipeline} cannot be watched",
        text=_text([*lines, "", *commands, "", "This notice is repeated each hour while it lasts."]),
        facts={"error": reason, "commands": commands},
    )


def opened_at(run: Execution) -> datetime:
    """Return the time since which an execution is open: that of its start, or of its last redrive."""
    return run.redriven_at or run.started_at


def shown_duration(span: timedelta) -> str:
    """Return a duration in words: ``30 hours``, ``8 days``, ``13 hours 22 minutes``."""
    minutes = span // _MINUTE
    days, hours, minutes = minutes // 1440, minutes // 60, minutes % 60
    if days >= 2 and span < timedelta(days=days) + _HOUR:
        return f"{days} days"
    parts = [_counted(hours, "hour")] if hours else []
    if minutes or not hours:
        parts.append(_counted(minutes, "minute"))
    return " ".join(parts)


def _counted(number: int, unit: str) -> str:
    return f"{number} {unit}{'' if number == 1 else 's'}"


def _why(state: State) -> str:
    said: dict[str, str] = {
        "skipped": "skipped, the run had no input",
        "lost": f"lost: {state.reason}",
        "failed": f"the run failed ({state.reason})",
        "never_started": "no run about it has started",
    }
    run = f", run {state.run_id}" if state.run_id else ""
    return f"{said.get(state.name, state.name)}{run}"


def _repairs(found: Overdue) -> list[tuple[str, ...]]:
    """Return the words of the commands that may help, without the pipeline's name."""
    state = found.newest.state
    commands: list[tuple[str, ...]] = []
    if state.name == "failed" and state.run_id:
        commands += [(verb, state.run_id) for verb in ("logs", "retry")]
    if state.name == "lost":
        commands.append(("doctor",))
    if found.count > 1:
        span = "--from", found.first.interval.start_text, "--to", found.newest.interval.end_text
        return [*commands, ("backfill", *span)]
    given = found.newest.interval.execution_input
    return [*commands, ("run", *(word for name, value in given.items() for word in (f"--{name}", value)))]


def _text(lines: list[Any]) -> str:
    return "\n".join(lines)
