"""SNS notifications: of each failed run, and of the end of a backfill."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from aws_cdk import Acknowledgment, Validations
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_sns as sns
from constructs import Construct

if TYPE_CHECKING:
    from stacks.orchestrators.orchestrator import StatusEvents

# Tokens shared by all stacks: each access would call the CDK's separate process.
_field = functools.cache(events.EventField.from_path)


class Notification(Construct):
    """A rule on the status of executions that publishes to the lake's topic.

    The rule also matches aborts and timeouts of a whole execution, which a Catch inside the state machine would miss.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        description: str,
        status_events: StatusEvents,
        message: str,
        topic_arn: str,
    ) -> None:
        super().__init__(scope, construct_id)
        topic = sns.Topic.from_topic_arn(self, "Topic", topic_arn)
        Validations.of(self).acknowledge(
            Acknowledgment(
                id="Annotation::@aws-cdk/aws-events:ruleUnresolvedEnvironment",
                reason="The rule and the lake's topic are in the account and region that the stacks are deployed to",
            )
        )
        events.Rule(
            self,
            "Rule",
            description=description,
            event_pattern=events.EventPattern(
                source=[status_events.source], detail_type=[status_events.detail_type], detail=status_events.detail
            ),
            targets=[targets.SnsTopic(topic, message=events.RuleTargetInput.from_text(message))],
        )


def failure_message(pipeline_name: str, of: StatusEvents) -> str:
    """Return the message about a failed run."""
    return (
        f"The run of {pipeline_name} that started as {_field(of.name)} ended as {_field(of.status)} at {_field('$.time')}. "
        f"Its execution: {_field(of.execution)}"
    )


def backfill_message(pipeline_name: str, of: StatusEvents) -> str:
    """Return the message about a backfill that has ended.

    The event does not have the number of failed runs: all of them were tried, and a failed one does not fail the backfill.
    """
    return (
        f"The backfill {_field(of.name)} of {pipeline_name} ended as {_field(of.status)} at {_field('$.time')}. "
        f"List its failed runs: pipelines backfills {pipeline_name} --follow. Its execution: {_field(of.execution)}"
    )
