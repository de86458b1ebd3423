"""The steps of a SageMaker pipeline's execution, read as what they planned, registered and failed at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from partitioned_pipelines.runtime.executions.history import Failed, StepJob

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mypy_boto3_sagemaker import SageMakerClient
    from mypy_boto3_sagemaker.type_defs import PipelineExecutionStepTypeDef

REGISTRATION = "RegisterPartitions"
"""How the names of the steps begin that register partitions."""


def read_steps(sagemaker: SageMakerClient, execution_arn: str) -> list[PipelineExecutionStepTypeDef]:
    """Return an execution's steps in the order in which they started."""
    pages = sagemaker.get_paginator("list_pipeline_execution_steps").paginate(
        PipelineExecutionArn=execution_arn, SortOrder="Ascending"
    )
    return [step for page in pages for step in page["PipelineExecutionSteps"]]


def step_data(steps: Sequence[PipelineExecutionStepTypeDef]) -> dict[str, Any]:
    """Return the plan and the registrations, in the form of a state machine's output, with strings as values."""
    plan: dict[str, Any] = {}
    registrations: dict[str, Any] = {}
    for step in steps:
        outputs = {
            entry["Name"]: entry["Value"]
            for entry in step.get("Metadata", {}).get("Lambda", {}).get("OutputParameters", [])
        }
        if step["StepName"] == "PlanRun":
            plan = {name: value for name, value in outputs.items() if value}
        elif step["StepName"].startswith(REGISTRATION) and outputs:
            registrations[outputs["table"]] = outputs
    return {**({"plan": plan} if plan else {}), "registrations": registrations}


def failed_step(steps: Sequence[PipelineExecutionStepTypeDef]) -> tuple[Failed, str | None] | None:
    """Return the first step that failed, and its processing job if it has one; None if no step failed."""
    for step in steps:
        if step["StepStatus"] == "Failed":
            return Failed(step["StepName"], 0.0, "StepFailed", step.get("FailureReason", "")), job_name(step)
    return None


def step_jobs(steps: Sequence[PipelineExecutionStepTypeDef]) -> list[StepJob]:
    """Return the processing jobs; for a step that was retried, the last one."""
    return [StepJob(step["StepName"], job, "EndTime" in step) for step in steps if (job := job_name(step))]


def job_name(step: PipelineExecutionStepTypeDef) -> str | None:
    """Return the name of a step's processing job; None if it has none."""
    return step.get("Metadata", {}).get("ProcessingJob", {}).get("Arn", "").rpartition("/")[2] or None
