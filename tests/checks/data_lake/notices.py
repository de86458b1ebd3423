"""Checks of the lake's topic, its dead-letter queue and their alarm; each returns its findings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.iam.policies import requires_tls
from tests.synthesized.intrinsics import ACCOUNT, REGION

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.synthesized.resolved_stack import ResolvedStack

# With the test projects' prefix, by hand: every pipeline's stack composes this ARN.
TOPIC_ARN = f"arn:aws:sns:{REGION}:{ACCOUNT}:pipelines-notices"
QUEUE_ARN = f"arn:aws:sqs:{REGION}:{ACCOUNT}:pipelines-undelivered"


def undelivered_queue(lake: ResolvedStack) -> list[str]:
    """Check that the queue is encrypted and TLS-only, has SQS's longest retention, and the name that the pipelines' schedules and rules use.

    Beside roles with a permission of their own, only our rules may send to it.
    """
    queue = lake.only("AWS::SQS::Queue")
    found = []
    if queue.get("QueueName") != "pipelines-undelivered":
        found.append(f"the queue's name is {queue.get('QueueName')}: the schedules' messages would be lost")
    if queue.get("SqsManagedSseEnabled") is not True and "KmsMasterKeyId" not in queue:
        found.append("the queue is not encrypted")
    if queue.get("MessageRetentionPeriod") != 14 * 24 * 3600:
        found.append(f"the queue keeps messages for {queue.get('MessageRetentionPeriod')} s")
    if not requires_tls(_statements(lake, "AWS::SQS::QueuePolicy"), {QUEUE_ARN}, "sqs:*"):
        found.append("the queue may be used without TLS")
    rules = {"ArnLike": {"aws:SourceArn": f"arn:aws:events:{REGION}:{ACCOUNT}:rule/pipelines-*"}}
    return found + _let_in(
        "queue",
        lake,
        "AWS::SQS::QueuePolicy",
        ({"Service": "events.amazonaws.com"}, "sqs:SendMessage", QUEUE_ARN, rules),
    )


def undelivered_alarm(lake: ResolvedStack) -> list[str]:
    """Check that one message triggers the alarm, that it notifies the topic, and that missing data does not end it."""
    alarm = lake.only("AWS::CloudWatch::Alarm", "Undelivered")
    expected: dict[str, Any] = {
        # The topic allows alarms whose names begin like this.
        "AlarmName": "pipelines-undelivered",
        "Namespace": "AWS/SQS",
        "MetricName": "ApproximateNumberOfMessagesVisible",
        "Dimensions": [{"Name": "QueueName", "Value": "pipelines-undelivered"}],
        "Statistic": "Maximum",
        "ComparisonOperator": "GreaterThanThreshold",
        "Threshold": 0,
        "EvaluationPeriods": 1,
        "TreatMissingData": "ignore",
        "AlarmActions": [TOPIC_ARN],
        "OKActions": [TOPIC_ARN],
    }
    found = [f"the alarm's {name} is {alarm.get(name)}" for name, value in expected.items() if alarm.get(name) != value]
    if alarm.get("ActionsEnabled", True) is not True:
        found.append("the alarm's actions are disabled")
    return found


def topic_policy(lake: ResolvedStack) -> list[str]:
    """Check that our alarms may publish, beside roles with a permission of their own, and nobody without TLS."""
    statements = _statements(lake, "AWS::SNS::TopicPolicy")
    found = [] if requires_tls(statements, {TOPIC_ARN}, "sns:Publish") else ["the topic may be used without TLS"]
    alarms = {
        "ArnLike": {"aws:SourceArn": f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:pipelines-*"},
        "StringEquals": {"aws:SourceAccount": ACCOUNT},
    }
    return found + _let_in(
        "topic",
        lake,
        "AWS::SNS::TopicPolicy",
        ({"Service": "cloudwatch.amazonaws.com"}, "sns:Publish", TOPIC_ARN, alarms),
    )


def notices_key(lake: ResolvedStack) -> list[str]:
    """Check that notifications and messages are encrypted with the key of query results, or with none if these have none."""
    result = lake.only("AWS::Athena::WorkGroup")["WorkGroupConfiguration"]["ResultConfiguration"]
    wanted = result.get("EncryptionConfiguration", {}).get("KmsKey")
    given = {kind: lake.only(f"AWS::{kind}").get("KmsMasterKeyId") for kind in ("SNS::Topic", "SQS::Queue")}
    return [f"the {kind} is encrypted by {key}" for kind, key in given.items() if key != wanted]


def _let_in(what: str, lake: ResolvedStack, kind: str, expected: tuple[Any, ...]) -> list[str]:
    """Check that a resource's policy has one statement that allows something."""
    given = [
        (entry["Principal"], entry["Action"], entry["Resource"], entry.get("Condition"))
        for entry in _statements(lake, kind)
        if entry["Effect"] == "Allow"
    ]
    found = [f"the {what} lets in {entry}" for entry in given if entry != expected]
    return found if expected in given else [*found, f"the {what} does not let in {expected}"]


def _statements(lake: ResolvedStack, kind: str) -> list[dict[str, Any]]:
    return [
        statement for policy in lake.of_type(kind) for statement in policy["Properties"]["PolicyDocument"]["Statement"]
    ]


NOTICE_CHECKS: dict[str, Callable[[ResolvedStack], list[str]]] = {
    check.__name__: check for check in (undelivered_queue, undelivered_alarm, topic_policy, notices_key)
}
