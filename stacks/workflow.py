"""The state machine, its log, and what it may do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aws_cdk import ArnFormat, RemovalPolicy, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from stacks.job_rights import processing_job_statements
from stacks.literal_text import keep_text_literal
from stacks.scheduled_target import ScheduledTarget, StatusEvents

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aws_cdk import aws_kms as kms
    from aws_cdk import aws_lambda as lambda_

# The rule by which Step Functions learns that a job has ended: https://docs.aws.amazon.com/step-functions/latest/dg/connect-sagemaker.html
_MANAGED_RULE = "StepFunctionsGetEventsForSageMakerProcessingJobsRule"


class Workflow(Construct):
    """One state machine for each pipeline; every right is on the things that its document names."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        definition: dict[str, Any],
        functions: Iterable[lambda_.Function],
        processing_role: iam.Role,
        job_stems: Iterable[str],
        key: kms.IKey | None,
    ) -> None:
        super().__init__(scope, construct_id)
        stack = Stack.of(self)
        self.machine = sfn.StateMachine(
            self,
            "StateMachine",
            definition_body=sfn.DefinitionBody.from_string(stack.to_json_string(definition)),
            logs=sfn.LogOptions(
                destination=logs.LogGroup(
                    self,
                    "Log",
                    # The prefix keeps the account's limited log resource policy from growing with each state machine.
                    log_group_name=f"/aws/vendedlogs/states/{stack.stack_name}",
                    retention=logs.RetentionDays.THREE_MONTHS,
                    removal_policy=RemovalPolicy.DESTROY,
                    encryption_key=key,
                ),
                level=sfn.LogLevel.ALL,
                # The data is URIs, dates and counts; without it a failed run cannot be read afterwards.
                include_execution_data=True,
            ),
            tracing_enabled=True,
        )
        keep_text_literal(self.machine)
        for function in functions:
            function.grant_invoke(self.machine)
        self._allow_processing_jobs(processing_role, job_stems)

    @property
    def scheduled_target(self) -> ScheduledTarget:
        """What a clock starts: the planned time, and not the time of delivery, decides which day a run is about."""
        payload = '{"scheduled_time":"<aws.scheduler.scheduled-time>"}'
        return ScheduledTarget(self.machine.state_machine_arn, payload, self.machine.grant_start_execution)

    @property
    def status_events(self) -> StatusEvents:
        """What tells that an execution did not succeed: https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html."""
        return StatusEvents(
            source="aws.states",
            detail_type="Step Functions Execution Status Change",
            detail={
                "status": ["FAILED", "TIMED_OUT", "ABORTED"],
                "stateMachineArn": [self.machine.state_machine_arn],
            },
            name="$.detail.name",
            status="$.detail.status",
            execution="$.detail.executionArn",
        )

    def _allow_processing_jobs(self, processing_role: iam.Role, job_stems: Iterable[str]) -> None:
        for statement in processing_job_statements(self, processing_role, job_stems):
            self.machine.add_to_role_policy(statement)
        self.machine.add_to_role_policy(
            iam.PolicyStatement(
                actions=["events:DescribeRule", "events:PutRule", "events:PutTargets"],
                resources=[
                    Stack.of(self).format_arn(
                        service="events",
                        resource="rule",
                        resource_name=_MANAGED_RULE,
                        arn_format=ArnFormat.SLASH_RESOURCE_NAME,
                    )
                ],
            )
        )
