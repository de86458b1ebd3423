"""The typed model of a pipeline file: what a YAML file says, and what it means once it has been found right."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from partitioned_pipelines.spec.model.fields import (
    Argument,
    Cron,
    EnvironmentName,
    EnvironmentValue,
    FileModel,
    InstanceType,
    LocalPath,
    PipelineName,
    Script,
    SecretArn,
    SecurityGroupId,
    StepName,
    SubnetId,
    Timezone,
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
from partitioned_pipelines.spec.model.inputs import Input, StepInput, TableInput, UriInput
from partitioned_pipelines.spec.model.limits import (
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
    """The subnets of a VPC that the jobs run in, and the security groups that guard them there."""

    subnets: Annotated[tuple[SubnetId, ...], Field(min_length=1, max_length=MOST_SUBNETS)]
    """Ids, up to 16, all of one VPC."""
    security_groups: Annotated[tuple[SecurityGroupId, ...], Field(min_length=1, max_length=MOST_SECURITY_GROUPS)]
    """Ids, up to 5, of the same VPC."""


class Schedule(FileModel):
    """When the pipeline runs, and which day a run is about."""

    cron: Cron
    """EventBridge's six fields: minutes, hours, day of month, month, day of week, year; one of the two days is `?`."""
    timezone: Timezone = "UTC"
    """IANA name of the timezone that the cron expression, and the day, are in."""
    date_offset_days: Annotated[int, Field(ge=-3660, le=3660)] = 0
    """Which day a scheduled run is about, counted from its own day: -1 is the day before."""


class Instance(FileModel):
    """The machines that SageMaker rents for the job."""

    type: InstanceType = "ml.t3.medium"
    """SageMaker's instance type."""
    # https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ProcessingClusterConfig.html
    count: Annotated[int, Field(ge=1, le=100)] = 1
    """How many: any number for Spark; for another step, one, or several that share an input with distribution: sharded."""
    volume_gb: Annotated[int, Field(ge=1, le=16384)] = 30
    """Size of the disk of each."""


class StepEntry(FileModel):
    """One processing job, as the file has it."""

    model_config = ConfigDict(
        json_schema_extra={"oneOf": [{"required": ["script"]}, {"required": ["entrypoint"]}]},
    )

    name: StepName
    """Lower-case letters, digits and underscores; unique in the pipeline."""
    script: Script | None = None
    """Path of the Python script, relative to the project. Its whole folder goes along, so it may import its siblings."""
    entrypoint: Annotated[
        tuple[Argument, ...], Field(json_schema_extra={"minItems": 1, "maxItems": MOST_ARGUMENTS})
    ] = ()
    """Instead of a script, for code that is in the image: the command and its first arguments, literal."""
    image: Image | None = None
    """The image that the step runs in, which decides what kind of job it is; the pipeline's when left out."""
    spark: SparkSettings | None = None
    """More of a Spark step: py_files, configuration, event_logs."""
    needs: tuple[StepName, ...] = ()
    """Steps that must have ended well before this one begins, beside those that it reads from."""
    inputs: Annotated[dict[StepName, Input], Field(json_schema_extra={"maxProperties": MOST_INPUTS})] = Field(
        default_factory=dict
    )
    """By name: an S3 URI, {step: x} or {table: database.name}. Each lands in /opt/ml/processing/input/<name>."""
    outputs: Annotated[dict[StepName, LocalPath], Field(json_schema_extra={"maxProperties": MOST_OUTPUTS})] = Field(
        default_factory=dict
    )
    """By name: the folder that the script writes to; one, /opt/ml/processing/output, when left out."""
    missing_input: Literal["fail", "skip"] = "fail"
    """What an S3 input with nothing in it does. fail: the run fails. skip: the run ends well, having done nothing."""
    instance: Instance = Instance()
    """The machine that the job runs on."""
    # https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ProcessingStoppingCondition.html
    timeout_minutes: Annotated[int, Field(ge=1, le=12960)] = 60
    """After which the job is stopped, and has failed."""
    retries: Annotated[int, Field(ge=0, le=10)] = 0
    """Of a job that was created and failed. A refused creation (throttling, capacity) is retried anyway."""
    environment: Annotated[
        dict[EnvironmentName, EnvironmentValue], Field(json_schema_extra={"maxProperties": MOST_ENVIRONMENT})
    ] = Field(default_factory=dict)
    """Environment variables of the script, literal, as they stand here; no secrets."""
    secrets: Annotated[
        dict[EnvironmentName, SecretArn], Field(json_schema_extra={"maxProperties": MOST_ENVIRONMENT})
    ] = Field(default_factory=dict)
    """By variable: the complete ARN of a secret of Secrets Manager. The script finds the ARN in its environment, and may read that secret."""
    arguments: Annotated[tuple[Argument, ...], Field(json_schema_extra={"maxItems": MOST_ARGUMENTS})] = ()
    """Arguments of the script; placeholders such as {process_date:%Y-%m-%d} are filled in for each run."""


class Step(StepEntry):
    """One processing job, complete: its image is the pipeline's where it named none, its outputs have the default one."""

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
    """A pipeline, as the file has it: steps, and the tables that they feed."""

    name: PipelineName
    """Lower-case letters, digits and underscores; unique in the project."""
    description: Annotated[str, Field(max_length=2048)] = ""
    """What the pipeline is for."""
    schedule: Schedule | None = None
    """When it runs; without it, runs are started by hand."""
    orchestrator: OrchestratorName = DEFAULT_ORCHESTRATOR
    """What runs the steps. sagemaker_pipelines: SageMaker Pipelines, with weaker guarantees; see docs/reference/sagemaker_pipelines.md."""
    network: Network | None = None
    """The VPC that the jobs run in: {subnets: [ids], security_groups: [ids]}; SageMaker's own network when left out."""
    network_isolation: bool = False
    """Whether the scripts have no network at all, and no credentials."""
    image: Image | None = None
    """The image of every step that names none: {dockerfile: path}, {uri: registry/repository:version}, {sklearn: version}, {spark: version}."""
    steps: Annotated[tuple[StepEntry, ...], Field(min_length=1)]
    """Processing jobs, each as soon as what it reads and needs is there."""
    tables: Annotated[tuple[Table, ...], Field(min_length=1)]
    """The tables that the steps feed; `table:` is short for a list of one."""


class Pipeline(PipelineEntry):
    """A pipeline that has been found right, with everything filled in that its file may leave out."""

    steps: Annotated[tuple[Step, ...], Field(min_length=1)]
    """Processing jobs, each as soon as what it reads and needs is there."""
    read_tables: dict[str, Table] = Field(default_factory=dict)
    """The project's tables that steps read, by ``database.name``."""

    def step(self, name: str) -> Step:
        """Find a step by its name; KeyError where there is none."""
        for step in self.steps:
            if step.name == name:
                return step
        raise KeyError(name)
