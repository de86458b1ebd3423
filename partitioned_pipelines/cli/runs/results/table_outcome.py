"""The result of a run for each table: registered and skipped partitions, and after a failure, what was published nevertheless."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from partitioned_pipelines.cli.remedies import paste
from partitioned_pipelines.cli.runs.published_table import address_of_table
from partitioned_pipelines.cli.terminal.output import note
from partitioned_pipelines.lake.partitions.ignored_objects import words_for_ignored
from partitioned_pipelines.lake.s3_uri import split_s3_uri
from partitioned_pipelines.runtime.history.receipts import Receipt, read_receipt

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from partitioned_pipelines.cli.runs.results.run_report import RunReport
    from partitioned_pipelines.cli.settings import Settings
    from partitioned_pipelines.cli.target.target import Cloud
    from partitioned_pipelines.spec.model.pipeline import Pipeline, Table

COUNTS = ("created", "repointed", "unchanged", "kept_newer")

HEADER = ("table", "created", "repointed", "unchanged", "kept_newer", "skipped")
_SHOWN = 5


@dataclass(frozen=True)
class TableOutcome:
    """The result of a run for a table.

    Attributes
    ----------
    outcome
        ``registered``; ``repaired`` by Athena; ``incomplete``: some partitions are published, but there is no receipt; ``not_published``; or
        ``unknown``.
    published
        The number of partitions that show the run's files; None if it is unknown.
    counts
        ``created``, ``repointed``, ``unchanged`` and ``kept_newer``, as counted by the registration.
    bad_paths
        ``s3://…: problem`` for the skipped paths; at least for the first ones.
    kept
        The partitions that were left unchanged, each with the later run that it shows.
    """

    table: str
    outcome: str
    published: int | None
    counts: Mapping[str, int]
    bad_path_count: int = 0
    bad_paths: tuple[str, ...] = ()
    skipped_partitions: int = 0
    ignored: Mapping[str, int] | None = None
    kept: tuple[tuple[str, str], ...] = ()
    receipt: str | None = None

    def document(self) -> dict[str, Any]:
        """Return the table's entry in the document of ``run --json``."""
        return {
            "table": self.table,
            "outcome": self.outcome,
            "published": self.published,
            **{name: self.counts.get(name, 0) for name in COUNTS},
            "bad_path_count": self.bad_path_count,
            "bad_paths": list(self.bad_paths),
            "skipped_partitions": self.skipped_partitions,
            "ignored": dict(self.ignored or {}),
            "kept_newer_partitions": [{"partition": partition, "kept_by": run} for partition, run in self.kept],
            "receipt": self.receipt,
        }


def find_outcomes(cloud: Cloud, pipeline: Pipeline, report: RunReport) -> tuple[TableOutcome, ...]:
    """Return a run's result for each of a pipeline's tables, except those with projected partitions."""
    if report.nothing_done_because:
        return ()
    answers = {str(answer.get("table")): answer for answer in report.registrations}
    tables = [table for table in pipeline.tables if table.registration != "projection"]
    return tuple(_find_outcome(cloud, table, answers.get(table.qualified_name, {}), report) for table in tables)


def _find_outcome(cloud: Cloud, table: Table, answer: Mapping[str, Any], report: RunReport) -> TableOutcome:
    name = table.qualified_name
    counts = {count: int(answer.get(count, 0)) for count in COUNTS}
    if table.registration == "msck":
        return TableOutcome(name, "repaired" if answer else "not_published", None if answer else 0, counts)
    if not answer.get("receipt"):
        published = _count_published(cloud, table, report)
        outcome = "unknown" if published is None else "incomplete" if published else "not_published"
        return TableOutcome(name, outcome, published, counts)
    found = TableOutcome(
        table=name,
        outcome="registered",
        published=sum(counts.values()) - counts["kept_newer"],
        counts=counts,
        bad_path_count=int(answer.get("bad_path_count", 0)),
        bad_paths=tuple(_parsed(answer.get("bad_paths", []))),
        skipped_partitions=int(answer.get("skipped_partitions", 0)),
        ignored=_parsed(answer.get("ignored", {})),
        receipt=str(answer["receipt"]),
    )
    if not found.bad_path_count and not counts["kept_newer"]:
        return found
    return _with_details(found, _read_receipt(cloud, table, found))


def _parsed(value: Any) -> Any:
    """Return a value that a Lambda step of a SageMaker pipeline returns as JSON text, and a state machine as it is."""
    return json.loads(value) if isinstance(value, str) else value


def _count_published(cloud: Cloud, table: Table, report: RunReport) -> int | None:
    """Return the number of partitions in the catalog with the run's stamp: a failed or stopped function may not have reported it."""
    if not report.registration_begun or report.run_id is None:
        return 0
    try:
        pages = cloud.glue.get_paginator("get_partitions").paginate(
            DatabaseName=table.database, TableName=table.name, ExcludeColumnSchema=True
        )
        stamps = (partition.get("Parameters", {}) for page in pages for partition in page["Partitions"])
        return sum(stamp.get("run_id") == report.run_id for stamp in stamps)
    except (BotoCoreError, ClientError) as error:
        note(f"the partitions of {table.qualified_name} cannot be counted: {error}", style="yellow")
        return None


def _read_receipt(cloud: Cloud, table: Table, found: TableOutcome) -> Receipt | None:
    bucket, key = split_s3_uri(found.receipt or "")
    try:
        read = read_receipt(cloud.s3, address_of_table(bucket, table), key)
    except (BotoCoreError, ClientError) as error:
        note(f"the receipt {found.receipt} cannot be read: {error}", style="yellow")
        return None
    return read if isinstance(read, Receipt) else None


def _with_details(found: TableOutcome, receipt: Receipt | None) -> TableOutcome:
    """Return the result with details that do not fit into a state's output."""
    if receipt is None:
        return found
    root = receipt.root.uri
    kept = tuple((entry.location.removeprefix(root).rstrip("/"), entry.kept_by) for entry in receipt.kept_newer)
    return replace(found, bad_paths=receipt.left_out.bad_paths or found.bad_paths, kept=kept)


def table_rows(outcomes: Iterable[TableOutcome]) -> list[list[str]]:
    """Return a row for each table in which partitions were registered; ``skipped`` counts paths."""
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
    """Yield lines on what a run wrote but did not publish."""
    if outcome.bad_path_count:
        inside = (
            f", and {_count(outcome.skipped_partitions, 'partition')} with a bad path in them"
            if outcome.skipped_partitions
            else ""
        )
        yield f"skipped in {outcome.table}: {_count(outcome.bad_path_count, 'path')}{inside}"
        yield from _first(outcome.bad_paths, outcome.bad_path_count, outcome.receipt)
    if kept := outcome.counts["kept_newer"]:
        yield f"unchanged in {outcome.table}: {_count(kept, 'partition')} that a later run published"
        lines = [f"{partition} keeps the files of {run}" for partition, run in outcome.kept]
        yield from _first(lines, kept, outcome.receipt)
    if ignored := words_for_ignored(outcome.ignored or {}):
        yield f"ignored in {outcome.table} (hidden: names that begin with _ or .): {ignored}"


def note_on_failure(settings: Settings, outcome: TableOutcome, pipeline: str) -> str:
    """Return a line on what readers see of a table after a failed run; it claims only what is known."""
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
