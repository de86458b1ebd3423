"""The check of topics' ARNs and of messages: https://docs.aws.amazon.com/sns/latest/api/API_Publish.html."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from moto.sns.exceptions import SNSInvalidParameter
from moto.sns.models import SNSBackend

from local_cloud.patching import original_of, replace

if TYPE_CHECKING:
    from moto.sns.models import Topic

_ELEMENTS = 6  # elements of an ARN
_MOST_SUBJECT_CHARACTERS = 100


def install() -> None:
    """Replace moto's lookup of topics, and its Publish."""
    # moto: SNS fails with an internal error for a TopicArn that is not an ARN; not reported yet: AWS answers InvalidParameter.
    replace(SNSBackend, "get_topic", _get_topic)
    # moto: SNS accepts a Subject that is not ASCII or has line breaks, and a message with the structure json without a default; not reported
    # yet: AWS answers InvalidParameter.
    replace(SNSBackend, "publish", _publish)


def _get_topic(self: SNSBackend, arn: str | None) -> Topic:
    if arn is None:
        raise SNSInvalidParameter("Invalid parameter: TopicArn or TargetArn Reason: no value for required parameter")
    elements = arn.count(":") + 1
    if elements < _ELEMENTS:
        raise SNSInvalidParameter(
            f"Invalid parameter: TopicArn Reason: An ARN must have at least {_ELEMENTS} elements, not {elements}"
        )
    topic: Topic = original_of(SNSBackend, "get_topic")(self, arn)
    return topic


def _publish(
    self: SNSBackend,
    message: str,
    arn: str | None,
    phone_number: str | None = None,
    subject: str | None = None,
    message_attributes: dict[str, Any] | None = None,
    group_id: str | None = None,
    deduplication_id: str | None = None,
    message_structure: str | None = None,
) -> str:
    if subject is not None and not _is_subject(subject):
        raise SNSInvalidParameter("Invalid parameter: Subject")
    if message_structure == "json":
        _check_structure(message)
    message_id: str = original_of(SNSBackend, "publish")(
        self,
        message,
        arn,
        phone_number,
        subject,
        message_attributes,
        group_id,
        deduplication_id,
        message_structure,
    )
    return message_id


def _is_subject(text: str) -> bool:
    return 0 < len(text) <= _MOST_SUBJECT_CHARACTERS and text.isascii() and text.isprintable() and not text[0].isspace()


def _check_structure(message: str) -> None:
    try:
        document = json.loads(message)
    except ValueError:
        document = None
    if not isinstance(document, dict):
        raise SNSInvalidParameter("Invalid parameter: Message Structure - JSON message body failed to parse")
    if not isinstance(document.get("default"), str):
        raise SNSInvalidParameter("Invalid parameter: Message Structure - No default entry in JSON message body")
