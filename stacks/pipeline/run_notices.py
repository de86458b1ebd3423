"""Notices of a pipeline's runs and backfills: the rules on their ends, and the function that writes the text for people."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from aws_cdk import Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from partitioned_pipelines.spec import notice_spec
from stacks.iam.job_rights import allow_job_logs, job_stems
from stacks.iam.key_grants import allow_topic
from stacks.pipeline.shared_code_function import SharedCodeFunction

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aws_cdk import aws_kms as kms

    from partitioned_pipelines.spec import Pipeline
    from stacks.orchestrators.orchestrator import StatusEvents, Workflow
    from stacks.pipeline.backfill import Backfill

_DETAIL = "detail"


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
        self._function_arn = shared.function.function_arn
        self._constants = {
            "workflow": workflow.arn,
            "topic": topic_arn,
            "spec": notice_spec(pipeline, command_options, local=local),
        }
        self._add_rule("Run", f"Runs of {pipeline.name} that have ended", workflow.end_events)
        self._add_rule("Backfill", f"Backfills of {pipeline.name} that have ended", backfill.end_events)

    def _add_rule(self, ended: str, description: str, of: StatusEvents) -> None:
        """Create a rule that invokes the function with the event's detail, and the permission to do so."""
        constants = Stack.of(self).to_json_string({"ended": ended.lower(), **self._constants})
        rule = events.CfnRule(
            self,
            f"{ended}Ended",
            description=description,
            event_pattern={"source": [of.source], "detail-type": [of.detail_type], "detail": of.detail},
            targets=[
                events.CfnRule.TargetProperty(
                    id="Notify",
                    arn=self._function_arn,
                    input_transformer=events.CfnRule.InputTransformerProperty(
                        input_paths_map={_DETAIL: f"$.{_DETAIL}"},
                        # The detail is inserted as JSON, and therefore has no quotes around it.
                        input_template=f"{{{json.dumps(_DETAIL)}:<{_DETAIL}>,{json.dumps('of')}:{constants}}}",
                    ),
                )
            ],
        )
        lambda_.CfnPermission(
            self,
            f"{ended}EndedMayInvoke",
            action="lambda:InvokeFunction",
            function_name=self._function_arn,
            principal="events.amazonaws.com",
            source_arn=rule.attr_arn,
        )
