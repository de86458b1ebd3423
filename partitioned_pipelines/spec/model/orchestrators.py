"""The orchestrators that a pipeline file may name, each with what it cannot do.

The checks read these facts; a folder of ``stacks/orchestrators`` implements each.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from partitioned_pipelines.lake.function_events.lambda_step import MOST_OUTPUTS, RUN_OUTPUTS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from partitioned_pipelines.spec.model.table import Registration

OrchestratorName = Literal["step_functions", "sagemaker_pipelines"]
DEFAULT_ORCHESTRATOR: OrchestratorName = "step_functions"


@dataclass(frozen=True, slots=True)
class PlannedTexts:
    """How many texts PlanRun can pass to the steps of a run.

    Attributes
    ----------
    carrier
        What passes them on, in an error.
    most
        How many it passes on.
    of_the_run
        How many of them are about the run itself.
    """

    carrier: str
    most: int
    of_the_run: int


@dataclass(frozen=True, slots=True)
class OrchestratorFacts:
    """What a pipeline file is checked against.

    Attributes
    ----------
    title
        The service, in an error.
    why_no_retries
        Why a step cannot have ``retries``; None if it can.
    why_not_registered
        By way of registration, why a table cannot be registered so.
    planned_texts
        The limit of the texts that are decided anew for each run; None if there is none.
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
        planned_texts=PlannedTexts("a Lambda step", MOST_OUTPUTS, len(RUN_OUTPUTS)),
    ),
}
