"""The orchestrator SageMaker Pipelines: the official SDK builds its definition from the common requests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stacks.iam.arns import arn
from stacks.iam.job_permissions import processing_jobs
from stacks.orchestrators.sagemaker.definition import build_definition
from stacks.orchestrators.sagemaker.sagemaker_pipeline import SagemakerPipeline
from stacks.orchestrators.sagemaker.sdk import MissingSdkError
from stacks.orchestrators.step_functions.document import longest_run_seconds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from constructs import Construct

    from partitioned_pipelines.spec import Pipeline
    from stacks.data_lake.shared_lake import SharedLake
    from stacks.iam.role_policy import RolePolicy
    from stacks.orchestrators.resources import WorkflowResources

__all__ = ["MissingSdkError", "SagemakerPipelines"]

# A Lambda step ends after ten minutes: https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-steps.html
_LONGEST_CALL_MINUTES = 9


class SagemakerPipelines:
    """The orchestrator that runs the steps as an execution of a SageMaker pipeline."""

    handler_entry = "step_handler"

    def function_minutes(self, wanted: int) -> int:
        """Return ``wanted``, limited to the maximum duration of a Lambda step."""
        return min(wanted, _LONGEST_CALL_MINUTES)

    def longest_run_seconds(self, pipeline: Pipeline) -> int:
        """Return the timeout of a state machine with the same steps: an execution of a SageMaker pipeline has none."""
        return longest_run_seconds(pipeline)

    def allow_registrar(self, policy: RolePolicy, stack_name: str, job_stems: Sequence[str]) -> None:
        """Grant descriptions of jobs: a job's creation time decides which files it wrote, and receipts list the jobs of their runs."""
        policy.allow(["sagemaker:DescribeProcessingJob"], processing_jobs(job_stems))
        policy.allow(["sagemaker:ListPipelineExecutionSteps"], [arn("sagemaker", f"pipeline/{stack_name}/execution/*")])

    def create_workflow(
        self, scope: Construct, pipeline: Pipeline, resources: WorkflowResources, lake: SharedLake
    ) -> SagemakerPipeline:
        """Create the SageMaker pipeline; it does not use the lake itself."""
        definition = build_definition(pipeline, resources)
        return SagemakerPipeline(scope, "Workflow", definition=definition, pipeline=pipeline, resources=resources)
