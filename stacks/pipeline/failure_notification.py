"""SNS notification of failed runs."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from aws_cdk import Acknowledgment, Validations
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_sns as sns
from constructs import Construct

if TYPE_CHECKING:
    from stacks.orchestrators.orchestrator import FailureEvents

# Tokens shared by all stacks: each access would call the CDK's separate process.
_field = functools.cache(events.EventField.from_path)


class FailureNotification(Construct):
    """A rule on the execution's status that publishes to the lake's topic.

    The rule also matches aborts and timeouts of the whole execution, which a Catch inside the state machine would miss.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        pipeline_name: str,
        failure_events: FailureEvents,
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
        message = (
            f"The run of {pipeline_name} that started as {_field(failure_events.name)} ended as {_field(failure_events.status)} "
            f"at {_field('$.time')}. Its execution: {_field(failure_events.execution)}"
        )
        events.Rule(
            self,
            "Rule",
            description=f"Runs of {pipeline_name} that did not succeed",
            event_pattern=events.EventPattern(
                source=[failure_events.source], detail_type=[failure_events.detail_type], detail=failure_events.detail
            ),
            targets=[targets.SnsTopic(topic, message=events.RuleTargetInput.from_text(message))],
        )
