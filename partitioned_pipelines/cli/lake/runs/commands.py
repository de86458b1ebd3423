"""The commands that can follow a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from partitioned_pipelines.cli.remedies import command_words
from partitioned_pipelines.cli.runs.intervals.interval_options import options_of
from partitioned_pipelines.lake.runs.shared_job import failed_step

if TYPE_CHECKING:
    from collections.abc import Sequence

    from partitioned_pipelines.cli.lake.runs.search import FoundRun
    from partitioned_pipelines.cli.lake.runs.timeline import StateAttempt
    from partitioned_pipelines.cli.settings import Settings
    from partitioned_pipelines.lake.intervals.interval import Interval


def commands_after(
    settings: Settings,
    found: FoundRun,
    interval: Interval | None,
    timeline: Sequence[StateAttempt],
    *,
    redrivable: bool,
) -> dict[str, tuple[str, ...]]:
    """Return the commands that can follow a run, as words, by what they do."""
    name, run_id, execution = found.pipeline.name, found.run_id, found.execution
    commands: dict[str, tuple[str, ...]] = {}
    if execution:
        commands["see its whole log"] = ("logs", name, run_id)
    if execution and execution.runs:
        commands["follow it"] = ("logs", name, run_id, "--follow")
    if redrivable:
        commands["continue it where it failed"] = ("retry", name, run_id)
    if interval:
        commands["run its interval again"] = ("run", name, *options_of(interval))
    ended_badly = (each for each in reversed(timeline) if each.job and each.status == "failed")
    failed = next((failed_step(each.state, each.error or "") or each.state for each in ended_badly), None)
    if failed:
        commands["repeat its job on this machine"] = ("step", name, failed, "--run", run_id)
    return {what: command_words(settings, "pipelines", *words) for what, words in commands.items()}
