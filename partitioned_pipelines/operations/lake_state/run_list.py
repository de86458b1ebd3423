"""A run in the list of a lake's runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

from pydantic import ConfigDict, Field

from partitioned_pipelines.operations.lake_state.lake import CONFIG
from partitioned_pipelines.operations.lake_state.moment import Moment


@dataclass(frozen=True, slots=True)
class ListedRun:
    """A run of a pipeline: for which interval, how it ended, and how long it took."""

    __pydantic_config__: ClassVar[ConfigDict] = CONFIG

    id: str
    """The run's id."""
    pipeline: str
    """Its pipeline."""
    start: Annotated[str | None, Field(alias="from")]
    """The start of its interval; null if it is unknown."""
    end: Annotated[str | None, Field(alias="to")]
    """The exclusive end of its interval; null if it is unknown."""
    started: Moment
    """When its execution started."""
    status: str
    """A status of Step Functions, whatever the orchestrator is; PUBLISHED if only its receipt is left."""
    seconds: float | None
    """From its start to its end; null while it runs, or if that is unknown."""
    usual_seconds: float | None
    """The median of the pipeline's last successful runs; null if there are none."""
