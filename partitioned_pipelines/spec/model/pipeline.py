"""The typed model of a pipeline file: what a YAML file says, and what it means once it has been found right."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import ConfigDict, Field, JsonValue

from partitioned_pipelines.lake.schedule.deadline import deadlines, parse_wait
from partitioned_pipelines.lake.schedule.timetable import Timetable
from partitioned_pipelines.spec.model.fields import (
    Argument,
    ArrivalName,
    ArrivalPrefix,
    Cron,
    EnvironmentName,
    EnvironmentValue,
    FileModel,
    Freshness,
    InstanceType,
    IntervalName,
    LocalPath,
    PipelineName,
    Script,
    SecretArn,
    SecurityGroupId,
    StepName,
    SubnetId,
    Timezone,
    Wait,
)
from partitioned_pipelines.spec.model.image import (
    DockerfileImage,
    Image,
    SklearnImage,
    SparkClassification,
    SparkImage,
    SparkSettings,
    UriImage,
)
from partitioned_pipelines.spec.model.inputs import Input, Partitions, PartitionWindow, StepInput, TableInput, UriInput
from partitioned_pipelines.spec.model.limits import (
    LARGEST_OFFSET,
    MOST_ARGUMENTS,
    MOST_ENVIRONMENT,
    MOST_INPUTS,
    MOST_OUTPUTS,
    MOST_SECURITY_GROUPS,
    MOST_SUBNETS,
)
from partitioned_pipelines.spec.model.orchestrators import DEFAULT_ORCHESTRATOR, OrchestratorName
from partitioned_pipelines.spec.model.table import Column, KeyProjection, PartitionKey, Table, TableSource

__all__ = [
    "Column",
    "DockerfileImage",
    "Image",
    "Input",
    "Instance",
    "KeyProjection",
    "Network",
    "PartitionKey",
    "PartitionWindow",
    "Pipeline",
    "PipelineEntry",
    "Schedule",
    "SklearnImage",
    "SparkClassification",
    "SparkImage",
    "SparkSettings",
    "Step",
    "StepEntry",
    "StepInput",
    "Table",
    "TableInput",
    "TableSource",
    "UriImage",
    "UriInput",
]


class Network(FileModel):
    """The VPC subnets and security groups of the jobs."""

    subnets: Annotated[tuple[SubnetId, ...], Field(min_length=1, max_length=MOST_SUBNETS)]
    """Up to 16 subnet ids of one VPC."""
    security_groups: Annotated[tuple[SecurityGroupId, ...], Field(min_length=1, max_length=MOST_SECURITY_GROUPS)]
    """Up to 5 security group ids of the same VPC."""


_CLOCK = ("cron", "offset", "date_offset_days", "lookback")
_EVENT = ("when", "wait", "then", "prefix", "of")


def _schedule_form(required: list[str], others: tuple[str, ...], when: str | None = None) -> dict[str, JsonValue]:
    form: dict[str, JsonValue] = {
        "required": [*required],
        "not": {"anyOf": [{"required": [name]} for name in others if name not in required]},
    }
    return {**form, "properties": {"when": {"const": when}}} if when else form


# An offset says which interval a scheduled run is about: neither the present one nor the last is a safe default.
_SCHEDULES: list[JsonValue] = [
    _schedule_form(["cron"], ("interval", "offset", *_EVENT)),
    _schedule_form(["cron", "interval", "offset"], ("date_offset_days", *_EVENT)),
    _schedule_form(["interval"], (*_CLOCK, *_EVENT)),
    _schedule_form(["when", "interval", "wait"], (*_CLOCK, "prefix", "of"), "inputs"),
    _schedule_form(["when", "interval", "wait", "prefix", "of"], _CLOCK, "arrival"),
]


class Schedule(FileModel):
    """When the pipeline runs, and which interval a run processes."""

    model_config = ConfigDict(json_schema_extra={"anyOf": _SCHEDULES})

    cron: Cron | None = None
    """EventBridge cron expression with six fields: minutes, hours, day of month, month, day of week, year; one of the two days is `?`.

    Without it and without `when`, runs are only started manually.
    """
    when: Literal["inputs", "arrival"] | None = None
    """Instead of cron. inputs: when the tables that the steps read have published the interval. arrival: when an object arrives."""
    timezone: Timezone = "UTC"
    """IANA name of the timezone of the cron expression and of the intervals."""
    interval: IntervalName | None = None
    """Length of the intervals that divide time into runs; default: days, with date_offset_days."""
    offset: Annotated[int, Field(ge=-LARGEST_OFFSET, le=LARGEST_OFFSET)] | None = None
    """Interval that a scheduled run processes, relative to the one in which it runs: -1 is the last that has ended."""
    date_offset_days: Annotated[int, Field(ge=-LARGEST_OFFSET, le=LARGEST_OFFSET)] = 0
    """Without interval: day that a scheduled run processes, relative to the day on which it runs: -1 is the day before."""
    lookback: Annotated[int, Field(ge=1, le=LARGEST_OFFSET)] | None = None
    """Number of intervals before it that a scheduled run processes as well, for data that comes late."""
    wait: Wait | None = None
    """With when: how long after the end of its interval a run waits, in hours or days, such as 6h or 2d."""
    then: Literal["fail", "run", "skip"] | None = None
    """With when: what happens if something is missing then. fail (default): the run fails, and names it. run: it reads what is there. skip."""
    prefix: ArrivalPrefix | None = None
    """With when: arrival, the folder of an interval in the lake's bucket, such as raw/NAME/{process_date:%Y/%m/%d}/."""
    of: ArrivalName | None = None
    """With when: arrival, the name of the object in that folder that arrives last, such as _SUCCESS."""

    @property
    def timetable(self) -> Timetable | None:
        """What a clock does: it starts runs, or watches the deadlines of a valid schedule with ``when``; None if there is no clock."""
        if self.when is None:
            return self if self.cron is not None else None
        return deadlines(self.interval or "day", self.timezone, parse_wait(self.wait or ""))


class Instance(FileModel):
    """The instances that the job runs on."""

    type: InstanceType = "ml.t3.medium"
    """SageMaker's instance type."""
    # https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ProcessingClusterConfig.html
    count: Annotated[int, Field(ge=1, le=100)] = 1
    """Number of instances: any for Spark; for other steps one, or several that share an input with distribution: sharded."""
    volume_gb: Annotated[int, Field(ge=1, le=16384)] = 30
    """Disk size of each instance, in GB."""


class StepEntry(FileModel):
    """One processing job, as written in the file."""

    model_config = ConfigDict(
        json_schema_extra={"oneOf": [{"required": ["script"]}, {"required": ["entrypoint"]}]},
    )

    name: StepName
    """Lower-case letters, digits and underscores; unique in the pipeline."""
    script: Script | None = None
    """Path of the Python script, relative to the project. Its whole folder is uploaded, so it may import its siblings."""
    entrypoint: Annotated[
        tuple[Argument, ...], Field(json_schema_extra={"minItems": 1, "maxItems": MOST_ARGUMENTS})
    ] = ()
    """Instead of a script, for code in the image: the command and its first arguments, literal."""
    image: Image | None = None
    """The image that the step runs in, which decides what kind of job it is; default: the pipeline's."""
    spark: SparkSettings | None = None
    """Options of a Spark step: py_files, configuration, event_logs."""
    needs: tuple[StepName, ...] = ()
    """Steps that must succeed before this one starts, besides those that it reads from."""
    inputs: Annotated[dict[StepName, Input], Field(json_schema_extra={"maxProperties": MOST_INPUTS})] = Field(
        default_factory=dict
    )
    """By name: an S3 URI, {step: x} or {table: database.name}. Each is copied to /opt/ml/processing/input/<name>."""
    outputs: Annotated[dict[StepName, LocalPath], Field(json_schema_extra={"maxProperties": MOST_OUTPUTS})] = Field(
        default_factory=dict
    )
    """By name: the folder that the script writes to; default: one, /opt/ml/processing/output."""
    missing_input: Literal["fail", "skip"] = "fail"
    """What happens if an S3 input has no objects. fail: the run fails. skip: the run succeeds and does nothing."""
    instance: Instance = Instance()
    """The instances that the job runs on."""
    # https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ProcessingStoppingCondition.html
    timeout_minutes: Annotated[int, Field(ge=1, le=12960)] = 60
    """Minutes after which the job is stopped and counts as failed."""
    retries: Annotated[int, Field(ge=0, le=10)] = 0
    """Number of retries of a failed job. A refused creation (throttling, capacity) is retried anyway."""
    environment: Annotated[
        dict[EnvironmentName, EnvironmentValue], Field(json_schema_extra={"maxProperties": MOST_ENVIRONMENT})
    ] = Field(default_factory=dict)
    """Environment variables of the script, literal; no secrets."""
    secrets: Annotated[
        dict[EnvironmentName, SecretArn], Field(json_schema_extra={"maxProperties": MOST_ENVIRONMENT})
    ] = Field(default_factory=dict)
    """By variable: the complete ARN of a Secrets Manager secret. The script gets the ARN in its environment, and may read that secret."""
    arguments: Annotated[tuple[Argument, ...], Field(json_schema_extra={"maxItems": MOST_ARGUMENTS})] = ()
    """Arguments of the script; placeholders such as {process_date:%Y-%m-%d} are filled in for each run."""


class Step(StepEntry):
    """One processing job with its defaults filled in: the pipeline's image, and the default output."""

    image: Image
    """The image that the step runs in, which decides what kind of job it is."""

    @property
    def is_spark(self) -> bool:
        """Whether ``smspark-submit`` runs the script."""
        return isinstance(self.image, SparkImage)

    @property
    def uri_inputs(self) -> dict[str, str]:
        """The templates of the URIs that the step reads, by input."""
        plain = {name: source for name, source in self.inputs.items() if isinstance(source, str)}
        return plain | {name: source.uri for name, source in self.inputs.items() if isinstance(source, UriInput)}

    @property
    def step_inputs(self) -> dict[str, StepInput]:
        """The inputs that are other steps' outputs."""
        return {name: source for name, source in self.inputs.items() if isinstance(source, StepInput)}

    @property
    def table_inputs(self) -> dict[str, TableInput]:
        """The inputs that are other tables."""
        return {name: source for name, source in self.inputs.items() if isinstance(source, TableInput)}


class PipelineEntry(FileModel):
    """A pipeline, as written in the file: steps, and the tables that they feed."""

    name: PipelineName
    """Lower-case letters, digits and underscores; unique in the project."""
    description: Annotated[str, Field(max_length=2048)] = ""
    """What the pipeline is for."""
    schedule: Schedule | None = None
    """When it runs; default: only when a run is started manually."""
    freshness: Freshness | None = None
    """Time after a scheduled start, or after the end of a wait, by which the interval must be there: 30h, 8d; off. Default: the longest run."""
    orchestrator: OrchestratorName = DEFAULT_ORCHESTRATOR
    """Service that runs the steps. sagemaker_pipelines: SageMaker Pipelines, with weaker guarantees (docs/reference/sagemaker_pipelines.md)."""
    network: Network | None = None
    """The VPC that the jobs run in: {subnets: [ids], security_groups: [ids]}; default: SageMaker's own network."""
    network_isolation: bool = False
    """Whether the scripts run without network access and without credentials."""
    image: Image | None = None
    """The default image of the steps: {dockerfile: path}, {uri: registry/repository:version}, {sklearn: version}, {spark: version}."""
    steps: Annotated[tuple[StepEntry, ...], Field(min_length=1)]
    """Processing jobs; each starts as soon as the steps that it reads from and needs have succeeded."""
    tables: Annotated[tuple[Table, ...], Field(min_length=1)]
    """The tables that the steps feed; `table:` is short for a list of one."""


class AwaitedTable(FileModel):
    """A table whose publication a pipeline waits for, and the pipeline that writes it."""

    table: Table
    """The table."""
    partitions: Partitions
    """The partitions that are read of it."""
    writer: str
    """The name of the pipeline that writes it."""
    schedule: Schedule
    """That pipeline's schedule."""
    awaits: tuple[AwaitedTable, ...] = ()
    """What that pipeline waits for."""


class Pipeline(PipelineEntry):
    """A valid pipeline, with the defaults filled in."""

    steps: Annotated[tuple[Step, ...], Field(min_length=1)]
    """Processing jobs; each starts as soon as the steps that it reads from and needs have succeeded."""
    read_tables: dict[str, Table] = Field(default_factory=dict)
    """Tables of the project that the steps read, by ``database.name``."""
    read_timezones: dict[str, str] = Field(default_factory=dict)
    """Timezones of the keys of those tables, by ``database.name``, if they may differ from the pipeline's."""
    awaits: tuple[AwaitedTable, ...] = ()
    """The tables whose publication starts a run, with ``when: inputs``."""

    def step(self, name: str) -> Step:
        """Find a step by its name; KeyError if the name is unknown."""
        for step in self.steps:
            if step.name == name:
                return step
        raise KeyError(name)
