"""Tests of the lake's topic: its name, who may publish to it, and its encryption."""

import json

import aws_cdk as cdk
from aws_cdk import aws_kms as kms
from aws_cdk.assertions import Match, Template

from stacks.data_lake.notice_topic import NoticeTopic, notice_topic_arn

ACCOUNT = {"Ref": "AWS::AccountId"}
ALARMS = {"Fn::Join": ["", Match.array_with([":cloudwatch:", {"Ref": "AWS::Region"}, ":alarm:staging-*"])]}


def template(*, with_key: bool = False) -> Template:
    stack = cdk.Stack(cdk.App(), "lake")
    key = kms.Key(stack, "Key") if with_key else None
    NoticeTopic(stack, "Notices", prefix="staging", key=key)
    return Template.from_stack(stack)


def test_the_topic_is_named_after_the_prefix() -> None:
    template().has_resource_properties(
        "AWS::SNS::Topic", {"TopicName": "staging-notices", "KmsMasterKeyId": Match.absent()}
    )


def test_other_stacks_compose_its_arn() -> None:
    stack = cdk.Stack(cdk.App(), "lake", env=cdk.Environment(account="123456789012", region="eu-west-1"))
    composed = stack.resolve(notice_topic_arn("staging"))
    assert str(composed["Fn::Join"][1][-1]).endswith(":staging-notices")


def test_it_is_encrypted_with_the_key_of_the_deployment() -> None:
    template(with_key=True).has_resource_properties(
        "AWS::SNS::Topic", {"KmsMasterKeyId": {"Fn::GetAtt": [Match.string_like_regexp("Key"), "Arn"]}}
    )


def test_no_rule_of_eventbridge_may_publish() -> None:
    assert "events.amazonaws.com" not in json.dumps(template().to_json())


def test_cloudwatch_may_publish_for_the_alarms_of_this_deployment() -> None:
    condition = {"ArnLike": {"aws:SourceArn": ALARMS}, "StringEquals": {"aws:SourceAccount": ACCOUNT}}
    template().has_resource_properties(
        "AWS::SNS::TopicPolicy", allows({"Service": "cloudwatch.amazonaws.com"}, condition=condition)
    )


def test_nobody_publishes_over_plain_http() -> None:
    plain_http = {"Bool": {"aws:SecureTransport": "false"}}
    template().has_resource_properties(
        "AWS::SNS::TopicPolicy",
        has_statement({"Effect": "Deny", "Principal": "*", "Action": "sns:Publish", "Condition": plain_http}),
    )


def allows(principal: object, *, condition: object) -> object:
    return has_statement({"Effect": "Allow", "Principal": principal, "Action": "sns:Publish", "Condition": condition})


def has_statement(statement: dict[str, object]) -> object:
    return {"PolicyDocument": {"Statement": Match.array_with([Match.object_like(statement)])}}
