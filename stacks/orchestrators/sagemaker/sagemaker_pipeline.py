"""The SageMaker pipeline and its permissions."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from aws_cdk import CfnResource
from aws_cdk import aws_iam as iam
from constructs import Construct

from stacks.cost_tags import tag_list
from stacks.iam.arns import PARTITION, arn
from stacks.iam.job_permissions import SAGEMAKER, allow_processing_jobs, job_stems, processing_jobs
from stacks.iam.role_policy import role_policy
from stacks.literal_text import keep_text_literal
from stacks.orchestrators.orchestrator import NOT_OF_A_BACKFILL, SCHEDULED_TIME, ScheduledTarget, StatusEvents
from stacks.orchestrators.sagemaker.backfill_run import backfill_run

if TYPE_CHECKING:
    from partitioned_pipelines.spec import Pipeline
    from stacks.iam.role_policy import RolePolicy
    from stacks.orchestrators.orchestrator import BackfillRun
    from stacks.orchestrators.resources import WorkflowResources

# The scheduler replaces placeholders only in a payload: the templated target has parameters, the universal target has a payload:
# https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html
_START = "arn:{partition}:scheduler:::aws-sdk:sagemaker:startPipelineExecution"
# A client token has at least 32 characters, and the scheduler's execution id has 16:
# https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_StartPipelineExecution.html
_DELIVERY_TOKEN = "pipelines-scheduled-execution-id-<aws.scheduler.execution-id>"  # noqa: S105  # an idempotency token


class SagemakerPipeline(Construct):
    """The SageMaker pipeline of a pipeline file; each permission applies only to the resources in its definition.

    Attributes
    ----------
    name, arn
        The SageMaker pipeline's name and ARN.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        definition: str,
        pipeline: Pipeline,
        resources: WorkflowResources,
    ) -> None:
        super().__init__(scope, construct_id)
        self.name = resources.stack_name
        self._job_stems = job_stems(pipeline)
        self.arn = arn("sagemaker", f"pipeline/{self.name}")
        self.role = iam.Role(
            self,
            "Role",
            assumed_by=SAGEMAKER,
            description=f"Executions of the SageMaker pipeline {self.name}",
        )
        with role_policy(self.role) as policy:
            allow_processing_jobs(policy, resources.processing_role_arn, self._job_stems)
            # Only these ARNs: the functions' own grant would include all of their versions.
            policy.allow(["lambda:InvokeFunction"], resources.function_arns)
        self.pipeline = CfnResource(
            self,
            "Pipeline",
            # Not with the L1 construct: importing the SageMaker module would take a quarter of a second for these four properties.
            type="AWS::SageMaker::Pipeline",
            properties={
                "PipelineName": self.name,
                **({"PipelineDescription": pipeline.description} if pipeline.description else {}),
                "PipelineDefinition": {"PipelineDefinitionBody": definition},
                "RoleArn": self.role.role_arn,
                # Tags.of reaches only resources of a typed construct.
                "Tags": tag_list(resources.tags),
            },
        )
        # An execution that starts immediately would fail without its permissions.
        self.pipeline.node.add_dependency(self.role)
        keep_text_literal(self.pipeline)

    @property
    def catalog_role(self) -> None:
        """None, because only the functions call the Data Catalog."""
        return None

    @property
    def outputs(self) -> dict[str, str]:
        """The name of the SageMaker pipeline."""
        return {"PipelineName": self.name}

    @property
    def scheduled_target(self) -> ScheduledTarget:
        """The target of a schedule: an API call whose payload has the scheduled time."""
        call = {
            "PipelineName": self.name,
            "PipelineParameters": [{"Name": "scheduled_time", "Value": SCHEDULED_TIME}],
            # One token for each delivery: PlanRun claims the event, as for a state machine, so that a failed run can be repeated.
            "ClientRequestToken": _DELIVERY_TOKEN,
        }
        return ScheduledTarget(
            _START.format(partition=PARTITION), json.dumps(call), "sagemaker:StartPipelineExecution", self.arn
        )

    @property
    def started(self) -> dict[str, str]:
        """The name of the SageMaker pipeline."""
        return {"sagemaker_pipeline": self.name}

    @property
    def backfill_run(self) -> BackfillRun:
        """The states by which a backfill starts an execution, and waits for its end."""
        return backfill_run(self.name)

    def allow_backfill_run(self, policy: RolePolicy) -> None:
        """Grant what `backfill_run` needs."""
        policy.allow(["sagemaker:StartPipelineExecution"], [self.arn])
        policy.allow(["sagemaker:DescribePipelineExecution"], [f"{self.arn}/execution/*"])

    def allow_reading_runs(self, policy: RolePolicy) -> None:
        """Grant the list of the executions, their parameters and steps, and the description of their jobs."""
        policy.allow(["sagemaker:ListPipelineExecutions"], [self.arn])
        policy.allow(
            ["sagemaker:ListPipelineExecutionSteps", "sagemaker:ListPipelineParametersForExecution"],
            [f"{self.arn}/execution/*"],
        )
        policy.allow(["sagemaker:DescribeProcessingJob"], processing_jobs(self._job_stems))

    @property
    def end_events(self) -> StatusEvents:
        """The events that report that an execution has ended.

        https://docs.aws.amazon.com/sagemaker/latest/dg/automating-sagemaker-with-eventbridge.html
        """
        return StatusEvents(
            source="aws.sagemaker",
            detail_type="SageMaker Model Building Pipeline Execution Status Change",
            detail={
                "currentPipelineExecutionStatus": ["Succeeded", "Failed", "Stopped"],
                "pipelineArn": [self.arn],
                "pipelineExecutionDisplayName": NOT_OF_A_BACKFILL,
            },
        )
