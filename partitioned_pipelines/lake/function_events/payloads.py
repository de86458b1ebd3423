"""The documents that cross from the stacks to the functions, and back: each field once, for who writes, carries and reads it.

An orchestrator carries them. What a run decides stands in them as a value of its own (`Value`) as long as they are written, and as text
when they are read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, Literal, NotRequired, TypedDict, TypeVar

if TYPE_CHECKING:
    from collections.abc import Mapping

    from partitioned_pipelines.lake.storage_format import TableFormat

Value = TypeVar("Value")


class KeySpec(TypedDict):
    """A partition key of a table."""

    name: str
    type: str
    date_format: str | None


class ColumnSpec(TypedDict):
    """A column of a table."""

    name: str
    type: str
    comment: NotRequired[str]


class ContentSpec(TypedDict):
    """What the files of a table hold; ``allow_empty`` if a run, or a partition, may have no rows."""

    format: TableFormat
    columns: list[ColumnSpec]
    partition_keys: list[KeySpec]
    allow_empty: NotRequired[bool]


class TableSpec(ContentSpec):
    """The table that RegisterPartitions registers partitions in."""

    database_name: str
    table_name: str
    location: str
    layout: Literal["versioned", "in_place"]
    on_bad_path: Literal["fail", "skip"]


class UriInputSpec(TypedDict):
    """An input of a step that is read from S3; the URI is a template."""

    name: str
    uri: str


class TableInputSpec(TypedDict):
    """An input of a step that is a table; the location and the manifest's URI are templates."""

    name: str
    database_name: str
    table_name: str
    partition_keys: list[KeySpec]
    partitions: Literal["all", "interval"]
    location: str
    manifest: str


class OutputSpec(TypedDict):
    """An output of a step; the prefix is a template."""

    name: str
    prefix: str


class StepSpec(TypedDict):
    """A step, as PlanRun needs it."""

    name: str
    job_stem: str
    missing_input: Literal["fail", "skip"]
    inputs: list[UriInputSpec]
    table_inputs: NotRequired[list[TableInputSpec]]
    arguments: list[str]
    environment: dict[str, str]
    outputs: list[OutputSpec]


class PipelineSpec(TypedDict):
    """What a pipeline file decides of the plan of a run."""

    pipeline: str
    timezone: str
    date_offset_days: int
    steps: list[StepSpec]


class PlanSpec(PipelineSpec):
    """The same, and the lake that the stack knows."""

    lake_bucket: str


class Execution(TypedDict, Generic[Value]):
    """The execution that asks for a plan; ``id`` is its ARN."""

    id: Value
    name: NotRequired[Value]
    start_time: Value


class PlanPayload(TypedDict, Generic[Value]):
    """The payload of PlanRun; ``input`` is the execution's, as somebody gave it."""

    spec: PlanSpec
    execution: Execution[Value]
    input: object


class StepPlan(TypedDict):
    """What PlanRun decides for a step: nothing in it is a template any more."""

    job_stem: str
    inputs: dict[str, str]
    arguments: list[str]
    environment: dict[str, str]
    outputs: dict[str, str]


class ProcessDates(TypedDict):
    """The days that a run is about, as ISO dates; ``process_date`` if it is one."""

    process_start: str
    process_end: str
    process_date: NotRequired[str]


class Plan(ProcessDates):
    """What PlanRun returns: a ``reason`` if there is nothing to run, else the ``steps`` by name."""

    outcome: Literal["run", "duplicate", "missing_input"]
    run_id: str
    started_at: str
    reason: NotRequired[str]
    steps: NotRequired[dict[str, StepPlan]]


PlanFact = Literal["outcome", "reason", "run_id", "started_at", "process_start", "process_end", "process_date"]
"""A fact of the run in a plan: each of its fields but the steps."""
StepPlanField = Literal["job_stem", "inputs", "arguments", "environment", "outputs"]
"""A field of a step's plan."""


class RegistrationSource(TypedDict, Generic[Value]):
    """What the job wrote.

    Attributes
    ----------
    require_success_marker
        Whether there must be Spark's mark of success.
    shared_by_attempts
        Whether an earlier attempt of the job may have written to the same root.
    """

    s3_uri: Value
    creation_time: Value
    processing_job_arn: Value
    processing_job_status: Value
    require_success_marker: NotRequired[bool]
    shared_by_attempts: NotRequired[bool]


class RegisteredRun(TypedDict, Generic[Value]):
    """The run that publishes."""

    pipeline: str
    run_id: Value
    started_at: Value
    execution_arn: Value
    process_start: Value
    process_end: Value
    script_hash: str
    image_uri: str


class RegistrationPayload(TypedDict, Generic[Value]):
    """The payload of RegisterPartitions; ``registrations`` are the answers so far, its own among them if an earlier call ran out of time."""

    table: TableSpec
    source: RegistrationSource[Value]
    run: RegisteredRun[Value]
    registrations: NotRequired[Mapping[str, Mapping[str, Any]]]


class RegistrationAnswer(TypedDict):
    """What RegisterPartitions returns: counts over all calls, and places, never a list that grows.

    Attributes
    ----------
    continuation
        Where the next call continues; empty when the registration is complete.
    bad_paths
        The first of them, cut.
    receipt
        The URI of the receipt; empty as long as there is none.
    """

    table: str
    outcome: Literal["registered", "continue"]
    continuation: dict[str, Any]
    created: int
    repointed: int
    unchanged: int
    kept_newer: int
    swept: int
    objects: int
    bytes: int
    receipt: str
    bad_path_count: int
    bad_paths: list[str]
    skipped_partitions: int
    ignored: dict[str, int]


REGISTRATION_FIELDS: tuple[str, ...] = tuple(RegistrationAnswer.__annotations__)
