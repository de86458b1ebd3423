"""The SageMaker pipeline, where it takes the place of the state machine, and what it may do."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from aws_cdk import Aws, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sagemaker as sagemaker
from constructs import Construct

from stacks.job_rights import processing_job_statements
from stacks.literal_text import keep_text_literal
from stacks.scheduled_target import ScheduledTarget, StatusEvents

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aws_cdk import aws_lambda as lambda_

# The templated target has parameters, in which the scheduler fills nothing in; a call has a payload, in which it does:
# https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html
_START = "arn:{partition}:scheduler:::aws-sdk:sagemaker:startPipelineExecution"
_SCHEDULED_TIME = "<aws.scheduler.scheduled-time>"


class SagemakerWorkflow(Construct):
    """One SageMaker pipeline for each pipeline file; every right is on the things that its definition names.

    Attributes
    ----------
    name, arn
        Of the pipeline.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        definition: str,
        description: str,
        functions: Iterable[lambda_.Function],
        processing_role: iam.Role,
        job_stems: Iterable[str],
    ) -> None:
        super().__init__(scope, construct_id)
        stack = Stack.of(self)
        self.name = stack.stack_name
        self.arn = stack.format_arn(service="sagemaker", resource="pipeline", resource_name=self.name)
        self.role = iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal(
                "sagemaker.amazonaws.com", conditions={"StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID}}
            ),
            description=f"Executions of the SageMaker pipeline {self.name}",
        )
        for statement in processing_job_statements(self, processing_role, job_stems):
            self.role.add_to_policy(statement)
        self.role.add_to_policy(
            iam.PolicyStatement(
                # Of exactly these: the functions' own grant would take in all of their versions.
                actions=["lambda:InvokeFunction"],
                resources=[function.function_arn for function in functions],
            )
        )
        self.pipeline = sagemaker.CfnPipeline(
            self,
            "Pipeline",
            pipeline_name=self.name,
            pipeline_description=description or None,
            pipeline_definition={"PipelineDefinitionBody": definition},
            role_arn=self.role.role_arn,
        )
        # Without its rights an execution that starts at once would fail.
        self.pipeline.node.add_dependency(self.role)
        keep_text_literal(self.pipeline)

    @property
    def scheduled_target(self) -> ScheduledTarget:
        """What a clock starts: a call, whose payload has the planned time."""
        call = {
            "PipelineName": self.name,
            "PipelineParameters": [{"Name": "scheduled_time", "Value": _SCHEDULED_TIME}],
            # One for each delivery: PlanRun claims the event, as it does for a state machine, and a run that failed may be repeated.
            "ClientRequestToken": "<aws.scheduler.execution-id>",
        }
        return ScheduledTarget(_START.format(partition=Aws.PARTITION), json.dumps(call), self._allow_start)

    @property
    def status_events(self) -> StatusEvents:
        """What tells that an execution did not succeed.

        https://docs.aws.amazon.com/sagemaker/latest/dg/automating-sagemaker-with-eventbridge.html
        """
        return StatusEvents(
            source="aws.sagemaker",
            detail_type="SageMaker Model Building Pipeline Execution Status Change",
            detail={"currentPipelineExecutionStatus": ["Failed", "Stopped"], "pipelineArn": [self.arn]},
            name="$.detail.pipelineExecutionDisplayName",
            status="$.detail.currentPipelineExecutionStatus",
            execution="$.detail.pipelineExecutionArn",
        )

    def _allow_start(self, role: iam.Role) -> None:
        role.add_to_policy(iam.PolicyStatement(actions=["sagemaker:StartPipelineExecution"], resources=[self.arn]))
