"""A Slack channel of a template is checked, kept and deleted; nothing is sent to it, which the stack's events say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from cloud_under_test.stacks import resource
from cloud_under_test.template_parts import succeed

if TYPE_CHECKING:
    from cloud_under_test.stacks import Stacks

GIVEN = {
    "SlackWorkspaceId": "T0123ABCD",
    "SlackChannelId": "C0123ABCD",
    "IamRoleArn": "arn:aws:iam::123456789012:role/slack",
    "GuardrailPolicies": ["arn:aws:iam::aws:policy/AWSDenyAll"],
    "SnsTopicArns": ["arn:aws:sns:ap-northeast-1:123456789012:t"],
    "UserRoleRequired": "false",
    "Tags": [{"Key": "a", "Value": "b"}],
}


def of(**properties: Any) -> dict[str, Any]:
    return {"Slack": resource("AWS::Chatbot::SlackChannelConfiguration", properties)}


def test_a_channel_is_created_changed_and_deleted(stacks: Stacks) -> None:
    succeed(stacks.create(of(ConfigurationName=stacks.name, **GIVEN)))
    arn = f"arn:aws:chatbot::123456789012:chat-configuration/slack-channel/{stacks.name}"
    assert stacks.physical_id("Slack") == arn
    said = ("Slack", "CREATE_COMPLETE", "the local cloud keeps the Slack channel, and sends nothing to it")
    assert said in stacks.events()
    succeed(stacks.update(of(ConfigurationName=stacks.name, **{**GIVEN, "LoggingLevel": "ERROR"})))
    assert stacks.physical_id("Slack") == arn
    succeed(stacks.update(of(ConfigurationName=f"{stacks.name}-2", **GIVEN)))
    assert stacks.physical_id("Slack") == f"{arn}-2"
    succeed(stacks.delete())
    succeed(stacks.create(of(ConfigurationName=f"{stacks.name}-2", **GIVEN)))


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"SlackWorkspaceId": "workspace"}, "Value 'workspace' at 'slackTeamId'"),
        ({"LoggingLevel": "DEBUG"}, "Value 'DEBUG' at 'loggingLevel'"),
        ({"SlackChannelId": None}, "slackChannelId"),
        ({"Colour": "red"}, "has no property Colour"),
    ],
)
def test_a_channel_is_refused(stacks: Stacks, changes: dict[str, Any], says: str) -> None:
    given = {key: value for key, value in {**GIVEN, **changes}.items() if value is not None}
    stack = stacks.create(of(ConfigurationName=stacks.name, **given))
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    assert any(says in reason for _, _, reason in stacks.events()), stacks.events()
