"""AWS::Chatbot::SlackChannelConfiguration, which notifies nobody here."""

from __future__ import annotations

from typing import Any, ClassVar

from moto.cloudformation.exceptions import ValidationError
from moto.core.common_models import CloudFormationModel

from local_cloud.cloudformation.api_resource import ApiResource
from local_cloud.request_validation.rules import rule_of
from local_cloud.request_validation.violations import WrongTypeError, find_violations
from local_cloud.settings import ACCOUNT_ID

# The names of CreateSlackChannelConfiguration for properties that have another one.
_PARAMETERS = {
    "GuardrailPolicies": "GuardrailPolicyArns",
    "SlackWorkspaceId": "SlackTeamId",
    "UserRoleRequired": "UserAuthorizationRequired",
}


class SlackChannelConfiguration(ApiResource, CloudFormationModel):
    """A Slack channel of Amazon Q Developer in chat applications.

    It is checked, kept and deleted. The local cloud has no such service, and sends nothing to Slack.
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-chatbot-slackchannelconfiguration.html
    """

    type_name = "AWS::Chatbot::SlackChannelConfiguration"
    service = "chatbot"
    name_property = "ConfigurationName"
    name_length = 128
    replacing = frozenset({"SlackWorkspaceId"})
    attributes = frozenset({"Arn"})
    known = frozenset(
        {
            *_PARAMETERS,
            "ConfigurationName",
            "IamRoleArn",
            "LoggingLevel",
            "SlackChannelId",
            "SnsTopicArns",
            "Tags",
        }
    )
    remark = "the local cloud keeps the Slack channel, and sends nothing to it"
    _kept: ClassVar[set[str]] = set()

    @classmethod
    def make(cls, api: Any, name: str, properties: dict[str, Any]) -> str:
        _check(api, name, properties)
        arn = f"arn:aws:chatbot::{ACCOUNT_ID}:chat-configuration/slack-channel/{name}"
        if arn in cls._kept:
            raise ValidationError(message=f"the Slack channel configuration {name} already exists")
        cls._kept.add(arn)
        return arn

    @classmethod
    def change(cls, api: Any, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> None:
        _check(api, physical_id.rpartition("/")[2], new)

    @classmethod
    def remove(cls, api: Any, physical_id: str, properties: dict[str, Any]) -> None:
        cls._kept.discard(physical_id)

    def attribute(self, api: Any, name: str) -> str:
        return self.physical_resource_id


def _check(api: Any, name: str, properties: dict[str, Any]) -> None:
    """Raise ValidationError if the service's model does not allow the properties."""
    request = {_PARAMETERS.get(key, key): value for key, value in properties.items() if key != "Tags"}
    if "UserAuthorizationRequired" in request:  # may be a string in a template
        request["UserAuthorizationRequired"] = str(request["UserAuthorizationRequired"]).lower() == "true"
    shape = api.meta.service_model.operation_model("CreateSlackChannelConfiguration").input_shape
    try:
        violations = find_violations({**request, "ConfigurationName": name}, rule_of(shape))
    except WrongTypeError as error:
        violations = [str(error)]
    if violations:
        raise ValidationError(message=violations[0])
