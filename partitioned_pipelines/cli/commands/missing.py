"""``pipelines missing``: the intervals of a pipeline that have no data, and why."""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Annotated, Any

import typer

from partitioned_pipelines.cli.command import command
from partitioned_pipelines.cli.errors import ExitCode
from partitioned_pipelines.cli.project import Name
from partitioned_pipelines.cli.remedies import paste
from partitioned_pipelines.cli.runs.intervals.interval_options import asked_ends, options_of
from partitioned_pipelines.cli.runs.intervals.interval_states import PipelineIntervals
from partitioned_pipelines.cli.runs.published_table import open_pipeline
from partitioned_pipelines.cli.settings import Settings
from partitioned_pipelines.cli.terminal.output import note, print_json, print_table, shown_reason, spinner
from partitioned_pipelines.runtime.intervals.interval_state import (
    MISSING,
    OF_ANOTHER_INTERVAL,
    ORDER,
    UNEXPECTED,
    IntervalState,
    State,
    StateName,
)
from partitioned_pipelines.spec.derived.interval_rule import interval_rule
from partitioned_pipelines.spec.model.pipeline import Pipeline

From = Annotated[
    str | None,
    typer.Option(
        "--from", metavar="DATE|TIME", help="Start of the time to examine; default: the earliest known interval"
    ),
]
To = Annotated[
    str | None,
    typer.Option(
        "--to", metavar="DATE|TIME", help="Exclusive end: the start of the date or time given; default: what is due"
    ),
]
Strict = Annotated[
    bool,
    typer.Option(
        "--strict", help="Also fail for skipped intervals, and list intervals that only other intervals' runs filled"
    ),
]

_SHOWN = 50


@command
def missing(settings: Settings, name: Name, from_: From = None, to: To = None, strict: Strict = False) -> None:
    """List the intervals of a pipeline that have no data: failed (and why), skipped, lost, or never started.
    The exit code is 0 if none is missing, or only skipped ones without --strict, and 1 otherwise.
    """
    with open_pipeline(settings, name, None) as pipeline, spinner("comparing the schedule with the tables"):
        start, end = asked_ends(interval_rule(pipeline.pipeline).calendar, from_, to)
        intervals = PipelineIntervals(pipeline)
        states = intervals.states(intervals.expected(start, end), thorough=strict)
        unmarked = intervals.unmarked_tables
    counted = Counter(each.state.name for each in states)
    refused = UNEXPECTED | MISSING if strict else UNEXPECTED
    if settings.json:
        print_json(_document(name, states, counted, strict=strict))
    else:
        _print(settings, pipeline.pipeline, states, counted, strict=strict)
    for table in unmarked:
        note(
            f"{table}: its runs leave no marks; successes are known from executions only, for 90 days",
            style="dim",
        )
    if any(counted[state] for state in refused):
        raise typer.Exit(ExitCode.FAILED)


def _print(
    settings: Settings,
    pipeline: Pipeline,
    states: Sequence[IntervalState],
    counted: Counter[StateName],
    *,
    strict: bool,
) -> None:
    several = len(pipeline.tables) > 1
    alike = groupby(states, lambda each: _rows(each, several=several, strict=strict))
    rows = [[_span(list(group)), *row] for found, group in alike for row in found]
    if rows:
        print_table(["interval", *(["table"] if several else []), "state", "run_id", "why"], rows[:_SHOWN])
    if len(rows) > _SHOWN:
        note(f"and {len(rows) - _SHOWN:,} more: --json has them all", style="yellow")
    if not states:
        note(
            f"nothing is expected of {pipeline.name} yet: no run and no firing of its schedule is known", style="yellow"
        )
        return
    span = f"from {states[0].interval.start_text} to {states[-1].interval.end_text}"
    found = ", ".join(f"{counted[state]:,} {_shown(state)}" for state in ORDER if counted[state])
    lacks = any(counted[state] for state in MISSING)
    note(f"{pipeline.name}, {len(states):,} intervals {span}: {found}", style="yellow" if lacks else "green")
    for line in _remedies(settings, pipeline.name, states):
        note(f"  {line}", style="yellow")


def _rows(each: IntervalState, *, several: bool, strict: bool) -> list[list[str]]:
    """Return what is told of an interval: consecutive ones of which the same is told share one row."""
    return [
        [*([table] if several else []), _shown(state.name), state.run_id or "", shown_reason(state.reason or "")]
        for table, state in each.tables.items()
        if state.missing or (strict and _by_another(state))
    ]


def _span(group: Sequence[IntervalState]) -> str:
    first, last = group[0].interval, group[-1].interval
    return str(first) if len(group) == 1 else f"{first} to {last} ({len(group):,})"


def _remedies(settings: Settings, name: str, states: Sequence[IntervalState]) -> Iterator[str]:
    """Yield the commands for the newest failed interval, for the first that needs a new run, and for all of them."""
    failed = [each.state.run_id for each in states if each.state.name == "failed" and each.state.run_id]
    if failed:
        yield f"see why: {paste(settings, 'logs', name, failed[-1])}"
        yield f"continue it: {paste(settings, 'retry', name, failed[-1])}"
    if unexpected := [each for each in states if each.state.name in UNEXPECTED]:
        yield f"run one again: {paste(settings, 'run', name, *options_of(unexpected[0].interval))}"
        if len(unexpected) > 1:
            span = ("--from", unexpected[0].interval.start_text, "--to", unexpected[-1].interval.end_text)
            yield f"run all that are missing: {paste(settings, 'backfill', name, *span)}"
    if any(each.state.name == "lost" for each in states):
        yield f"restore what was lost: {paste(settings, 'doctor', name)}"


def _document(
    name: str, states: Sequence[IntervalState], counted: Counter[StateName], *, strict: bool
) -> dict[str, Any]:
    return {
        "pipeline": name,
        "from": states[0].interval.start_text if states else None,
        "to": states[-1].interval.end_text if states else None,
        "expected": len(states),
        "counts": {state: counted[state] for state in ORDER},
        "missing": [_interval_document(each) for each in states if each.missing],
        "without_a_run_of_their_own": [
            _interval_document(each)
            for each in states
            if strict and not each.missing and any(_by_another(state) for state in each.tables.values())
        ],
    }


def _interval_document(each: IntervalState) -> dict[str, Any]:
    return {
        "interval": str(each.interval),
        **each.interval.ends,
        "input": each.interval.execution_input,
        **_state_document(each.state),
        "tables": {table: _state_document(state) for table, state in each.tables.items()},
    }


def _state_document(state: State) -> dict[str, Any]:
    return {"state": state.name, "reason": state.reason, "run_id": state.run_id}


def _by_another(state: State) -> bool:
    return state.reason == OF_ANOTHER_INTERVAL


def _shown(state: StateName) -> str:
    return state.replace("_", " ")
