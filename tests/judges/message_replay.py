"""Calls on a pipeline's topic and on its dead-letter queue, replayed against the policies that these have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.judges.iam.expected_calls import (
    ADMINISTRATOR,
    NOBODY,
    PLAIN_HTTP,
    STRANGER,
    TLS,
    allowed,
    denied,
    surprises,
)
from tests.judges.iam.simulator import IamCall
from tests.judges.intrinsics import ACCOUNT, REGION

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.judges.subject import Subject

_EVENTS = "events.amazonaws.com"


def topic_calls(subject: Subject) -> list[str]:
    """EventBridge may publish, and nothing else; another service, another account and plain HTTP may not."""
    topic = subject.stack.outputs["NotificationTopicArn"]
    policy = _policy(subject, "AWS::SNS::TopicPolicy", "Topics", topic)

    def call(principal: str, action: str = "Publish", context: tuple[tuple[str, str], ...] = TLS) -> IamCall:
        return IamCall(principal, f"sns:{action}", topic, context)

    expected = [
        # EventBridge tells neither which rule publishes, nor for which account.
        *allowed(call(_EVENTS), call(ADMINISTRATOR), call(ADMINISTRATOR, "Subscribe")),
        *denied(call(_EVENTS, context=PLAIN_HTTP), call(ADMINISTRATOR, context=PLAIN_HTTP)),
        *denied(*(call(_EVENTS, action) for action in ("Subscribe", "SetTopicAttributes", "DeleteTopic"))),
        *denied(*(call(f"{service}.amazonaws.com") for service in ("s3", "cloudwatch", "scheduler"))),
        *denied(call(NOBODY), call(STRANGER), call(STRANGER, "Subscribe")),
    ]
    return surprises(expected, {topic: policy})


def queue_calls(subject: Subject) -> list[str]:
    """Whom its own policies allow it may use the queue, over TLS; nobody else may."""
    found = []
    for name, resource in subject.stack.resources.items():
        if resource["Type"] == "AWS::SQS::Queue":
            queue = f"arn:aws:sqs:{REGION}:{ACCOUNT}:{subject.stack.name}-{name}"
            url = f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/{subject.stack.name}-{name}"
            policy = _policy(subject, "AWS::SQS::QueuePolicy", "Queues", url)
            uses = [
                (f"sqs:{action}", queue)
                for action in ("SendMessage", "ReceiveMessage", "DeleteMessage", "PurgeQueue", "SetQueueAttributes")
            ]
            expected = [
                *allowed(*(IamCall(ADMINISTRATOR, *use, TLS) for use in uses)),
                *denied(*(IamCall(ADMINISTRATOR, *use, PLAIN_HTTP) for use in uses)),
                *denied(*(IamCall(principal, *use, TLS) for principal in (NOBODY, STRANGER) for use in uses)),
                *denied(*(IamCall(f"{name}.amazonaws.com", *uses[0], TLS) for name in ("events", "sns", "scheduler"))),
            ]
            found += surprises(expected, {queue: policy})
    return found


def _policy(subject: Subject, kind: str, member: str, name: str) -> dict[str, Any]:
    """Give the policy of a topic or a queue; an empty one where it has none."""
    statements = [
        statement
        for policy in subject.stack.of_type(kind)
        if name in policy["Properties"][member]
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
    ]
    return {"Version": "2012-10-17", "Statement": statements}


MESSAGE_CHECKS: dict[str, Callable[[Subject], list[str]]] = {
    check.__name__: check for check in (topic_calls, queue_calls)
}
