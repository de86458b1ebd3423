"""The documents exchanged between the stacks and the functions: each field is defined once for its writer, carrier and reader.

An orchestrator carries the documents. A value that is known only at run time has the type `Value` when the document is written, and is a
string when the document is read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, Literal, NotRequired, TypeAlias, TypedDict, TypeVar

if TYPE_CHECKING:
    from collections.abc import Mapping

    from partitioned_pipelines.lake.tables.storage_format import TableFormat

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
    """The content of a table's files; ``allow_empty`` if a run, or a partition, may have no rows."""

    format: TableFormat
    columns: list[ColumnSpec]
    partition_keys: list[KeySpec]
    allow_empty: NotRequired[bool]


class TableSpec(ContentSpec):
    """The table in which RegisterPartitions registers partitions."""

    database_name: str
    table_name: str
    location: str
    layout: Literal["versioned", "in_place"]
    on_bad_path: Literal["fail", "skip"]


class UriInputSpec(TypedDict):
    """An S3 input of a step; the URI is a template."""

    name: str
    uri: str


class WindowSpec(TypedDict):
    """A window of a table: the ``offset`` of its last interval from the run's, and its length, ``60 days`` or ``3`` intervals."""

    offset: NotRequired[int]
    last: NotRequired[str]


PartitionsSpec: TypeAlias = Literal["all", "interval"] | WindowSpec
"""The partitions of a table that a step reads."""


class TableInputSpec(TypedDict):
    """A table input of a step; the location and the manifest's URI are templates.

    ``timezone`` is that of the table's keys, if it may differ from the run's.
    """

    name: str
    database_name: str
    table_name: str
    partition_keys: list[KeySpec]
    partitions: PartitionsSpec
    timezone: NotRequired[str]
    location: str
    manifest: str


class OutputSpec(TypedDict):
    """An output of a step; the prefix is a template."""

    name: str
    prefix: str


class StepSpec(TypedDict):
    """The fields of a step that PlanRun needs."""

    name: str
    job_stem: str
    missing_input: Literal["fail", "skip"]
    inputs: list[UriInputSpec]
    table_inputs: NotRequired[list[TableInputSpec]]
    arguments: list[str]
    environment: dict[str, str]
    outputs: list[OutputSpec]


class ScheduleSpec(TypedDict):
    """The settings that determine a run's interval: ``interval`` and ``offset``, or ``date_offset_days`` for a file without them.

    ``lookback`` is the number of earlier intervals that a scheduled run processes as well; missing if there are none.
    """

    timezone: str
    date_offset_days: NotRequired[int]
    interval: NotRequired[str]
    offset: NotRequired[int]
    lookback: NotRequired[int]


class TimetableSpec(ScheduleSpec):
    """The settings that determine when runs start, and their intervals; without ``cron``, no clock starts them."""

    cron: NotRequired[str]


class WriterSpec(TimetableSpec):
    """The pipeline that writes a table: the intervals that it is expected to publish.

    ``awaits`` are the tables that it waits for itself, if they leave out intervals.
    """

    awaits: NotRequired[list[AwaitedSpec]]


class AwaitedSpec(TypedDict):
    """A table that a run waits for, and the partitions that it reads of it."""

    database_name: str
    table_name: str
    partitions: PartitionsSpec
    writer: WriterSpec


class PipelineSpec(ScheduleSpec):
    """The settings of a pipeline file that determine a run's plan.

    Attributes
    ----------
    run_inputs
        The template of the folder in which PlanRun records what the run reads; missing if no receipt would name the record.
    marked_tables
        The tables in which PlanRun marks the intervals that it skips; missing if no step skips missing input.
    awaits, arrival
        What a run must find published if its input says so: tables, and the template of an object's key in the lake's bucket.
    """

    pipeline: str
    run_inputs: NotRequired[str]
    steps: list[StepSpec]
    marked_tables: NotRequired[list[TableName]]
    awaits: NotRequired[list[AwaitedSpec]]
    arrival: NotRequired[str]


class TableName(TypedDict):
    """A table, by its names in the Data Catalog."""

    database_name: str
    table_name: str


class StartSpec(ScheduleSpec):
    """The settings of a pipeline that starts when its inputs are there.

    Attributes
    ----------
    wait_hours
        How long after the end of its interval a run waits.
    then
        What happens if something is missing then.
    tables
        The pipeline's own tables.
    awaits, arrival
        As in `PipelineSpec`.
    """

    pipeline: str
    wait_hours: int
    then: Literal["fail", "run", "skip"]
    tables: list[TableName]
    awaits: NotRequired[list[AwaitedSpec]]
    arrival: NotRequired[str]


class StartedSpec(StartSpec):
    """The settings, and what only the stack knows: the lake's bucket, and the workflow that is started.

    Attributes
    ----------
    schedule
        The name of the schedule of the deadlines, and of its group.
    state_machine
        The ARN of the state machine; missing if a SageMaker pipeline runs the steps.
    sagemaker_pipeline
        The name of the SageMaker pipeline; missing if a state machine runs the steps.
    """

    lake_bucket: str
    schedule: str
    state_machine: NotRequired[str]
    sagemaker_pipeline: NotRequired[str]


class StartPayload(TypedDict):
    """The payload of StartRun: the settings, and one of the three events that it is called for.

    Attributes
    ----------
    id
        The id of the event, by which a repeated call knows its own claim.
    published
        The ``detail`` of a ``Partitions Published`` event.
    arrived
        The ``object`` in the detail of an ``Object Created`` event of S3.
    deadline
        The time of the schedule that watches the deadlines.
    """

    spec: StartedSpec
    id: str
    published: NotRequired[Mapping[str, Any]]
    arrived: NotRequired[Mapping[str, Any]]
    deadline: NotRequired[str]


class PlanSpec(PipelineSpec):
    """A pipeline's spec and the lake's bucket, which only the stack knows."""

    lake_bucket: str


class Execution(TypedDict, Generic[Value]):
    """The execution that requests a plan; ``id`` is its ARN."""

    id: Value
    name: NotRequired[Value]
    start_time: Value


class PlanPayload(TypedDict, Generic[Value]):
    """The payload of PlanRun; ``input`` is the execution's input, not yet validated."""

    spec: PlanSpec
    execution: Execution[Value]
    input: object


class StepPlan(TypedDict):
    """The plan of a step, with all templates resolved."""

    job_stem: str
    inputs: dict[str, str]
    arguments: list[str]
    environment: dict[str, str]
    outputs: dict[str, str]


class ProcessDates(TypedDict):
    """The interval of a run: ISO dates, or times with an offset if the pipeline's intervals are finer than a day.

    ``process_date`` is present if one day contains the interval, and ``process_hour`` if one hour does.
    """

    process_start: str
    process_end: str
    process_date: NotRequired[str]
    process_hour: NotRequired[str]


class Plan(ProcessDates):
    """The result of PlanRun: a ``reason`` if there is nothing to run, else the ``steps`` by name and the URI of the ``inputs_record``.

    ``interval`` is the interval in UTC, as interval marks name it. ``usage`` is that of the function's call (`CallUsage`), empty if it is not
    measured.
    """

    outcome: Literal["run", "duplicate", "missing_input"]
    run_id: str
    started_at: str
    interval: str
    usage: str
    reason: NotRequired[str]
    inputs_record: NotRequired[str]
    steps: NotRequired[dict[str, StepPlan]]


PlanFact = Literal[
    "outcome",
    "reason",
    "run_id",
    "started_at",
    "interval",
    "process_start",
    "process_end",
    "process_date",
    "process_hour",
    "inputs_record",
    "usage",
]
"""A run-level field of a plan: every field except the steps."""
StepPlanField = Literal["job_stem", "inputs", "arguments", "environment", "outputs"]
"""A field of a step's plan."""


class RegistrationSource(TypedDict, Generic[Value]):
    """The output of a job.

    Attributes
    ----------
    require_success_marker
        True if Spark's ``_SUCCESS`` marker is required.
    shared_by_attempts
        True if an earlier attempt of the job may have written to the same root.
    """

    s3_uri: Value
    creation_time: Value
    processing_job_arn: Value
    processing_job_status: Value
    require_success_marker: NotRequired[bool]
    shared_by_attempts: NotRequired[bool]


class RegisteredRun(TypedDict, Generic[Value]):
    """The run that publishes the partitions; ``inputs_record`` is the URI of the record of what it read.

    Executions that started before there were interval marks pass no ``interval``, and those from before there were events no ``deployment``:
    the prefix of the deployment's stacks, which names the source of the events.
    """

    pipeline: str
    deployment: NotRequired[str]
    run_id: Value
    started_at: Value
    execution_arn: Value
    process_start: Value
    process_end: Value
    interval: NotRequired[Value]
    script_hash: str
    image_uri: str
    inputs_record: NotRequired[Value]


class JobSpec(TypedDict, Generic[Value]):
    """A job of the run: what its request says, and what of it is known only when it has ended.

    ``steps`` are those of a shared job, whose ``step`` is the job's name. ``started_at`` and ``ended_at`` are the values of paths that find
    any number of values, because their presence is not documented.
    """

    step: str
    steps: NotRequired[list[str]]
    instance_type: str
    instance_count: int
    volume_gb: int
    processing_job_arn: Value
    started_at: Value
    ended_at: Value


class UsageSpec(TypedDict, Generic[Value]):
    """What the run used before a registration: in that of its first table everything, in the others nothing.

    Attributes
    ----------
    jobs
        The jobs of the steps.
    planning
        The usage of PlanRun's call, as its plan says.
    """

    jobs: list[JobSpec[Value]]
    planning: NotRequired[Value]


class RegistrationPayload(TypedDict, Generic[Value]):
    """The payload of RegisterPartitions; ``registrations`` are the answers so far, including this table's if an earlier call timed out.

    Executions that started before receipts kept the usage pass no ``usage``.
    """

    table: TableSpec
    usage: NotRequired[UsageSpec[Value]]
    source: RegistrationSource[Value]
    run: RegisteredRun[Value]
    registrations: NotRequired[Mapping[str, Mapping[str, Any]]]


class RegistrationAnswer(TypedDict):
    """The result of RegisterPartitions: counts over all calls, and positions, never a list that grows.

    Attributes
    ----------
    continuation
        The state for the next call; empty when the registration is complete.
    bad_paths
        The first bad paths, each shortened if it is long.
    receipt
        The URI of the receipt; empty until the receipt is written.
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
