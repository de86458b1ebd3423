"""The typed model of a pipeline file: what a YAML file says, and what it means once it has been found right."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag

from pipeline_spec.limits import MOST_ARGUMENTS, MOST_ENVIRONMENT, MOST_INPUTS, MOST_OUTPUTS
from pipeline_spec.schema_text import (
    Argument,
    Cron,
    EnvironmentName,
    EnvironmentValue,
    ImageUri,
    InputUri,
    InstanceType,
    LocalPath,
    PipelineName,
    ProjectPath,
    Script,
    StepName,
    Timezone,
)
from pipeline_spec.table_model import Column, FileModel, PartitionKey, Table, TableSource

__all__ = [
    "Column",
    "DockerfileImage",
    "Image",
    "Input",
    "Instance",
    "PartitionKey",
    "Pipeline",
    "PipelineEntry",
    "Schedule",
    "Step",
    "StepEntry",
    "StepInput",
    "Table",
    "TableSource",
    "UriImage",
]


class Schedule(FileModel):
    """When the pipeline runs, and which day a run is about."""

    cron: Cron
    """EventBridge's six fields: minutes, hours, day of month, month, day of week, year; one of the two days is `?`."""
    timezone: Timezone = "UTC"
    """IANA name of the timezone that the cron expression, and the day, are in."""
    date_offset_days: Annotated[int, Field(ge=-3660, le=3660)] = 0
    """Which day a scheduled run is about, counted from its own day: -1 is the day before."""


class DockerfileImage(FileModel):
    """An image that the CDK builds (linux/amd64) from a Dockerfile of the project; its folder is the build context."""

    dockerfile: ProjectPath
    """Path of the Dockerfile, relative to the project."""


class UriImage(FileModel):
    """An image that exists already; ``local_requirements`` is the requirements file of its stand-in on the local cloud."""

    uri: ImageUri
    """registry/repository with a version or, best, a digest (@sha256:…); never :latest."""
    local_requirements: ProjectPath | None = None
    """Path of the requirements.txt of its local stand-in, relative to the project; a bare Python without it."""


def _image_kind(value: Any) -> str:
    has_dockerfile = "dockerfile" in value if isinstance(value, dict) else isinstance(value, DockerfileImage)
    return "<dockerfile>" if has_dockerfile else "<uri>"


Image = Annotated[
    Annotated[DockerfileImage, Tag("<dockerfile>")] | Annotated[UriImage, Tag("<uri>")], Discriminator(_image_kind)
]


class StepInput(FileModel):
    """An input that is another step's output; which one is filled in when the step has one only."""

    step: StepName
    """Name of an earlier step."""
    output: str = ""
    """Name of its output, where it has several."""


def _input_kind(value: Any) -> str:
    return "<uri>" if isinstance(value, str) else "<step>"


Input = Annotated[Annotated[InputUri, Tag("<uri>")] | Annotated[StepInput, Tag("<step>")], Discriminator(_input_kind)]


class Instance(FileModel):
    """The machine that SageMaker rents for the job."""

    type: InstanceType = "ml.t3.medium"
    """SageMaker's instance type."""
    count: Annotated[int, Field(json_schema_extra={"const": 1})] = 1
    """One: a script on several instances is not supported yet."""
    volume_gb: Annotated[int, Field(ge=1, le=16384)] = 30
    """Size of its disk."""


class StepEntry(FileModel):
    """One processing job, as the file has it."""

    name: StepName
    """Lower-case letters, digits and underscores; unique in the pipeline."""
    script: Script
    """Path of the Python script, relative to the project. Its whole folder goes along, so it may import its siblings."""
    image: Image | None = None
    """The image that the script runs in; the pipeline's when left out."""
    inputs: Annotated[dict[StepName, Input], Field(json_schema_extra={"maxProperties": MOST_INPUTS})] = Field(
        default_factory=dict
    )
    """By name: an S3 URI, or {step: x}. Each lands in /opt/ml/processing/input/<name>."""
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
    arguments: Annotated[tuple[Argument, ...], Field(json_schema_extra={"maxItems": MOST_ARGUMENTS})] = ()
    """Arguments of the script; placeholders such as {process_date:%Y-%m-%d} are filled in for each run."""


class Step(StepEntry):
    """One processing job, complete: its image is the pipeline's where it named none, its outputs have the default one."""

    image: Image
    """The image that the script runs in."""


class PipelineEntry(FileModel):
    """A pipeline, as the file has it: steps in sequence, and the tables that they feed."""

    name: PipelineName
    """Lower-case letters, digits and underscores; unique in the project."""
    description: Annotated[str, Field(max_length=2048)] = ""
    """What the pipeline is for."""
    schedule: Schedule | None = None
    """When it runs; without it, runs are started by hand."""
    image: Image | None = None
    """The image of every step that names none: {dockerfile: path}, or {uri: registry/repository:version}."""
    steps: Annotated[tuple[StepEntry, ...], Field(min_length=1)]
    """Processing jobs, one after the other."""
    tables: Annotated[tuple[Table, ...], Field(min_length=1)]
    """The tables that the steps feed; `table:` is short for a list of one."""


class Pipeline(PipelineEntry):
    """A pipeline that has been found right, with everything filled in that its file may leave out."""

    steps: Annotated[tuple[Step, ...], Field(min_length=1)]
    """Processing jobs, one after the other."""

    def step(self, name: str) -> Step:
        """Find a step by its name; KeyError where there is none."""
        for step in self.steps:
            if step.name == name:
                return step
        raise KeyError(name)
