"""The delivery of messages to queues and functions, whose policies must allow it.

https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html
"""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError
from moto.awslambda.models import lambda_backends
from moto.sns.models import Subscription
from moto.sqs.models import sqs_backends

from local_cloud.daemon_thread import start_daemon_thread
from local_cloud.iam.service_access import UnsupportedConditionError, may_call
from local_cloud.patching import original_of, replace
from local_cloud.sns.subscriptions import is_pending
from local_cloud.targets.start import start

if TYPE_CHECKING:
    from collections.abc import Callable

    from moto.sns.models import Topic

_SNS = "sns.amazonaws.com"
_LOG = logging.getLogger(__name__)


def install() -> None:
    """Replace moto's delivery."""
    # moto: SNS delivers to queues and functions whose policy does not allow it, posts to web servers that have not confirmed, and sends
    # functions a constant event, synchronously; not reported yet: AWS delivers to confirmed subscriptions, if the endpoint's policy allows
    # it.
    replace(Subscription, "publish", _publish)


def takes(subscription: Any, message: str, attributes: dict[str, Any] | None) -> bool:
    """Return whether a subscription's filter policy matches a message."""
    matcher = subscription._filter_policy_matcher
    return matcher is None or bool(matcher.matches(attributes, message))


def text_for(protocol: str, message: str, message_structure: str | None) -> str:
    """Return the text of a message for a protocol."""
    if message_structure != "json":
        return message
    document = json.loads(message)
    return str(document.get(protocol) or document["default"])


def _publish(
    self: Subscription,
    message: str,
    message_id: str,
    subject: str | None = None,
    message_attributes: dict[str, Any] | None = None,
    group_id: str | None = None,
    deduplication_id: str | None = None,
    message_structure: str | None = None,
) -> None:
    if is_pending(self) or not takes(self, message, message_attributes):
        return
    if refusal := _refusal(self):
        _LOG.warning("%s did not get the message %s of %s: %s", self.endpoint, message_id, self.topic.arn, refusal)
    elif self.protocol == "lambda":
        text = text_for("lambda", message, message_structure)
        _invoke(self, self.get_post_data(text, message_id, subject, message_attributes))
    else:
        arguments = (message, message_id, subject, message_attributes, group_id, deduplication_id, message_structure)
        original_of(Subscription, "publish")(self, *arguments)


def _refusal(subscription: Subscription) -> str:
    """Return why the endpoint of a subscription accepts nothing of its topic, or an empty string."""
    reader, action = _POLICIES.get(subscription.protocol, (None, ""))
    if reader is None:
        return ""
    try:
        policy = reader(subscription.account_id, subscription.endpoint)
        if may_call(policy, _SNS, action, {"aws:SourceArn": subscription.topic.arn}):
            return ""
    except LookupError:
        return "it does not exist"
    except UnsupportedConditionError as error:
        return str(error)
    return f"its policy does not allow {_SNS} to call {action} for the topic"


def _queue_policy(account_id: str, arn: str) -> str:
    backend = sqs_backends[account_id][arn.split(":")[3]]
    return str(backend.queues[arn.rpartition(":")[2]].policy or "")


def _function_policy(account_id: str, arn: str) -> dict[str, Any]:
    backend = lambda_backends[account_id][arn.split(":")[3]]
    function: Any = backend._lambdas.get_arn(arn)
    if function is None:
        raise LookupError(arn)
    return {"Statement": function.policy.statements}


_POLICIES: dict[str, tuple[Callable[[str, str], str | dict[str, Any]], str]] = {
    "sqs": (_queue_policy, "sqs:SendMessage"),
    "lambda": (_function_policy, "lambda:InvokeFunction"),
}


def _invoke(subscription: Subscription, data: dict[str, Any]) -> None:
    """Invoke a function with the event of a message: https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html."""
    notification = {
        **{key: value for key, value in data.items() if key not in {"SigningCertURL", "UnsubscribeURL"}},
        "SigningCertUrl": data["SigningCertURL"],
        "UnsubscribeUrl": data["UnsubscribeURL"],
        "Subject": data.get("Subject"),
        "MessageAttributes": data.get("MessageAttributes", {}),
    }
    record = {
        "EventSource": "aws:sns",
        "EventVersion": "1.0",
        "EventSubscriptionArn": subscription.arn,
        "Sns": notification,
    }

    def call() -> None:
        try:
            start({"Arn": subscription.endpoint}, json.dumps({"Records": [record]}, ensure_ascii=False))
        except (BotoCoreError, ClientError) as error:
            _LOG.warning("%s did not get a message of %s: %s", subscription.endpoint, subscription.topic.arn, error)

    start_daemon_thread(f"message for {subscription.endpoint}", call, lambda _: None)


def subscribers(topic: Topic, message: str, attributes: dict[str, Any] | None) -> list[dict[str, Any]]:
    """Return whom a message is for: the subscriptions whose filter policy matches, and whether they are pending."""
    return [
        {"protocol": each.protocol, "endpoint": each.endpoint, "pending": is_pending(each)}
        for each in topic.sns_backend._get_topic_subscriptions(topic)
        if takes(each, message, attributes)
    ]
