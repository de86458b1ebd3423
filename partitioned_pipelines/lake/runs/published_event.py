"""The event that tells others that a run has published: its names, and what it says.

docs/partitions_published.schema.json describes it for those who read it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NotRequired, TypedDict

from partitioned_pipelines.lake.intervals.instants import parse_instant

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from typing import Any

DETAIL_TYPE = "Partitions Published"
FORMAT_VERSION = 1


class Span(TypedDict):
    """The time that a run was about, in UTC: ``start`` is inclusive, ``end`` is not."""

    start: str
    end: str


class PartitionCount(TypedDict):
    """The partitions that show the run's files; ``first`` and ``last`` are the values of their keys, if they are short."""

    count: int
    first: NotRequired[list[str]]
    last: NotRequired[list[str]]


class PublishedDetail(TypedDict):
    """The ``detail`` of the event.

    Attributes
    ----------
    table
        ``database.name``.
    outcome
        ``empty`` if the run succeeded without data.
    interval
        What the run was about; several intervals of the pipeline in a row, if it was about several.
    process_start, process_end
        The same, as scripts see it: dates, or local times with their offset.
    kept_newer
        The number of partitions that the run wrote, and that still show a run which started later.
    execution
        The execution's ARN.
    receipt
        The URI of the receipt, which lists the partitions.
    """

    format_version: int
    table: str
    database: str
    name: str
    pipeline: str
    outcome: Literal["published", "empty"]
    interval: Span
    process_start: str
    process_end: str
    partitions: PartitionCount
    kept_newer: int
    run_id: str
    execution: str
    receipt: str


def event_source(deployment: str) -> str:
    """Return the ``source`` of the events of a deployment, given the prefix of its stacks."""
    return f"partitioned-pipelines.{deployment}"


def published_span(detail: Mapping[str, Any]) -> tuple[datetime, datetime]:
    """Return the time that an event is about. Raises KeyError, TypeError or ValueError if it says none."""
    return parse_instant(detail["interval"]["start"]), parse_instant(detail["interval"]["end"])
