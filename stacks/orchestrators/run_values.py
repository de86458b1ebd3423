"""Values that only a run decides, as a request has them before an orchestrator writes them in its own language."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from partitioned_pipelines.lake.function_events.payloads import PlanFact

PlannedKind = Literal["inputs", "outputs"]


@dataclass(frozen=True, slots=True)
class Planned:
    """The URI that PlanRun resolves for an input or an output of a step."""

    step: str
    kind: PlannedKind
    name: str


@dataclass(frozen=True, slots=True)
class PlannedArguments:
    """The arguments of a step, as PlanRun resolves them."""

    step: str


@dataclass(frozen=True, slots=True)
class PlannedEnvironment:
    """The environment of a step's job, as PlanRun resolves it."""

    step: str


@dataclass(frozen=True, slots=True)
class RunFact:
    """A fact of the run that PlanRun returns, such as ``run_id``."""

    name: PlanFact


@dataclass(frozen=True, slots=True)
class ExecutionFact:
    """A fact of the execution that its orchestrator knows; ``id`` is its ARN."""

    name: Literal["id", "name", "start_time", "input"]


@dataclass(frozen=True, slots=True)
class NewPrefix:
    """A prefix below a planned one that each attempt of a job has of its own.

    An attempt that died must not leave anything that a later one could publish.
    """

    of: Planned


@dataclass(frozen=True, slots=True)
class OutputOf:
    """The URI that the successful job of a step wrote an output to."""

    step: str
    output: str


@dataclass(frozen=True, slots=True)
class JobFact:
    """A member of the result of a step's successful job, such as ``ProcessingJobArn``."""

    step: str
    member: str


RunValue = Planned | PlannedArguments | PlannedEnvironment | RunFact | ExecutionFact | NewPrefix | OutputOf | JobFact
