"""The typed model of a step's inputs."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Tag

from partitioned_pipelines.spec.model.fields import (  # pydantic reads the annotations
    FileModel,
    InputUri,
    StepName,
    TableName,
)

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


class TableInput(FileModel):
    """An input that is a table of the project: the files that its partitions point to when the run is planned."""

    table: TableName
    """The table, database.name."""
    partitions: Literal["all", "interval"] = "all"
    """all: all partitions. interval: those whose dates lie in the run's interval."""
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
