"""One run with all that is known about it: the document of ``pipelines show --json``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from pydantic import ConfigDict, Field

from partitioned_pipelines.operations.lake_state.documents.lake import CONFIG, Prices, Problem, Waiting
from partitioned_pipelines.operations.lake_state.documents.moment import Moment

StartedBy = Literal["schedule", "inputs", "backfill", "person", "unknown"]


@dataclass(frozen=True, slots=True)
class RunState:
    """One attempt of a state or a step."""

    __pydantic_config__: ClassVar[ConfigDict] = CONFIG

    name: str
    """The state's name."""
    attempt: int
    """1 for the first attempt."""
    at: Moment
    """When it began."""
    waited: float | None
    """Seconds until its machine was at work; null if that is unknown, or it needs none."""
    worked: float | None
    """Seconds from then until it ended; null while it goes on."""
    status: Literal["running", "succeeded", "failed"]
    """What came of it."""
    job: str | None
    """The processing job that it started."""
    error: str | None = None
    """Why it failed, in one line."""


@dataclass(frozen=True, slots=True)
class Job:
    """A processing job of a run."""

    __pydantic_config__: ClassVar[ConfigDict] = CONFIG

    name: str
    """The job's name."""
    step: str
    """The step that started it; of a shared job, the name of its state."""
    type: str | None
    """The instance type; null if neither SageMaker nor a receipt knows the job."""
    count: int | None
    """The number of instances."""
    seconds: float | None
    """Seconds that are paid for, of each instance; null while it runs."""
    amount: float | None
    """What its instances and volumes cost at the prices in ``cost``; null without prices, or if one is unknown."""
    status: str | None
    """SageMaker's status."""
    exit: str | None
    """What the script said at its end, or why it failed."""
    steps: tuple[str, ...] = ()
    """The steps of a shared job, in order; empty for the job of a single step."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What a run used, and what that costs at the prices of a list."""

    __pydantic_config__: ClassVar[ConfigDict] = CONFIG

    instance_hours: Mapping[str, float]
    """The hours of its jobs' instances, by their type."""
    untimed_jobs: int
    """The number of jobs whose duration is unknown; they are not in the hours."""
    amount: float | None
    """The amount; null without prices, and if a price or a duration is unknown."""
    unpriced: tuple[str, ...]
    """What the list has no price for."""
    prices: Prices | None
    """The list; null if there is none."""


@dataclass(frozen=True, slots=True)
class RunFailure:
    """Why a run failed."""

    __pydantic_config__: ClassVar[ConfigDict] = CONFIG

    state: str | None
    """The state that failed, or the step of a shared job; null if it was the execution itself."""
    error: str
    """The error's name."""
    message: str
    """What the script, the function or the service said."""
    job: str | None
    """The processing job that failed."""
    traceback: tuple[str, ...] = ()
    """The script's traceback, its own frames first; empty if the end of its log has none."""


@dataclass(frozen=True, slots=True)
class RunLog:
    """The end of the log of the job that failed, or else of the last one."""

    __pydantic_config__: ClassVar[ConfigDict] = CONFIG

    job: str | None
    """The processing job; null if the run has started none."""
    lines: tuple[str, ...]
    """Its last lines, oldest first; of a shared job, each after its step and `` | ``."""
    absent: str | None
    """Why there are none; null if there are some."""
    times: tuple[str, ...] = ()
    """When each line was written, in UTC: 10:34:52.025; empty if that is unknown."""


@dataclass(frozen=True, slots=True)
class RunReceipt:
    """What a run published in one table."""

    __pydantic_config__: ClassVar[ConfigDict] = CONFIG

    table: str
    """``database.table``."""
    key: str
    """The URI of the receipt."""
    registered: Moment
    """When its partitions became visible."""
    partitions: int
    """The number of partitions that it wrote."""
    live: int
    """The number of those that readers still see."""
    kept_newer: int
    """The number of those that already showed a later run."""
    objects: int
    """The number of objects."""
    bytes: int
    """Their size."""
    rows: int | None = None
    """Their rows; null if not every file was counted."""


@dataclass(frozen=True, slots=True)
class PublishedInstead:
    """What readers of a table see for the interval of a run."""

    __pydantic_config__: ClassVar[ConfigDict] = CONFIG

    table: str
    """``database.table``."""
    run: str | None
    """The run whose data they see; null if they see none, or if its run is unknown."""
    shown: bool
    """Whether they see any data."""


@dataclass(frozen=True, slots=True)
class Run:
    """A run: what, for which interval, by whom, how it ended, and what it left."""

    __pydantic_config__: ClassVar[ConfigDict] = CONFIG

    id: str
    """The run's id."""
    pipeline: str
    """Its pipeline."""
    execution: str | None
    """The ARN of its execution; null if it is unknown."""
    start: Annotated[str | None, Field(alias="from")]
    """The start of its interval; null if it is unknown."""
    end: Annotated[str | None, Field(alias="to")]
    """The exclusive end of its interval; null if it is unknown."""
    started: Moment
    """When its execution started."""
    ended: Moment | None
    """When it ended; null while it runs, or if that is unknown."""
    by: StartedBy
    """What started it: the schedule, its inputs or their deadline, a backfill, or a person with a command."""
    name: str | None
    """The name of its execution; a backfill's names begin with ``bf-``."""
    status: str
    """A status of Step Functions, whatever the orchestrator is; PUBLISHED if only its receipt is left."""
    forgotten: str | None
    """Why its execution is not known; null if it is."""
    redrives: int
    """How often it was retried after a failure."""
    states: tuple[RunState, ...]
    """Its states, each attempt, in the order in which they began."""
    error: RunFailure | None
    """Why it failed; null if it did not."""
    nothing_done: str | None
    """Why it succeeded without doing anything; null if it did something."""
    jobs: tuple[Job, ...]
    """Its processing jobs."""
    cost: Cost
    """What it used."""
    log: RunLog
    """The end of a log."""
    receipts: tuple[RunReceipt, ...]
    """What it published, by table."""
    no_receipt: str | None
    """Why there is no receipt; null if there is one."""
    instead: tuple[PublishedInstead, ...]
    """What readers see for its interval, by table."""
    waiting: tuple[Waiting, ...]
    """The tables that wait for its interval."""
    seconds: float | None
    """From its start to its end, with the time before a retry; null while it runs, or if that is unknown."""
    usual_seconds: float | None
    """The median of the last successful runs; null if there are none."""
    script: str | None
    """The hash of its scripts; null if it is unknown."""
    image: str | None
    """The image of its last step; null if it is unknown."""
    same_code: bool | None
    """Whether the run before had the same workflow, with the same scripts and images; null if that is unknown."""
    inputs: Mapping[str, str] | None
    """What it was started with; null if it is unknown."""
    commands: Mapping[str, tuple[str, ...]]
    """What can be done with it, by what it does: each a list of words."""
    errors: tuple[Problem, ...] = ()
    """What could not be read."""
