"""A part of a table's intervals with what each holds: the document of a table's page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from pydantic import ConfigDict

from partitioned_pipelines.operations.lake_state.documents.lake import CONFIG, Problem, RunLength, Span
from partitioned_pipelines.operations.lake_state.documents.moment import Moment

LONGEST = 400
"""The most intervals of one document, and the most partitions."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the table, or a partition key."""

    __pydantic_config__: ClassVar[ConfigDict] = CONFIG

    name: str
    """Its name in the Data Catalog."""
    type: str
    """Its Hive type."""
    comment: str
    """What it holds; empty if nobody has said."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why intervals that follow each other are in the same state."""

    __pydantic_config__: ClassVar[ConfigDict] = CONFIG

    first: int
    """The index of the first interval."""
    count: int
    """The number of intervals."""
    text: str
    """The reason."""


@dataclass(frozen=True, slots=True)
class Partition:
    """A partition that readers see."""

    __pydantic_config__: ClassVar[ConfigDict] = CONFIG

    values: tuple[str, ...]
    """The values of its keys, in the order of the keys."""
    run: str | None
    """The run that wrote it, by its stamp; null if it has none."""
    rolled_back: bool
    """Whether a rollback registered it."""
    objects: int | None
    """The number of its objects; null if it is unknown."""
    bytes: int | None
    """Their size; null if it is unknown."""
    rows: int | None
    """Their rows; null if not every file was counted."""
    registered: Moment | None
    """When it became visible; null if it is unknown."""


@dataclass(frozen=True, slots=True)
class Detail:
    """Up to 400 intervals of a table, and what each holds. Lists have an entry for each interval."""

    __pydantic_config__: ClassVar[ConfigDict] = CONFIG

    table: str
    """``database.table``."""
    span: Span | None
    """The time of the intervals; null if there are none."""
    columns: tuple[Column, ...]
    """The columns, without the keys."""
    keys: tuple[Column, ...]
    """The partition keys."""
    states: RunLength
    """A letter for each interval, as in the table."""
    starts: tuple[str, ...]
    """The start of each interval."""
    partitions: tuple[int, ...]
    """The number of partitions that readers see."""
    objects: tuple[int, ...]
    """The number of their objects."""
    bytes: tuple[int, ...]
    """Their size."""
    rows: tuple[int | None, ...] | None
    """Their rows, null if they are unknown; null if they are unknown for all intervals."""
    run_ids: tuple[str, ...]
    """The runs that the intervals name, each once."""
    runs: tuple[int | None, ...]
    """The run that decided the state: an index of ``run_ids``, or null."""
    reasons: tuple[Reason, ...]
    """Why intervals are in their state, of those with a reason."""
    newest_keys: Mapping[str, str] | None
    """The values of the newest partition, by key; null if there is none."""
    shown: tuple[Partition, ...] = ()
    """The partitions of these intervals, the newest first, 400 at most."""
    older: bool = False
    """Whether there may be intervals before these."""
    problem: Problem | None = None
    """Why the partitions could not be read; null if they could."""
