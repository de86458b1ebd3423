"""The orchestrators of a pipeline's steps: Step Functions and SageMaker Pipelines. Each is one folder, and one line here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stacks.orchestrators.sagemaker import SagemakerPipelines
from stacks.orchestrators.step_functions import StepFunctions

if TYPE_CHECKING:
    from partitioned_pipelines.spec import Pipeline
    from partitioned_pipelines.spec.model.orchestrators import OrchestratorName
    from stacks.orchestrators.orchestrator import Orchestrator

_ORCHESTRATORS: dict[OrchestratorName, Orchestrator] = {
    "step_functions": StepFunctions(),
    "sagemaker_pipelines": SagemakerPipelines(),
}


def orchestrator_of(pipeline: Pipeline) -> Orchestrator:
    """Return the orchestrator of a pipeline."""
    return _ORCHESTRATORS[pipeline.orchestrator]
