"""Calls on the lake's topic and its dead-letter queue, replayed against their policies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.iam.calls.expected_calls import (
    ADMINISTRATOR,
    NOBODY,
    PLAIN_HTTP,
    STRANGER,
    TLS,
    allowed,
    denied,
    surprises,
)
from tests.iam.simulator import IamCall
from tests.synthesized.intrinsics import ACCOUNT, REGION

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.synthesized.resolved_stack import ResolvedStack

_EVENTS, _CLOUDWATCH = "events.amazonaws.com", "cloudwatch.amazonaws.com"
_OTHER_ACCOUNT = "210987654321"


def topic_calls(lake: ResolvedStack) -> list[str]:
    """Check that roles with their own permission, and our alarms, may publish; no other service, account or alarm; nobody by plain HTTP."""
    prefix = lake.name.removesuffix("-data-lake")
    topic = f"arn:aws:sns:{REGION}:{ACCOUNT}:{prefix}-notices"
    policy = _policy(lake, "AWS::SNS::TopicPolicy", "Topics", topic)

    def call(principal: str, action: str = "Publish", context: tuple[tuple[str, str], ...] = TLS) -> IamCall:
        return IamCall(principal, f"sns:{action}", topic, context)

    def alarm(
        name: str,
        *,
        action: str = "Publish",
        account: str = ACCOUNT,
        region: str = REGION,
        kind: str = "alarm",
        transport: tuple[tuple[str, str], ...] = TLS,
        source_account: str = "",
    ) -> IamCall:
        source = f"arn:aws:cloudwatch:{region}:{account}:{kind}:{name}"
        context = (*transport, ("aws:SourceArn", source), ("aws:SourceAccount", source_account or account))
        return call(_CLOUDWATCH, action, context)

    ours, others = f"{prefix}-undelivered", f"{prefix}x-undelivered"
    without_account = (*TLS, ("aws:SourceArn", f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:{ours}"))
    expected = [
        *allowed(call(ADMINISTRATOR), call(ADMINISTRATOR, "Subscribe")),
        # A rule could publish of any account: EventBridge passes neither the rule nor its account.
        *denied(*(call(_EVENTS, action) for action in ("Publish", "Subscribe", "SetTopicAttributes", "DeleteTopic"))),
        *allowed(alarm(ours), alarm(f"{prefix}-another")),
        *denied(alarm(others), alarm("billing"), alarm(ours, account=_OTHER_ACCOUNT), alarm(ours, region="us-east-1")),
        *denied(alarm(ours, source_account=_OTHER_ACCOUNT), alarm(ours, kind="dashboard")),
        *denied(call(_CLOUDWATCH), call(_CLOUDWATCH, context=without_account)),
        *denied(call(_CLOUDWATCH, context=(*TLS, ("aws:SourceAccount", ACCOUNT)))),
        *denied(call(ADMINISTRATOR, context=PLAIN_HTTP)),
        *denied(alarm(ours, transport=PLAIN_HTTP)),
        *denied(*(alarm(ours, action=action) for action in ("Subscribe", "SetTopicAttributes", "DeleteTopic"))),
        *denied(*(call(f"{service}.amazonaws.com") for service in ("s3", "scheduler", "lambda"))),
        *denied(call(NOBODY), call(STRANGER), call(STRANGER, "Subscribe")),
    ]
    return surprises(expected, {topic: policy})


def queue_calls(lake: ResolvedStack) -> list[str]:
    """Check that only callers with identity policies may use the queue, and our rules send to it, over TLS."""
    prefix = lake.name.removesuffix("-data-lake")
    name = f"{prefix}-undelivered"
    queue = f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}"
    policy = _policy(lake, "AWS::SQS::QueuePolicy", "Queues", f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/{name}")
    uses = [
        (f"sqs:{action}", queue)
        for action in ("SendMessage", "ReceiveMessage", "DeleteMessage", "PurgeQueue", "SetQueueAttributes")
    ]
    services = (_EVENTS, _CLOUDWATCH, "sns.amazonaws.com", "scheduler.amazonaws.com")

    def rule(
        rule_name: str,
        use: tuple[str, str] = uses[0],
        *,
        account: str = ACCOUNT,
        region: str = REGION,
        transport: tuple[tuple[str, str], ...] = TLS,
        service: str = _EVENTS,
    ) -> IamCall:
        source = f"arn:aws:events:{region}:{account}:{rule_name}"
        return IamCall(service, *use, (*transport, ("aws:SourceArn", source)))

    ours = f"rule/{prefix}-flights-NoticesRunEnded-A1B2C3"
    expected = [
        *allowed(*(IamCall(ADMINISTRATOR, *use, TLS) for use in uses)),
        *denied(*(IamCall(ADMINISTRATOR, *use, PLAIN_HTTP) for use in uses)),
        *denied(*(IamCall(principal, *use, TLS) for principal in (NOBODY, STRANGER) for use in uses)),
        *denied(*(IamCall(service, *uses[0], TLS) for service in services)),
        *allowed(rule(ours)),
        *denied(*(rule(ours, use) for use in uses[1:])),
        *denied(rule(ours, transport=PLAIN_HTTP), rule(ours, account=_OTHER_ACCOUNT), rule(ours, region="us-east-1")),
        *denied(rule("rule/another"), rule(f"rule/{prefix}x-flights"), rule(f"event-bus/{prefix}-flights")),
        *denied(*(rule(ours, service=service) for service in services if service != _EVENTS)),
    ]
    return surprises(expected, {queue: policy})


def _policy(lake: ResolvedStack, kind: str, member: str, name: str) -> dict[str, Any]:
    """Return the policy of a topic or a queue; an empty one if it has none."""
    statements = [
        statement
        for policy in lake.of_type(kind)
        if name in policy["Properties"][member]
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
    ]
    return {"Version": "2012-10-17", "Statement": statements}


MESSAGE_CHECKS: dict[str, Callable[[ResolvedStack], list[str]]] = {
    check.__name__: check for check in (topic_calls, queue_calls)
}
