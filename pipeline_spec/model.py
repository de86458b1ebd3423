"""The typed model of a pipeline file: what a YAML file says, once it has been read and found right."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Schedule(_Model):
    """When the pipeline runs, and which day a run is about."""

    cron: str
    timezone: str = "UTC"
    date_offset_days: Annotated[int, Field(ge=-3660, le=3660)] = 0


class DockerfileImage(_Model):
    """An image that the CDK builds (linux/amd64) from a Dockerfile of the project; its folder is the build context."""

    dockerfile: str


class UriImage(_Model):
    """An image that exists already; ``local_requirements`` is the requirements file of its stand-in on the local cloud."""

    uri: str
    local_requirements: str | None = None


def _image_kind(value: Any) -> str:
    has_dockerfile = "dockerfile" in value if isinstance(value, dict) else isinstance(value, DockerfileImage)
    return "<dockerfile>" if has_dockerfile else "<uri>"


Image = Annotated[
    Annotated[DockerfileImage, Tag("<dockerfile>")] | Annotated[UriImage, Tag("<uri>")], Discriminator(_image_kind)
]


class StepInput(_Model):
    """An input that is another step's output; which one is filled in when the step has one only."""

    step: str
    output: str = ""


def _input_kind(value: Any) -> str:
    return "<uri>" if isinstance(value, str) else "<step>"


Input = Annotated[Annotated[str, Tag("<uri>")] | Annotated[StepInput, Tag("<step>")], Discriminator(_input_kind)]


class Instance(_Model):
    """The machine that SageMaker rents for the job."""

    type: str = "ml.t3.medium"
    count: int = 1
    volume_gb: Annotated[int, Field(ge=1, le=16384)] = 30


class Step(_Model):
    """One processing job; its image is filled in from the pipeline's, its outputs with the default one."""

    name: str
    script: str
    image: Image | None = None
    inputs: dict[str, Input] = Field(default_factory=dict)
    outputs: dict[str, str] = Field(default_factory=dict)
    missing_input: Literal["fail", "skip"] = "fail"
    instance: Instance = Instance()
    # https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ProcessingStoppingCondition.html
    timeout_minutes: Annotated[int, Field(ge=1, le=12960)] = 60
    retries: Annotated[int, Field(ge=0, le=10)] = 0
    environment: dict[str, str] = Field(default_factory=dict)
    arguments: tuple[str, ...] = ()


class Column(_Model):
    """A column of the table, as the Glue Data Catalog holds it."""

    name: str
    type: str
    comment: Annotated[str, Field(max_length=255)] = ""


class PartitionKey(_Model):
    """A partition key of the table; ``date_format`` makes its values dates that are checked."""

    name: str
    type: Literal["string", "date", "int", "bigint", "smallint", "tinyint"] = "string"
    date_format: str | None = None
    comment: Annotated[str, Field(max_length=255)] = ""


class TableSource(_Model):
    """The step output that becomes the table; which one is filled in when the step has one only."""

    step: str
    output: str = ""


class Table(_Model):
    """A partitioned table, and the step output that feeds it."""

    source: TableSource
    database: str
    name: str
    description: Annotated[str, Field(max_length=2048)] = ""
    format: Literal["csv", "parquet"] = "csv"
    layout: Literal["versioned", "in_place"] = "versioned"
    columns: Annotated[tuple[Column, ...], Field(min_length=1)]
    partition_keys: Annotated[tuple[PartitionKey, ...], Field(min_length=1)]
    on_bad_path: Literal["fail", "skip"] = "fail"
    allow_empty: bool = False

    @property
    def qualified_name(self) -> str:
        """``database.name``."""
        return f"{self.database}.{self.name}"


class Pipeline(_Model):
    """A pipeline: steps in sequence, and the tables that they feed."""

    name: str
    description: Annotated[str, Field(max_length=2048)] = ""
    schedule: Schedule | None = None
    image: Image | None = None
    steps: Annotated[tuple[Step, ...], Field(min_length=1)]
    tables: Annotated[tuple[Table, ...], Field(min_length=1)]

    def step(self, name: str) -> Step:
        """Find a step by its name; KeyError where there is none."""
        for step in self.steps:
            if step.name == name:
                return step
        raise KeyError(name)
