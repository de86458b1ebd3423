"""A step of a pipeline file: one processing job, its instances, inputs and outputs."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from partitioned_pipelines.spec.model.fields import (
    Argument,
    EnvironmentName,
    EnvironmentValue,
    FileModel,
    InstanceType,
    LocalPath,
    Script,
    SecretArn,
    StepName,
)
from partitioned_pipelines.spec.model.image import Image, SparkImage, SparkSettings
from partitioned_pipelines.spec.model.inputs import Input, StepInput, TableInput, UriInput
from partitioned_pipelines.spec.model.limits import (
    LONGEST_TIMEOUT_MINUTES,
    MOST_ARGUMENTS,
    MOST_ENVIRONMENT,
    MOST_INPUTS,
    MOST_OUTPUTS,
)


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
    timeout_minutes: Annotated[int, Field(ge=1, le=LONGEST_TIMEOUT_MINUTES)] = 60
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
