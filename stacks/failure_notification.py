"""Who is told that a run did not succeed."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, cast

from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_sns as sns
from constructs import Construct

if TYPE_CHECKING:
    from aws_cdk import aws_kms as kms

    from stacks.scheduled_target import StatusEvents


# Tokens, the same for every stack; each look at one asks the CDK's own process.
_field = functools.cache(events.EventField.from_path)


class FailureNotification(Construct):
    """A rule on the execution's status, and the topic that it tells.

    The rule sees what a Catch inside the state machine would not: an abort and a timeout of the whole.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        pipeline_name: str,
        told_by: StatusEvents,
        key: kms.IKey | None,
    ) -> None:
        super().__init__(scope, construct_id)
        self.topic = sns.Topic(self, "Topic", display_name=f"Failed runs of {pipeline_name}", enforce_ssl=True)
        if key is not None:
            # Not as the topic's master_key, for which the rule's target would let EventBridge use the key for anything.
            cast("sns.CfnTopic", self.topic.node.default_child).kms_master_key_id = key.key_arn
        message = (
            f"The run of {pipeline_name} that started as {_field(told_by.name)} ended as {_field(told_by.status)} "
            f"at {_field('$.time')}. Its execution: {_field(told_by.execution)}"
        )
        events.Rule(
            self,
            "Rule",
            description=f"Runs of {pipeline_name} that did not succeed",
            event_pattern=events.EventPattern(
                source=[told_by.source], detail_type=[told_by.detail_type], detail=told_by.detail
            ),
            # The topic lets EventBridge in without a condition, which it would never fulfil:
            # https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html#eb-sns-permissions
            targets=[targets.SnsTopic(self.topic, message=events.RuleTargetInput.from_text(message))],
        )
