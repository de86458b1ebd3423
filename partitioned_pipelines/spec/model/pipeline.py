"""The typed model of a pipeline file: what a YAML file says, and what it means once it has been found right."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from partitioned_pipelines.spec.model.fields import (
    FileModel,
    Freshness,
    PipelineName,
    SecurityGroupId,
    SubnetId,
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
from partitioned_pipelines.spec.model.limits import MOST_SECURITY_GROUPS, MOST_SUBNETS
from partitioned_pipelines.spec.model.orchestrators import DEFAULT_ORCHESTRATOR, OrchestratorName
from partitioned_pipelines.spec.model.schedule import Schedule
from partitioned_pipelines.spec.model.step import Instance, Step, StepEntry
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
    jobs: Literal["separate", "shared"] = "separate"
    """separate: a processing job for each step. shared: one job for steps of a chain with the same image and instance, which saves the start of
    a job for each further step."""
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
