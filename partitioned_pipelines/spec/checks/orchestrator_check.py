"""What SageMaker Pipelines cannot do for a pipeline, refused with the reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

from partitioned_pipelines.lake.function_events.lambda_step import MOST_OUTPUTS, RUN_OUTPUTS

if TYPE_CHECKING:
    from partitioned_pipelines.spec.checks.findings import Findings
    from partitioned_pipelines.spec.model.pipeline import PipelineEntry, StepEntry

_OR = "or leave orchestrator out, for Step Functions"


def check_orchestrator(pipeline: PipelineEntry, findings: Findings) -> None:
    """Check that SageMaker Pipelines, where they are to run a pipeline, can."""
    if pipeline.orchestrator != "sagemaker_pipelines":
        return
    for index, step in enumerate(pipeline.steps):
        if step.retries:
            message = (
                f"is {step.retries}, and SageMaker Pipelines would try a job again under the output prefix of the attempt that died, "
                f"and none that failed by its own code: leave it out, {_OR}"
            )
            findings.add(("steps", index, "retries"), message)
    for index, table in enumerate(pipeline.tables):
        if table.registration == "msck":
            message = f"is 'msck', and a SageMaker pipeline has no step that waits for a query of Athena: take lambda or projection, {_OR}"
            findings.add(("tables", index, "registration"), message)
    needed = len(RUN_OUTPUTS) + sum(map(_planned_texts, pipeline.steps))
    if needed > MOST_OUTPUTS:
        message = (
            f"have {needed} texts that PlanRun hands on (S3 and table inputs, outputs, arguments, and {len(RUN_OUTPUTS)} of the run), and a "
            f"Lambda step hands on {MOST_OUTPUTS}: let the scripts take literals from environment, {_OR}"
        )
        findings.add(("steps",), message)


def _planned_texts(step: StepEntry) -> int:
    """Count what is decided anew for each run: all inputs but other steps', and Spark's event logs are an output."""
    read = sum(1 for source in step.inputs.values() if not hasattr(source, "step"))
    logs = 1 if step.spark and step.spark.event_logs else 0
    return read + max(len(step.outputs), 1) + logs + len(step.arguments)
