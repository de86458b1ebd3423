"""SNS: the check of topic ARNs (https://docs.aws.amazon.com/sns/latest/api/API_Publish.html#API_Publish_Errors)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from moto.sns.exceptions import SNSInvalidParameter
from moto.sns.models import SNSBackend

from local_cloud.patching import original_of, replace

if TYPE_CHECKING:
    from moto.sns.models import Topic

    from local_cloud.settings import Settings

_ELEMENTS = 6  # elements of an ARN


def install(settings: Settings) -> None:
    """Replace moto's lookup of topics."""
    # moto: SNS fails with an internal error for a TopicArn that is not an ARN; not reported yet: AWS answers InvalidParameter.
    replace(SNSBackend, "get_topic", _get_topic)


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
