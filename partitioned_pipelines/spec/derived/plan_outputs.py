"""What PlanRun hands on, text by text, to the steps of a SageMaker pipeline."""

from __future__ import annotations

from typing import TYPE_CHECKING

from partitioned_pipelines.lake.function_events import lambda_step
from partitioned_pipelines.spec.derived.payloads import plan_run_spec

if TYPE_CHECKING:
    from partitioned_pipelines.spec.model.pipeline import Pipeline

INPUT_PARAMETERS = lambda_step.INPUT_PARAMETERS
REGISTRATION_OUTPUTS = lambda_step.REGISTRATION_OUTPUTS


def plan_output_names(pipeline: Pipeline) -> list[str]:
    """Name all of them."""
    return lambda_step.plan_output_names(plan_run_spec(pipeline))


def plan_output_name(pipeline: Pipeline, step_name: str, kind: str, name: str) -> str:
    """Name one of them.

    Parameters
    ----------
    kind
        ``inputs``, ``outputs`` or ``arguments``, whose names are their indices.
    """
    number = [step.name for step in pipeline.steps].index(step_name) + 1
    return lambda_step.output_name(number, kind, name)
