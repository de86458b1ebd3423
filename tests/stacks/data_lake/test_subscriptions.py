"""Tests of the subscribers of the lake's topic, and of an existing topic in its place."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from stacks import use_packaged_node

use_packaged_node()

import aws_cdk as cdk  # noqa: E402
from aws_cdk.assertions import Match, Template  # noqa: E402

from partitioned_pipelines.spec import Deployment  # noqa: E402
from stacks.data_lake.data_lake_stack import DataLakeStack  # noqa: E402
from stacks.settings import DeploymentSettings  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Sequence

TOPIC = {"Ref": Match.string_like_regexp("^NoticesTopic")}
EXISTING = "arn:aws:sns:eu-west-1:123456789012:team"


def template(entries: Sequence[Any], **options: Any) -> Template:
    parsed = Deployment.model_validate({"notify": tuple(entries), **options})
    stack = DataLakeStack(cdk.App(), "lake", pipelines=[], settings=DeploymentSettings(parsed))
    return Template.from_stack(stack)


@pytest.mark.parametrize(
    ("entry", "protocol"),
    [
        ("team@example.com", "email"),
        ("https://events.example.com/hook?key=1", "https"),
        ("arn:aws:sqs:eu-west-1:123456789012:incidents", "sqs"),
        ("arn:aws:lambda:eu-west-1:123456789012:function:page", "lambda"),
    ],
)
def test_an_address_becomes_a_subscription_to_everything(entry: str, protocol: str) -> None:
    template([entry]).has_resource_properties(
        "AWS::SNS::Subscription",
        {"Protocol": protocol, "Endpoint": entry, "TopicArn": TOPIC, "FilterPolicy": Match.absent()},
    )


def test_a_subscriber_of_some_pipelines_gets_their_notices_alone() -> None:
    template([{"to": "sales@example.com", "only": ("sales", "orders")}]).has_resource_properties(
        "AWS::SNS::Subscription", {"Endpoint": "sales@example.com", "FilterPolicy": {"pipeline": ["sales", "orders"]}}
    )


def test_another_subscriber_does_not_replace_the_ones_that_have_confirmed() -> None:
    def ids(*entries: str) -> set[str]:
        return set(template(entries).find_resources("AWS::SNS::Subscription"))

    assert ids("a@example.com", "b@example.com") < ids("c@example.com", "b@example.com", "a@example.com")


def test_a_slack_channel_has_a_role_without_permissions_and_a_guardrail_that_denies_all() -> None:
    found = template([{"slack": {"workspace": "T07EA123LEP", "channel": "C07EZ1ABC23"}}])
    found.has_resource_properties(
        "AWS::Chatbot::SlackChannelConfiguration",
        {
            "ConfigurationName": "pipelines-notices-C07EZ1ABC23",
            "SlackWorkspaceId": "T07EA123LEP",
            "SlackChannelId": "C07EZ1ABC23",
            "SnsTopicArns": [TOPIC],
            "IamRoleArn": {"Fn::GetAtt": [Match.string_like_regexp("^SubscriptionsSlack"), "Arn"]},
            "GuardrailPolicies": [
                {"Fn::Join": ["", ["arn:", {"Ref": "AWS::Partition"}, ":iam::aws:policy/AWSDenyAll"]]}
            ],
        },
    )
    roles = found.find_resources("AWS::IAM::Role")
    (role,) = (role for name, role in roles.items() if name.startswith("SubscriptionsSlack"))
    assert "Policies" not in role["Properties"]
    assert "ManagedPolicyArns" not in role["Properties"]
    policies = found.find_resources("AWS::IAM::Policy").values()
    assert not any("Slack" in str(policy["Properties"]["Roles"]) for policy in policies)


def test_an_existing_topic_is_used_in_place_of_one_of_the_lake() -> None:
    found = template([{"topic": EXISTING}], kms="create")
    found.resource_count_is("AWS::SNS::Topic", 0)
    found.has_resource_properties("AWS::CloudWatch::Alarm", {"AlarmActions": [EXISTING], "OKActions": [EXISTING]})
    found.has_output("NotificationTopicArn", {"Value": EXISTING})
    assert "aws:sns:topicArn" not in json.dumps(found.to_json()), "its key is its owner's"
