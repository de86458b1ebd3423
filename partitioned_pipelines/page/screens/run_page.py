"""A run's page: why it failed and what readers see meanwhile, then its states, log, receipt and jobs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from partitioned_pipelines.lake.shell_words import shown_command
from partitioned_pipelines.operations.lake_state.shown_spans import span
from partitioned_pipelines.page.gantt import gantt_of
from partitioned_pipelines.page.rendering import render
from partitioned_pipelines.page.wording import count, duration, moment

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markupsafe import Markup

    from partitioned_pipelines.operations.lake_state.documents.lake import Lake
    from partitioned_pipelines.operations.lake_state.documents.run import Run, RunLog
    from partitioned_pipelines.page.links import Links

_BY: Final = {
    "schedule": "by its schedule",
    "inputs": "by its inputs, or at their deadline",
    "backfill": "by a backfill",
    "person": "by a command or a person",
    "unknown": "by whom is unknown",
}
LETTERS: Final = {
    "SUCCEEDED": "t",
    "PUBLISHED": "t",
    "RUNNING": "r",
    "PENDING_REDRIVE": "r",
    "FAILED": "f",
    "TIMED_OUT": "f",
    "ABORTED": "f",
    "STOPPED": "f",
}
"""The letters of statuses; the same shapes as those of intervals."""
_WORDS: Final = {
    "SUCCEEDED": "Succeeded",
    "PUBLISHED": "Published",
    "RUNNING": "Running",
    "PENDING_REDRIVE": "Waiting for a redrive",
    "FAILED": "Failed",
    "TIMED_OUT": "Timed out",
    "ABORTED": "Aborted",
    "STOPPED": "Stopped",
}
_TRACEBACK: Final = "Traceback (most recent call last)"
_ERROR: Final = re.compile(r"[A-Za-z_.]*(Error|Exception|Exit)\b")


def run_title(run: Run) -> str:
    """Return what a run is called: its pipeline and its interval."""
    return f"{run.pipeline}, for {span(run.start, run.end)}" if run.start and run.end else run.pipeline


def run_page(lake: Lake, links: Links, run: Run, logs: Sequence[RunLog]) -> Markup:
    """Return the content of the page."""
    pipeline = next((each for each in lake.pipelines if each.name == run.pipeline), None)
    zone = ZoneInfo(pipeline.zone if pipeline else "UTC")
    failed = LETTERS.get(run.status) == "f"
    steps = pipeline.steps if pipeline else ()
    expected = (*steps, *_registering(run)) if run.states and run.status != "RUNNING" else ()
    open_job = run.error.job if run.error else run.log.job
    shown = sorted(logs or [run.log], key=lambda log: log.job != open_job)
    repeating = _repeating(run)
    return render(
        "run_page.html",
        lake=lake,
        links=links,
        run=run,
        title=run_title(run),
        letter=LETTERS.get(run.status, "?"),
        verdict=verdict_of(run),
        failed=failed,
        tables=pipeline.tables if pipeline else (),
        command=shown_command(run.commands[repeating]) if failed and repeating else "",
        others=[
            (what, shown_command(words)) for what, words in run.commands.items() if not (failed and what == repeating)
        ],
        effects=_effects(run),
        waiting=run.waiting,
        facts=_facts(run, zone),
        gantt=gantt_of(run.states, run.started, lake.as_of, expected),
        logs=shown,
        marked=[_marked(log.lines) if failed else frozenset() for log in shown],
        money=run.cost.prices.currency if run.cost.prices else "",
        registered={each.table: moment(each.registered.astimezone(zone)) for each in run.receipts},
    )


def _registering(run: Run) -> tuple[str, ...]:
    """Return the state that publishes, if the run would have come to it: the orchestrators call it the same."""
    return () if run.receipts or run.nothing_done else ("RegisterPartitions",)


def verdict_of(run: Run) -> str:
    """Return how a run ended, in a sentence."""
    word = _WORDS.get(run.status, run.status)
    took = f" after {duration(run.seconds)}" if run.seconds is not None else ""
    if run.error:
        at = f" in {run.error.state}" if run.error.state else ""
        tried = max((state.attempt for state in run.states if state.name == run.error.state), default=1)
        times = f", {count(tried, 'attempt')}" if tried > 1 else ""
        nothing = " Nothing was published." if run.no_receipt and not run.errors else ""
        return f"{word}{at}{took}{times}.{nothing}"
    if run.nothing_done:
        return f"{word}{took} without doing anything: {run.nothing_done}."
    if run.status == "RUNNING":
        now = [state.name for state in run.states if state.status == "running"]
        return f"Running{': ' + ', '.join(now) if now else ''}."
    return f"{word}{took}."


def _marked(lines: Sequence[str]) -> frozenset[int]:
    """Return the indices of the lines that say why a script failed: tracebacks, and names of exceptions."""
    found = set()
    inside = False
    for index, line in enumerate(lines):
        inside = inside or _TRACEBACK in line
        if inside or _ERROR.match(line):
            found.add(index)
        if inside and _TRACEBACK not in line and not line.startswith((" ", "\t")):
            inside = False
    return frozenset(found)


def _repeating(run: Run) -> str:
    """Return what the command does that repeats a run, a key of its commands; empty if there is none."""
    by_name = {words[1]: what for what, words in run.commands.items() if len(words) > 1}
    return by_name.get("run") or by_name.get("retry") or ""


def _effects(run: Run) -> list[tuple[str, str, str]]:
    """Return what readers see for the interval: table, words, and the run whose data it is."""
    found = []
    for each in run.instead:
        if each.run == run.id:
            continue
        words = (
            "nothing for this interval"
            if not each.shown
            else "what another run published"
            if each.run
            else "data of an unknown run"
        )
        found.append((each.table, words, each.run or ""))
    return found


def _facts(run: Run, zone: ZoneInfo) -> list[tuple[str, str, bool]]:
    """Return the facts: name, value, and whether the value is code."""
    by = f"by a backfill ({run.name})" if run.by == "backfill" and run.name else _BY[run.by]
    found = [("Started", f"{moment(run.started.astimezone(zone))}, {by}", False)]
    if run.seconds is not None or run.usual_seconds is not None:
        usual = (
            f"usually {duration(run.usual_seconds)}" if run.usual_seconds is not None else "no earlier run to compare"
        )
        found.append(("Took", f"{duration(run.seconds)} ({usual})" if run.seconds is not None else usual, False))
    if run.redrives:
        found.append(("Retried", count(run.redrives, "time"), False))
    found.append(("Cost", _cost(run), False))
    if run.same_code is not None:
        found.append(("Code", "as the run before" if run.same_code else "new with this run", False))
    if run.script:
        found.append(("Scripts", _short_hash(run.script), True))
    if run.image:
        found.append(("Image", _short_image(run.image), True))
    return found


def _cost(run: Run) -> str:
    cost = run.cost
    if cost.amount is not None and cost.prices:
        return f"{cost.amount:.3f} {cost.prices.currency}, estimated"
    hours = sum(cost.instance_hours.values())
    used = f"{duration(hours * 3600)} of machines" if hours else "no machine time"
    if cost.unpriced:
        return f"{used}; no price of {', '.join(cost.unpriced)}"
    return f"{used}; no list of prices" if cost.prices is None and hours else used


def _short_hash(text: str) -> str:
    name, separator, digest = text.rpartition(":")
    return f"{name}{separator}{digest[:12]}{'…' if len(digest) > 12 else ''}"


def _short_image(image: str) -> str:
    """Return an image without its registry, its tag and its digest cut; of one that the CDK built, only the tag."""
    name, at, digest = image.rpartition("/")[2].partition("@")
    name, colon, tag = name.partition(":")
    named = _short_hash(tag) if name.startswith("cdk-") and colon else f"{name}{colon}{_short_hash(tag)}"
    return f"{named}{at}{_short_hash(digest)}"
