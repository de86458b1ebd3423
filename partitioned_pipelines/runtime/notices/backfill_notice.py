"""The notice at the end of a backfill: one for all of its runs."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from partitioned_pipelines.lake.runs.backfill_names import BACKFILL_PREFIX, backfill_run_prefix
from partitioned_pipelines.runtime.notices.console import execution_page
from partitioned_pipelines.runtime.notices.ended_run import SUCCEEDED
from partitioned_pipelines.runtime.notices.notice import Notice
from partitioned_pipelines.runtime.notices.shared_texts import command
from partitioned_pipelines.runtime.notices.step_functions_run import ended_execution
from partitioned_pipelines.runtime.shortened_text import shortened

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from partitioned_pipelines.lake.function_events.ended_events import NoticeSpec
    from partitioned_pipelines.runtime.executions.execution import Execution
    from partitioned_pipelines.runtime.notices.ended_run import Ended

_SHOWN = 5


def runs_of(backfill: Ended, executions: Iterable[Execution]) -> list[Execution]:
    """Return the runs of a backfill among executions, the newest first; those that are older than the backfill are not read."""
    prefix = backfill_run_prefix(backfill.name.removeprefix(BACKFILL_PREFIX))
    found = []
    for one in executions:
        if backfill.started_at and one.started_at < backfill.started_at:
            break
        if one.name.startswith(prefix):
            found.append(one)
    return found


def backfill_notice(detail: Mapping[str, Any], runs: Sequence[Execution] | None, spec: NoticeSpec) -> Notice:
    """Return the notice of a backfill that has ended; ``runs`` is None if they could not be listed."""
    backfill, name = ended_execution(detail), spec["pipeline"]
    counts = Counter(one.status for one in runs or ())
    failed = sorted((one for one in runs or () if one.failed), key=lambda one: one.name)
    prefix = backfill_run_prefix(backfill.name.removeprefix(BACKFILL_PREFIX))
    intervals = [one.name.removeprefix(prefix) for one in failed]
    ended = "ended" if backfill.status == SUCCEEDED else f"ended as {backfill.status}"
    result = "" if runs is None else _result(len(runs), counts[SUCCEEDED], len(failed))
    see, missing = command(name, spec["options"], "backfills", "--follow"), command(name, spec["options"], "missing")
    retries = [command(name, spec["options"], "retry", one.run_id) for one in failed[:_SHOWN]]
    link = None if spec["local"] else execution_page(backfill.arn)
    more = f"\n  and {len(failed) - _SHOWN:,} more" if len(failed) > _SHOWN else ""
    shown = "\n".join(f"  {interval}  {retry}" for interval, retry in zip(intervals[:_SHOWN], retries, strict=True))
    reason = shortened(": ".join(filter(None, (detail.get("error"), detail.get("cause")))))
    lines = [f"Runs     {see}", f"Missing  {missing}", *([f"Open     {link}"] if link else [])]
    parts = [
        f"The backfill {backfill.name} of {name} {ended}{f': {result}' if result else ''}.",
        f"Error: {reason}" if reason else "",
        f"The first intervals that failed, and the command that retries each:\n{shown}{more}" if failed else "",
        "\n".join(lines),
    ]
    facts: dict[str, Any] = {
        "status": backfill.status,
        "backfill": backfill.name,
        "execution_arn": backfill.arn,
        "runs": None if runs is None else len(runs),
        "succeeded": None if runs is None else counts[SUCCEEDED],
        "failed": None if runs is None else len(failed),
        "first_failed_intervals": intervals[:_SHOWN],
        "commands": [see, *retries[:1], missing],
        "link": link,
    }
    subject = f"The backfill {backfill.name} of {name} {ended}{f': {result}' if result else ''}"
    return Notice("backfill", name, subject, "\n\n".join(part for part in parts if part), facts)


def _result(runs: int, succeeded: int, failed: int) -> str:
    if not runs:
        return "none of its runs was started"
    if succeeded == runs:
        return f"all {runs:,} runs succeeded" if runs > 1 else "its run succeeded"
    others = runs - succeeded - failed
    return f"{failed:,} of {runs:,} runs failed{f', {others:,} are still running' if others else ''}"
