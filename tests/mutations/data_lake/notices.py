"""Breakages of the lake's topic, its dead-letter queue and their alarm, which the checks and the replays must find."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.mutations.mutation import Mutation, policy_statements

if TYPE_CHECKING:
    from tests.synthesized.resolved_stack import ResolvedStack

_TOPIC, _QUEUE = "AWS::SNS::TopicPolicy", "AWS::SQS::QueuePolicy"
_STRANGER = {"AWS": "arn:aws:iam::210987654321:role/stranger"}


def _lets_in(lake: ResolvedStack, service: str) -> dict[str, Any]:
    """Return the statement of the topic's policy that allows a service."""
    (found,) = (
        statement
        for statement in policy_statements(lake, _TOPIC)
        if statement["Principal"] == {"Service": f"{service}.amazonaws.com"}
    )
    return found


def _denies(lake: ResolvedStack, kind: str) -> dict[str, Any]:
    (found,) = (statement for statement in policy_statements(lake, kind) if statement["Effect"] == "Deny")
    return found


def _alarm(lake: ResolvedStack) -> dict[str, Any]:
    return lake.only("AWS::CloudWatch::Alarm", "Undelivered")


_TOPIC_MUTATIONS = [
    Mutation(
        "let anybody publish",
        "topic_calls",
        "s3.amazonaws.com: sns:Publish",
        lambda lake: _lets_in(lake, "cloudwatch").update(Principal="*", Condition={}),
    ),
    Mutation(
        "let another account publish",
        "topic_calls",
        "stranger: sns:Publish",
        lambda lake: _lets_in(lake, "cloudwatch").update(Principal=_STRANGER, Condition={}),
    ),
    Mutation(
        "let CloudWatch do anything with the topic",
        "topic_calls",
        "cloudwatch.amazonaws.com: sns:DeleteTopic",
        lambda lake: _lets_in(lake, "cloudwatch").update(Action="sns:*"),
    ),
    Mutation(
        "deny TLS in place of plain HTTP",
        "topic_calls",
        "'aws:SecureTransport': 'true'} is denied",
        lambda lake: _denies(lake, _TOPIC)["Condition"]["Bool"].update({"aws:SecureTransport": "true"}),
    ),
    Mutation(
        "deny plain HTTP to a stranger alone",
        "topic_calls",
        "'aws:SecureTransport': 'false'} is allowed",
        lambda lake: _denies(lake, _TOPIC).update(Principal=_STRANGER),
    ),
    Mutation(
        "let alarms of any name publish",
        "topic_calls",
        "alarm:billing",
        lambda lake: _lets_in(lake, "cloudwatch")["Condition"].pop("ArnLike"),
    ),
    Mutation(
        "let alarms publish on behalf of any account",
        "topic_calls",
        "'aws:SourceAccount': '210987654321'} is allowed",
        lambda lake: _lets_in(lake, "cloudwatch")["Condition"].pop("StringEquals"),
    ),
    Mutation(
        "let alarms of a prefix that begins like ours publish",
        "topic_calls",
        "alarm:pipelinesx-undelivered",
        lambda lake: _lets_in(lake, "cloudwatch")["Condition"]["ArnLike"].update(
            {"aws:SourceArn": "arn:aws:cloudwatch:ap-northeast-1:123456789012:alarm:pipelines*"}
        ),
    ),
    Mutation(
        "keep alarms from the topic",
        "topic_calls",
        "cloudwatch.amazonaws.com: sns:Publish",
        lambda lake: policy_statements(lake, _TOPIC).remove(_lets_in(lake, "cloudwatch")),
    ),
    Mutation(
        "let the topic be used without TLS",
        "topic_policy",
        "without TLS",
        lambda lake: policy_statements(lake, _TOPIC).remove(_denies(lake, _TOPIC)),
    ),
    Mutation(
        "let the rules of any account publish",
        "topic_policy",
        "the topic lets in ({'Service': 'events.amazonaws.com'}",
        lambda lake: policy_statements(lake, _TOPIC).append(
            {
                "Effect": "Allow",
                "Principal": {"Service": "events.amazonaws.com"},
                "Action": "sns:Publish",
                "Resource": "arn:aws:sns:ap-northeast-1:123456789012:pipelines-notices",
            }
        ),
    ),
    Mutation(
        "let rules publish, and alarms not",
        "topic_calls",
        "events.amazonaws.com: sns:Publish",
        lambda lake: _lets_in(lake, "cloudwatch").update(Principal={"Service": "events.amazonaws.com"}, Condition={}),
    ),
]


def _rules_of(lake: ResolvedStack) -> dict[str, Any]:
    (found,) = (each for each in policy_statements(lake, _QUEUE) if each["Effect"] == "Allow")
    return found


_QUEUE_MUTATIONS = [
    Mutation(
        "deny plain HTTP for messages that are sent, and not for those that are read",
        "queue_calls",
        "administrator: sqs:ReceiveMessage",
        lambda lake: _denies(lake, _QUEUE).update(Action="sqs:SendMessage"),
    ),
    Mutation(
        "let any service send to the queue",
        "queue_calls",
        "events.amazonaws.com: sqs:SendMessage",
        lambda lake: policy_statements(lake, _QUEUE).append(
            {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": "*"}
        ),
    ),
    Mutation(
        "let any rule send to the queue",
        "queue_calls",
        "events.amazonaws.com: sqs:SendMessage",
        lambda lake: _rules_of(lake).pop("Condition"),
    ),
    Mutation(
        "let rules of another deployment send to the queue",
        "queue_calls",
        "rule/pipelinesx-flights",
        lambda lake: _rules_of(lake).update(
            Condition={"ArnLike": {"aws:SourceArn": "arn:aws:events:ap-northeast-1:123456789012:rule/pipelines*"}}
        ),
    ),
    Mutation(
        "lose what EventBridge cannot deliver",
        "undelivered_queue",
        "does not let in ({'Service': 'events.amazonaws.com'}",
        lambda lake: policy_statements(lake, _QUEUE).remove(_rules_of(lake)),
    ),
    Mutation(
        "put the queue's policy on another queue",
        "queue_calls",
        "'aws:SecureTransport': 'false'} is allowed",
        lambda lake: lake.only(_QUEUE).update(Queues=["https://sqs.ap-northeast-1.amazonaws.com/123456789012/x"]),
    ),
    Mutation(
        "leave the queue unencrypted",
        "undelivered_queue",
        "is not encrypted",
        lambda lake: lake.only("AWS::SQS::Queue").pop("SqsManagedSseEnabled"),
    ),
    Mutation(
        "leave the queue's name to CloudFormation",
        "undelivered_queue",
        "messages would be lost",
        lambda lake: lake.only("AWS::SQS::Queue").pop("QueueName"),
    ),
    Mutation(
        "let the queue be used without TLS",
        "undelivered_queue",
        "without TLS",
        lambda lake: policy_statements(lake, _QUEUE).clear(),
    ),
]
_ALARM_MUTATIONS = [
    Mutation(
        "watch another queue",
        "undelivered_alarm",
        "the alarm's Dimensions is",
        lambda lake: _alarm(lake)["Dimensions"][0].update(Value="another"),
    ),
    Mutation(
        "wait for a second message",
        "undelivered_alarm",
        "the alarm's Threshold is 1",
        lambda lake: _alarm(lake).update(Threshold=1),
    ),
    Mutation(
        "take a silent queue for an empty one",
        "undelivered_alarm",
        "the alarm's TreatMissingData is notBreaching",
        lambda lake: _alarm(lake).update(TreatMissingData="notBreaching"),
    ),
    Mutation(
        "tell nobody of the alarm",
        "undelivered_alarm",
        "AlarmActions is []",
        lambda lake: _alarm(lake)["AlarmActions"].clear(),
    ),
    Mutation(
        "name the alarm so that the topic does not let it in",
        "undelivered_alarm",
        "the alarm's AlarmName is undelivered",
        lambda lake: _alarm(lake).update(AlarmName="undelivered"),
    ),
    Mutation(
        "disable the alarm's actions",
        "undelivered_alarm",
        "actions are disabled",
        lambda lake: _alarm(lake).update(ActionsEnabled=False),
    ),
]
NOTICE_MUTATIONS = [*_TOPIC_MUTATIONS, *_QUEUE_MUTATIONS, *_ALARM_MUTATIONS]
