"""The state machine, its log and its permissions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aws_cdk import RemovalPolicy, Stack
from aws_cdk import aws_logs as logs
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from stacks.iam.arns import arn
from stacks.iam.job_rights import allow_processing_jobs, job_stems
from stacks.iam.repair_rights import allow_repairs
from stacks.iam.role_policy import role_policy
from stacks.literal_text import keep_text_literal
from stacks.orchestrators.orchestrator import ScheduledTarget, StatusEvents

if TYPE_CHECKING:
    from aws_cdk import aws_iam as iam

    from partitioned_pipelines.spec import Pipeline
    from stacks.data_lake.shared_lake import SharedLake
    from stacks.orchestrators.resources import WorkflowResources

# The rule by which Step Functions learns that a job has ended: https://docs.aws.amazon.com/step-functions/latest/dg/connect-sagemaker.html
_MANAGED_RULE = "StepFunctionsGetEventsForSageMakerProcessingJobsRule"


class StateMachine(Construct):
    """One state machine for each pipeline; every right is on the things that its document names.

    Attributes
    ----------
    machine, machine_arn
        The state machine, and its ARN.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        definition: dict[str, Any],
        pipeline: Pipeline,
        resources: WorkflowResources,
        lake: SharedLake,
    ) -> None:
        super().__init__(scope, construct_id)
        stack = Stack.of(self)
        self.machine = sfn.StateMachine(
            self,
            "StateMachine",
            # CloudFormation's own name for it would not begin with the stack's, and nothing could name the machines by prefix.
            state_machine_name=stack.stack_name,
            definition_body=sfn.DefinitionBody.from_string(stack.to_json_string(definition)),
            logs=sfn.LogOptions(
                destination=logs.LogGroup(
                    self,
                    "Log",
                    # The prefix keeps the account's limited log resource policy from growing with each state machine.
                    log_group_name=f"/aws/vendedlogs/states/{stack.stack_name}",
                    retention=logs.RetentionDays.THREE_MONTHS,
                    removal_policy=RemovalPolicy.DESTROY,
                    encryption_key=lake.key,
                ),
                level=sfn.LogLevel.ALL,
                # The data is URIs, dates and counts; without it a failed run cannot be read afterwards.
                include_execution_data=True,
            ),
            tracing_enabled=True,
        )
        self.machine_arn = self.machine.state_machine_arn
        keep_text_literal(self.machine)
        with role_policy(self.machine.role) as policy:
            # Of exactly these: the functions' own grant would take in all of their versions.
            policy.allow(["lambda:InvokeFunction"], resources.function_arns)
            allow_processing_jobs(policy, resources.processing_role_arn, job_stems(pipeline))
            policy.allow(
                ["events:DescribeRule", "events:PutRule", "events:PutTargets"],
                [arn("events", f"rule/{_MANAGED_RULE}")],
            )
            allow_repairs(
                policy,
                tables=pipeline.tables,
                work_group_name=lake.work_group_name,
                lake_bucket_name=lake.bucket_name,
                key=lake.key,
            )

    @property
    def role(self) -> iam.IRole:
        """The role of the state machine."""
        return self.machine.role

    @property
    def catalog_role(self) -> iam.IRole:
        """The role of the state machine, which repairs tables."""
        return self.machine.role

    @property
    def outputs(self) -> dict[str, str]:
        """The ARN of the state machine."""
        return {"StateMachineArn": self.machine_arn}

    @property
    def scheduled_target(self) -> ScheduledTarget:
        """What a clock starts: the planned time, and not the time of delivery, decides which day a run is about."""
        payload = '{"scheduled_time":"<aws.scheduler.scheduled-time>"}'
        return ScheduledTarget(self.machine_arn, payload, "states:StartExecution", self.machine_arn)

    @property
    def status_events(self) -> StatusEvents:
        """What tells that an execution did not succeed: https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html."""
        return StatusEvents(
            source="aws.states",
            detail_type="Step Functions Execution Status Change",
            detail={
                "status": ["FAILED", "TIMED_OUT", "ABORTED"],
                "stateMachineArn": [self.machine_arn],
            },
            name="$.detail.name",
            status="$.detail.status",
            execution="$.detail.executionArn",
        )
