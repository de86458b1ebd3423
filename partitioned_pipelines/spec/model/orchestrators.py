"""The orchestrators that a pipeline file may name, and their limitations.

The checks of pipeline files read these; each orchestrator is implemented by a folder of ``stacks/orchestrators``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from partitioned_pipelines.lake.function_events.lambda_step import MOST_OUTPUTS, run_outputs

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from partitioned_pipelines.lake.function_events.payloads import ScheduleSpec
    from partitioned_pipelines.spec.model.table import Registration

OrchestratorName = Literal["step_functions", "sagemaker_pipelines"]
DEFAULT_ORCHESTRATOR: OrchestratorName = "step_functions"


@dataclass(frozen=True, slots=True)
class PlannedTexts:
    """The limit on the strings that PlanRun can pass to the steps of a run.

    Attributes
    ----------
    carrier
        The service that passes them on, as error messages name it.
    most
        The most strings that it passes on.
    of_the_run
        The number of strings among them that describe the run itself, by its schedule.
    """

    carrier: str
    most: int
    of_the_run: Callable[[ScheduleSpec], int]


@dataclass(frozen=True, slots=True)
class OrchestratorFacts:
    """The limitations of an orchestrator, which pipeline files are checked against.

    Attributes
    ----------
    title
        The service's name in error messages.
    why_no_retries
        The reason why a step cannot have ``retries``; None if it can.
    why_not_registered
        The reasons why tables cannot use a way of registration, by that way.
    planned_texts
        The limit on strings that differ from run to run; None if unlimited.
    """

    title: str
    why_no_retries: str | None = None
    why_not_registered: Mapping[Registration, str] = field(default_factory=dict)
    planned_texts: PlannedTexts | None = None


ORCHESTRATORS: Mapping[OrchestratorName, OrchestratorFacts] = {
    "step_functions": OrchestratorFacts("Step Functions"),
    "sagemaker_pipelines": OrchestratorFacts(
        "SageMaker Pipelines",
        why_no_retries=(
            "SageMaker Pipelines would retry a job under the output prefix of the failed attempt, and never one whose own code failed"
        ),
        why_not_registered={"msck": "a SageMaker pipeline cannot wait for a query of Athena"},
        planned_texts=PlannedTexts("a Lambda step", MOST_OUTPUTS, lambda schedule: len(run_outputs(schedule))),
    ),
}
