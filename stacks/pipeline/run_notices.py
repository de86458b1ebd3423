"""Notices of a pipeline's runs and backfills: the rules on their ends, and the function that writes the text for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from constructs import Construct

from partitioned_pipelines.spec import notice_spec
from stacks.iam.job_permissions import allow_job_logs, job_stems
from stacks.iam.key_permissions import allow_topic
from stacks.pipeline.event_call import FunctionInput, call_on_events
from stacks.pipeline.shared_code_function import SharedCodeFunction

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aws_cdk import aws_kms as kms
    from aws_cdk import aws_lambda as lambda_

    from partitioned_pipelines.spec import Pipeline
    from stacks.orchestrators.orchestrator import Workflow
    from stacks.pipeline.backfill import Backfill


class RunNotices(Construct):
    """The Notify function, and a rule for each kind of end: of a run, and of a backfill, which is one notice for all of its runs.

    The rules also match aborts and timeouts of a whole execution, which a Catch inside the state machine would miss.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        pipeline: Pipeline,
        code: lambda_.Code,
        workflow: Workflow,
        backfill: Backfill,
        topic_arn: str,
        topic_key: kms.IKey | None,
        undelivered_arn: str,
        key: kms.IKey | None,
        command_options: Sequence[str],
        local: bool,
    ) -> None:
        super().__init__(scope, construct_id)
        shared = SharedCodeFunction(
            self,
            "Notify",
            code=code,
            folder="notify",
            description=f"Reports the runs of {pipeline.name}",
            memory_size=256,
            timeout_minutes=3,
            key=key,
            undelivered_arn=undelivered_arn,
        )
        self.role = shared.role
        with shared.policy() as policy:
            workflow.allow_reading_runs(policy)
            allow_job_logs(policy, job_stems(pipeline))
            policy.allow(["sns:Publish"], [topic_arn])
            allow_topic(policy, topic_key, topic_arn)
        constants = {
            "workflow": workflow.arn,
            "topic": topic_arn,
            "spec": notice_spec(pipeline, command_options, local=local),
        }
        function_arn = shared.function.function_arn
        ends = {"Run": ("Runs", workflow.end_events), "Backfill": ("Backfills", backfill.end_events)}
        for ended, (what, of) in ends.items():
            call_on_events(
                self,
                f"{ended}Ended",
                description=f"{what} of {pipeline.name} that have ended",
                pattern={"source": [of.source], "detail-type": [of.detail_type], "detail": of.detail},
                function_arn=function_arn,
                function_input=FunctionInput(
                    {"detail": "$.detail"}, {"ended": ended.lower(), **constants}, constants_name="of"
                ),
                undelivered_arn=undelivered_arn,
            )
