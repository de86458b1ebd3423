"""What runs used, kept on this machine: a run that has ended is read once.

The file can be deleted at any time.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from partitioned_pipelines.cli.lake.kept_file import KeptEntries
from partitioned_pipelines.lake.intervals.instants import format_instant, parse_instant
from partitioned_pipelines.lake.runs.usage import JobUsage, RunUsage
from partitioned_pipelines.operations.costs.run_cost import RunRecord

if TYPE_CHECKING:
    from collections.abc import Mapping


class KeptUsage(KeptEntries):
    """The usage of the ended runs of a pipeline."""

    version = 1
    name = "runs"

    def find(self, run_id: str, state: str) -> RunRecord | None:
        """Return what is kept of a run; None if there is nothing, or if its state was another one then."""
        with suppress(ValueError, KeyError, TypeError):
            entry = self._entries[run_id]
            return _parse(run_id, entry) if entry["state"] == state else None
        return None

    def keep(self, record: RunRecord, state: str) -> None:
        """Keep the usage of a run in a state."""
        self._keep(record.run_id, {"state": state, **_document(record)})


def _document(record: RunRecord) -> dict[str, Any]:
    return {
        "started_at": record.started_at and format_instant(record.started_at, "milliseconds"),
        "failed": record.failed,
        "usages": [usage.document() for usage in record.usages],
        "other_jobs": [job.document() for job in record.other_jobs],
        "transitions": record.transitions,
    }


def _parse(run_id: str, entry: Mapping[str, Any]) -> RunRecord:
    return RunRecord(
        run_id,
        parse_instant(entry["started_at"]) if entry["started_at"] else None,
        entry["failed"],
        tuple(RunUsage.parse(usage) for usage in entry["usages"]),
        tuple(JobUsage.parse(job) for job in entry["other_jobs"]),
        entry["transitions"],
    )
