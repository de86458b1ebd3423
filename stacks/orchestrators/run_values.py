"""Values known only at run time, as they appear in a request before an orchestrator converts them to its own language."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

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
    """The arguments of a step, as resolved by PlanRun."""

    step: str


@dataclass(frozen=True, slots=True)
class JobArguments:
    """The arguments of all steps of a shared job, one after the other, as resolved by PlanRun.

    Attributes
    ----------
    counts
        The number of arguments of each step that has some, by the step's name, in order.
    """

    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class PlannedEnvironment:
    """The environment of a step's job, as resolved by PlanRun."""

    step: str


@dataclass(frozen=True, slots=True)
class RunFact:
    """A fact of the run returned by PlanRun, such as ``run_id``."""

    name: PlanFact


@dataclass(frozen=True, slots=True)
class ExecutionFact:
    """A fact of the execution, provided by the orchestrator; ``id`` is its ARN."""

    name: Literal["id", "name", "start_time", "input"]


@dataclass(frozen=True, slots=True)
class NewPrefix:
    """A prefix below a planned one, unique for each attempt of a job.

    A failed attempt must not leave files that a later attempt could publish.
    """

    of: Planned


@dataclass(frozen=True, slots=True)
class OutputOf:
    """The URI to which a step's successful job wrote an output."""

    step: str
    output: str


@dataclass(frozen=True, slots=True)
class JobFact:
    """A member of the result of a step's successful job, such as ``ProcessingJobArn``."""

    step: str
    member: str


RunValue = (
    Planned
    | PlannedArguments
    | JobArguments
    | PlannedEnvironment
    | RunFact
    | ExecutionFact
    | NewPrefix
    | OutputOf
    | JobFact
)
