"""The lines that people read about what a run did to its tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from partitioned_pipelines.cli.terminal.hint import paste
from partitioned_pipelines.lake.ignored_objects import words_for_ignored

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from partitioned_pipelines.cli.runs.table_outcome import TableOutcome
    from partitioned_pipelines.cli.settings import Settings

HEADER = ("table", "created", "repointed", "unchanged", "kept_newer", "skipped")
_SHOWN = 5


def table_rows(outcomes: Iterable[TableOutcome]) -> list[list[str]]:
    """Return a row for each table that partitions were registered in; ``skipped`` counts paths."""
    return [
        [
            each.table,
            *(str(each.counts[name]) for name in ("created", "repointed", "unchanged", "kept_newer")),
            str(each.bad_path_count),
        ]
        for each in outcomes
        if each.outcome == "registered"
    ]


def notes_on_left_out(outcome: TableOutcome) -> Iterator[str]:
    """Describe what a run wrote and did not publish."""
    if outcome.bad_path_count:
        inside = (
            f", and {_count(outcome.skipped_partitions, 'partition')} with a bad path in them"
            if outcome.skipped_partitions
            else ""
        )
        yield f"skipped in {outcome.table}: {_count(outcome.bad_path_count, 'path')}{inside}"
        yield from _first(outcome.bad_paths, outcome.bad_path_count, outcome.receipt)
    if kept := outcome.counts["kept_newer"]:
        yield f"left alone in {outcome.table}: {_count(kept, 'partition')} that a later run has published"
        lines = [f"{partition} stays with {run}" for partition, run in outcome.kept]
        yield from _first(lines, kept, outcome.receipt)
    if ignored := words_for_ignored(outcome.ignored or {}):
        yield f"ignored in {outcome.table} (hidden: names that begin with _ or .): {ignored}"


def note_on_failure(settings: Settings, outcome: TableOutcome, pipeline: str) -> str:
    """Describe what readers see of a table after a run that failed; nothing is claimed that is not known."""
    of_table = [pipeline, "--table", outcome.table]
    match outcome.outcome:
        case "registered" | "repaired":
            counted = "" if outcome.published is None else f": {_count(outcome.published, 'partition')}"
            return f"{outcome.table}: published{counted}"
        case "incomplete":
            return (
                f"{outcome.table}: {_count(outcome.published or 0, 'partition')} of the run published, and no receipt. Run the same days "
                f"again to complete it, or go back: {paste(settings, 'rollback', *of_table)}"
            )
        case "unknown":
            return (
                f"{outcome.table}: it is not known what was published. See: {paste(settings, 'partitions', *of_table)}"
            )
        case _:
            return f"{outcome.table}: nothing was published"


def _first(lines: Sequence[str], count: int, receipt: str | None) -> Iterator[str]:
    yield from (f"  {line}" for line in lines[:_SHOWN])
    if count > min(_SHOWN, len(lines)):
        yield f"  and {count - min(_SHOWN, len(lines)):,} more: {receipt}"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
