"""The read model of a lake: small enough to be printed as one document, however many intervals its tables have.

The attribute docstrings are the descriptions of its JSON Schema, ``docs/lake.schema.json``. Intervals are written as commands take them: a date
in the pipeline's timezone if intervals are whole days, and a local time with its offset otherwise. Moments are in UTC.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, ClassVar, Final, Literal

from pydantic import ConfigDict, Field

from partitioned_pipelines.operations.lake_state.documents.moment import Moment
from partitioned_pipelines.operations.lake_state.interval_letters import Letter
from partitioned_pipelines.operations.lake_state.run_length import PATTERN

VERSION: Final = 1
"""The version of the document. It changes if a field is removed, or changes its meaning."""

CONFIG = ConfigDict(use_attribute_docstrings=True, extra="forbid")

RunLength = Annotated[str, Field(pattern=f"^{PATTERN}$")]
"""Letters in run-length form: ``t398f2``."""


@dataclass(frozen=True, slots=True)
class Span:
    """One interval, or several in a row."""

    __pydantic_config__: ClassVar[ConfigDict] = CONFIG

    start: Annotated[str, Field(alias="from")]
    """The start of the first interval."""
    end: Annotated[str, Field(alias="to")]
    """The end of the last one, exclusive."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that could not be read, or that contradicts itself."""

    __pydantic_config__: ClassVar[ConfigDict] = CONFIG

    subject: str
    """The table or the pipeline that it is about; empty if it is about the lake."""
    service: str
    """The service that refused or failed; empty if no call failed."""
    call: str
    """The API operation that failed; empty if no call failed."""
    error: str
    """The first line of the error, or what is wrong."""
    missing_permission: str | None = None
    """The IAM action that the reader lacks, if the call was denied."""
    command: tuple[str, ...] = ()
    """The command that mends it or tells more, as a list of words; empty if there is none."""


@dataclass(frozen=True, slots=True)
class RunSummary:
    """The newest run of a pipeline."""

    __pydantic_config__: ClassVar[ConfigDict] = CONFIG

    id: str
    """The run's id."""
    status: str
    """A status of Step Functions, whatever the orchestrator is: RUNNING, SUCCEEDED, FAILED, TIMED_OUT, ABORTED, STOPPED."""
    started: Moment
    """When its execution started."""


@dataclass(frozen=True, slots=True)
class Pipeline:
    """A pipeline of the project."""

    __pydantic_config__: ClassVar[ConfigDict] = CONFIG

    name: str
    """The name in its file."""
    description: str
    """What it is for."""
    deployed: bool
    """Whether its stack exists."""
    schedule: str | None
    """Its cron expression, as in its file; null if no clock starts its runs."""
    when: Literal["inputs", "arrival"] | None
    """What starts its runs instead of a clock; null if there is a cron expression, or if they are only started manually."""
    zone: str
    """The IANA name of the timezone of its schedule and its intervals."""
    paused_since: Moment | None
    """Since when its schedule is off, paused or switched off by hand; null if it is on, or if that is unknown."""
    off: str | None
    """Why its schedule starts no run, in words; null if it is on, or if that is unknown."""
    orchestrator: str
    """The service that runs its steps."""
    steps: tuple[str, ...]
    """The names of its steps."""
    tables: tuple[str, ...]
    """The tables that it writes, ``database.table``."""
    reads: tuple[str, ...]
    """What it reads: tables of the project, and S3 URIs."""
    last: RunSummary | None
    """Its newest run; null if there is none, or if none is known any more."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table, and the states of its intervals."""

    __pydantic_config__: ClassVar[ConfigDict] = CONFIG

    id: str
    """``database.table``."""
    pipeline: str
    """The pipeline that writes it."""
    description: str
    """What it contains."""
    format: str
    """csv, json, parquet and so on."""
    layout: Literal["versioned", "in_place"]
    """Where runs write."""
    registration: Literal["lambda", "msck", "projection"]
    """How partitions become visible."""
    step: str | None
    """The length of an interval: 15 minutes, hour, 6 hours, day, week, month; null if the pipeline has no intervals of its own."""
    start: str | None
    """The start of the first interval in ``states``; null if there is none."""
    states: RunLength
    """A letter for each interval, from ``start`` on, each following the one before: t there, b rolled back, o there but a newer run failed,
    r running, f failed, s nothing to do, m missing, . not due yet or left out by the schedule.
    """
    counts: Mapping[Letter, int]
    """The number of intervals by letter; only of those that are due."""
    newest: str | None
    """The newest interval that is there; null if there is none."""
    late: int
    """The number of due intervals after the newest one that is there or had nothing to do, unless they run."""
    partitions: int | None
    """The number of partitions that readers see, in the window; null if it is unknown."""
    objects: int | None
    """The number of their objects; null if it is unknown."""
    bytes: int | None
    """Their size; null if it is unknown."""
    rows: int | None
    """Their rows; null if not every file was counted."""
    as_of: Moment
    """When it was read."""
    note: str | None = None
    """What has to be known to read its states, such as that its runs leave no record."""
    problem: Problem | None = None
    """Why its states are unknown or cannot be trusted; null if they can."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A table that misses intervals, or whose runs have not started yet, because it reads another one that misses them."""

    __pydantic_config__: ClassVar[ConfigDict] = CONFIG

    table: str
    """``database.table``."""
    intervals: tuple[Span, ...]
    """The intervals that wait, equal neighbours as one."""


@dataclass(frozen=True, slots=True)
class Need:
    """A root cause that needs somebody: intervals of a pipeline that failed or are missing, and nothing that they wait for."""

    __pydantic_config__: ClassVar[ConfigDict] = CONFIG

    pipeline: str
    """The pipeline to mend."""
    tables: tuple[str, ...]
    """The tables that lack exactly these intervals."""
    state: Literal["f", "m"]
    """The worst state of the intervals."""
    failed: int
    """The number of intervals that failed, in each of the tables."""
    missing: int
    """The number of intervals that are missing, in each of the tables."""
    late: bool
    """Whether the newest due interval is among them."""
    intervals: tuple[Span, ...]
    """The intervals, neighbours as one."""
    reason: str | None
    """Why, of the newest failed or else of the newest missing interval; null if it is unknown."""
    waiting: tuple[Waiting, ...]
    """The tables that wait for these."""
    run: str | None
    """The newest failed run; null if none is known."""
    command: tuple[str, ...]
    """The command that mends it, as a list of words."""


@dataclass(frozen=True, slots=True)
class Prices:
    """The list of prices by which amounts are computed."""

    __pydantic_config__: ClassVar[ConfigDict] = CONFIG

    region: str
    """The region whose prices they are."""
    currency: str
    """The currency of amounts, such as USD."""
    as_of: str
    """The day on which they were asked for."""
    source: str
    """Where they are from."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What the runs of a pipeline that started in a month used: those that failed are included."""

    __pydantic_config__: ClassVar[ConfigDict] = CONFIG

    runs: int
    """The number of runs."""
    seconds: float
    """Seconds of instances that are paid for; those of a job that has not ended are left out."""
    amount: float | None
    """The sum of the known amounts at the prices of a list; null if none is known."""
    without_amount: int
    """The number of runs whose amount is unknown: without prices, because a price is unknown, or because a job has not ended."""


@dataclass(frozen=True, slots=True)
class Lake:
    """The state of a lake at one moment: the document of ``pipelines status --json``."""

    __pydantic_config__: ClassVar[ConfigDict] = CONFIG

    version: Literal[1]
    """The version of this document."""
    as_of: Moment
    """When reading began."""
    target: str
    """local, or the account and region: 123456789012/eu-west-1."""
    prefix: str
    """What the names of the stacks begin with."""
    window: int
    """The largest number of intervals of each table, counted back from the newest due one."""
    verdict: str
    """The answer to: is everything all right?"""
    pipelines: tuple[Pipeline, ...]
    """The pipelines of the project, by name."""
    tables: tuple[Table, ...]
    """Their tables, in the order of the pipelines."""
    needs: tuple[Need, ...]
    """What needs somebody, the worst first. Every interval that failed or is missing is in exactly one of them, itself or waiting."""
    cost: Mapping[str, Mapping[str, Cost]] | None = None
    """By month in UTC (2026-11, the newest first) and pipeline; null if it was not computed."""
    no_cost: str | None = None
    """Why ``cost`` is null; null if it is not."""
    prices: Prices | None = None
    """The list of prices by which amounts are computed; null if there is none."""
    errors: tuple[Problem, ...] = field(default=())
    """What could not be read; the rest of the document holds."""
    options: tuple[str, ...] = ()
    """The options that name this project, target and prefix, which every command about the lake needs."""

    def pipeline(self, name: str) -> Pipeline:
        """Return the pipeline with a name; KeyError if there is none."""
        return {each.name: each for each in self.pipelines}[name]

    def table(self, table_id: str) -> Table:
        """Return the table with a name, ``database.table``; KeyError if there is none."""
        return {each.id: each for each in self.tables}[table_id]
