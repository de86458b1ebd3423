"""Subscriptions: the check of endpoints, and the confirmation that e-mail addresses and web servers have not given.

https://docs.aws.amazon.com/sns/latest/api/API_Subscribe.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NoReturn

from moto.core.responses import ActionResult
from moto.sns.exceptions import SNSInvalidParameter
from moto.sns.models import SNSBackend
from moto.sns.responses import SNSResponse

from local_cloud.patching import original_of, replace

if TYPE_CHECKING:
    from moto.sns.models import Subscription

_EMAIL = re.compile(r"[^@\s<>(),;:\\\"]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
_MOST_EMAIL_CHARACTERS = 320
_FUNCTION = re.compile(r"arn:aws[a-z-]*:lambda:[a-z0-9-]+:\d{12}:function:[\w-]+(:[\w$-]+)?")
_REFUSALS = {
    "email": "Invalid parameter: Email address",
    "email-json": "Invalid parameter: Email address",
    "http": "Invalid parameter: Endpoint must match the specified protocol",
    "https": "Invalid parameter: Endpoint must match the specified protocol",
    "lambda": "Invalid parameter: Lambda endpoint ARN",
}
_CONFIRMED_BY_OTHERS = frozenset({"email", "email-json", "http", "https"})


def install() -> None:
    """Replace moto's Subscribe, its lists, and ConfirmSubscription."""
    # moto: SNS accepts any endpoint, and subscriptions by e-mail and HTTP are confirmed at once; not reported yet: AWS answers
    # InvalidParameter, and the subscriptions are pending until their endpoint confirms them.
    replace(SNSBackend, "subscribe", _subscribe)
    replace(SNSResponse, "subscribe", _answer_subscribe)
    replace(SNSResponse, "list_subscriptions", _list_subscriptions)
    replace(SNSResponse, "list_subscriptions_by_topic", _list_subscriptions_by_topic)
    replace(SNSResponse, "get_topic_attributes", _get_topic_attributes)
    # moto: SNS treats RawMessageDelivery "false" as true; not reported yet: AWS delivers raw messages only for "true".
    replace(SNSBackend, "set_subscription_attributes", _set_subscription_attributes)
    # extension: nobody gets a confirmation's token from the local cloud, so none is valid.
    replace(SNSResponse, "confirm_subscription", _refuse_token)


def is_pending(subscription: Any) -> bool:
    """Return whether a subscription waits for its confirmation, and gets nothing."""
    return bool(subscription.attributes.get("PendingConfirmation"))


def _subscribe(self: SNSBackend, topic_arn: str, endpoint: str, protocol: str) -> Subscription:
    if not _fits(protocol, endpoint or ""):
        raise SNSInvalidParameter(_REFUSALS[protocol])
    subscription: Any = original_of(SNSBackend, "subscribe")(self, topic_arn, endpoint, protocol)
    if protocol in _CONFIRMED_BY_OTHERS:
        subscription.attributes |= {"PendingConfirmation": True, "ConfirmationWasAuthenticated": False}
    found: Subscription = subscription
    return found


def _fits(protocol: str, endpoint: str) -> bool:
    match protocol:
        case "email" | "email-json":
            return len(endpoint) <= _MOST_EMAIL_CHARACTERS and _EMAIL.fullmatch(endpoint) is not None
        case "http" | "https":
            return endpoint.startswith(f"{protocol}://")
        case "lambda":
            return _FUNCTION.fullmatch(endpoint) is not None
    return True


def _answer_subscribe(self: SNSResponse) -> ActionResult:
    given = self._get_param("ReturnSubscriptionArn")
    answer: ActionResult = original_of(SNSResponse, "subscribe")(self)
    result: Any = answer.result
    subscription = self.backend.subscriptions[result["SubscriptionArn"]]
    if is_pending(subscription) and str(given).lower() != "true":
        return ActionResult({"SubscriptionArn": "pending confirmation"})
    return answer


def _list_subscriptions(self: SNSResponse) -> ActionResult:
    found, token = self.backend.list_subscriptions(next_token=self._get_param("NextToken"))
    return ActionResult({"Subscriptions": [_described(each) for each in found], "NextToken": token})


def _list_subscriptions_by_topic(self: SNSResponse) -> ActionResult:
    topic_arn, token = self._get_param("TopicArn"), self._get_param("NextToken")
    found, token = self.backend.list_subscriptions_by_topic(topic_arn, next_token=token)
    return ActionResult({"Subscriptions": [_described(each) for each in found], "NextToken": token})


def _described(subscription: Subscription) -> dict[str, str]:
    return {
        "SubscriptionArn": "PendingConfirmation" if is_pending(subscription) else subscription.arn,
        "Owner": subscription.owner,
        "Protocol": subscription.protocol,
        "Endpoint": subscription.endpoint,
        "TopicArn": subscription.topic.arn,
    }


def _get_topic_attributes(self: SNSResponse) -> ActionResult:
    topic = self.backend.get_topic(self._get_param("TopicArn"))
    subscriptions = self.backend._get_topic_subscriptions(topic)
    topic.subscriptions_pending = sum(is_pending(each) for each in subscriptions)
    topic.subscriptions_confimed = len(subscriptions) - topic.subscriptions_pending
    answer: ActionResult = original_of(SNSResponse, "get_topic_attributes")(self)
    return answer


def _set_subscription_attributes(self: SNSBackend, arn: str, name: str, value: Any) -> None:
    kept = str(value).lower() == "true" if name == "RawMessageDelivery" else value
    original_of(SNSBackend, "set_subscription_attributes")(self, arn, name, kept)


def _refuse_token(self: SNSResponse) -> NoReturn:
    self.backend.get_topic(self._get_param("TopicArn"))
    raise SNSInvalidParameter("Invalid token")
