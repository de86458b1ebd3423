"""The typed model of a step's inputs."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Discriminator, Field, Tag

from partitioned_pipelines.spec.model.fields import (  # pydantic reads the annotations
    FileModel,
    InputUri,
    StepName,
    TableName,
    WindowLength,
)
from partitioned_pipelines.spec.model.limits import LARGEST_OFFSET

Distribution = Literal["replicated", "sharded"]


class UriInput(FileModel):
    """An input that is read from S3, and how several instances share it."""

    uri: InputUri
    """The S3 URI."""
    distribution: Distribution = "replicated"
    """replicated: every instance gets all objects. sharded: each instance gets a part of them."""


class StepInput(FileModel):
    """An input that is another step's output; the output's name may be omitted if the step has only one."""

    step: StepName
    """Name of the step."""
    output: str = ""
    """Name of its output, if it has several."""
    distribution: Distribution = "replicated"
    """replicated: every instance gets all objects. sharded: each instance gets a part of them."""


def _length_kind(value: Any) -> str:
    return "<count>" if isinstance(value, int | float) else "<length>"


class PartitionWindow(FileModel):
    """The partitions of a time that is counted from the run's interval: the last ones up to its end, an earlier interval, or both."""

    model_config = ConfigDict(json_schema_extra={"anyOf": [{"required": ["last"]}, {"required": ["offset"]}]})

    last: (
        Annotated[
            Annotated[int, Field(ge=1, le=LARGEST_OFFSET), Tag("<count>")] | Annotated[WindowLength, Tag("<length>")],
            Discriminator(_length_kind),
        ]
        | None
    ) = None
    """How long it is, up to and including the end of the interval: 60 days, or a number of the pipeline's intervals."""
    offset: Annotated[int, Field(ge=-LARGEST_OFFSET, le=-1)] | None = None
    """Interval with which it ends, relative to the run's: -1 is the one before."""


def _partitions_kind(value: Any) -> str:
    return "<window>" if isinstance(value, dict | PartitionWindow) else "<name>"


Partitions = Annotated[
    Annotated[Literal["all", "interval"], Tag("<name>")] | Annotated[PartitionWindow, Tag("<window>")],
    Discriminator(_partitions_kind),
]


class TableInput(FileModel):
    """An input that is a table of the project: the files that its partitions point to when the run is planned."""

    table: TableName
    """The table, database.name."""
    partitions: Partitions = "all"
    """all: all partitions. interval: those whose dates lie in the run's interval. {last: 60 days}, {offset: -1}: those of a window."""
    distribution: Distribution = "replicated"
    """replicated: every instance gets all objects. sharded: each instance gets a part of them."""


_KINDS: dict[str, type[FileModel]] = {"uri": UriInput, "table": TableInput, "step": StepInput}


def _input_kind(value: Any) -> str:
    if isinstance(value, str):
        return "<text>"
    for key, model in _KINDS.items():
        if isinstance(value, model) or (isinstance(value, dict) and key in value):
            return f"<{key}>"
    return "<step>"


Input = Annotated[
    Annotated[InputUri, Tag("<text>")]
    | Annotated[UriInput, Tag("<uri>")]
    | Annotated[StepInput, Tag("<step>")]
    | Annotated[TableInput, Tag("<table>")],
    Discriminator(_input_kind),
]
