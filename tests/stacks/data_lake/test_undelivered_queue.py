"""Tests of the lake's dead-letter queue and its alarm."""

import json
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_kms as kms
from aws_cdk.assertions import Match, Template

from stacks.data_lake.undelivered_queue import UndeliveredQueue, undelivered_queue_arn

TOPIC = "arn:aws:sns:eu-west-1:123456789012:staging-notices"
QUEUE = Match.string_like_regexp("UndeliveredQueue")


def template(*, with_key: bool = False) -> Template:
    stack = cdk.Stack(cdk.App(), "lake")
    key = kms.Key(stack, "Key") if with_key else None
    UndeliveredQueue(stack, "Undelivered", prefix="staging", key=key, topic_arn=TOPIC)
    return Template.from_stack(stack)


def test_the_queue_keeps_messages_as_long_as_sqs_can() -> None:
    template().has_resource_properties(
        "AWS::SQS::Queue",
        {"QueueName": "staging-undelivered", "MessageRetentionPeriod": 14 * 24 * 3600, "SqsManagedSseEnabled": True},
    )


def test_other_stacks_compose_its_arn() -> None:
    composed = cdk.Stack(cdk.App(), "lake").resolve(undelivered_queue_arn("staging"))
    assert str(composed["Fn::Join"][1][-1]).endswith(":staging-undelivered")


def test_it_is_encrypted_with_the_key_of_the_deployment() -> None:
    template(with_key=True).has_resource_properties(
        "AWS::SQS::Queue", {"KmsMasterKeyId": {"Fn::GetAtt": [Match.string_like_regexp("Key"), "Arn"]}}
    )


def test_nobody_uses_it_over_plain_http() -> None:
    has_statement({"Effect": "Deny", "Action": "sqs:*", "Condition": {"Bool": {"aws:SecureTransport": "false"}}})


def test_the_rules_of_the_deployment_may_send_to_it() -> None:
    source = Match.object_like({"Fn::Join": ["", Match.array_with([":rule/staging-*"])]})
    has_statement(
        {
            "Effect": "Allow",
            "Principal": {"Service": "events.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Condition": {"ArnLike": {"aws:SourceArn": source}},
        }
    )


def has_statement(statement: dict[str, Any]) -> None:
    statements = Match.array_with([Match.object_like(statement)])
    template().has_resource_properties("AWS::SQS::QueuePolicy", {"PolicyDocument": {"Statement": statements}})


def test_one_message_is_an_alarm() -> None:
    template().has_resource_properties(
        "AWS::CloudWatch::Alarm",
        {
            "AlarmName": "staging-undelivered",
            "Namespace": "AWS/SQS",
            "MetricName": "ApproximateNumberOfMessagesVisible",
            "Dimensions": [{"Name": "QueueName", "Value": {"Fn::GetAtt": [QUEUE, "QueueName"]}}],
            "Statistic": "Maximum",
            "Period": 300,
            "EvaluationPeriods": 1,
            "Threshold": 0,
            "ComparisonOperator": "GreaterThanThreshold",
        },
    )


def test_both_ways_are_published_to_the_topic() -> None:
    template().has_resource_properties(
        "AWS::CloudWatch::Alarm", {"AlarmActions": [TOPIC], "OKActions": [TOPIC], "ActionsEnabled": Match.absent()}
    )


def test_a_queue_that_sqs_stops_to_report_keeps_its_alarm() -> None:
    template().has_resource_properties("AWS::CloudWatch::Alarm", {"TreatMissingData": "ignore"})


def test_the_mail_says_what_to_do() -> None:
    (alarm,) = template().find_resources("AWS::CloudWatch::Alarm").values()
    text = in_words(alarm["Properties"]["AlarmDescription"])
    url = "https://sqs.ap-northeast-1.amazonaws.com/123456789012/a-prefix-of-20-chars-undelivered"
    assert len(text.replace("<queue>", url).replace("<region>", "ap-northeast-1")) <= 1024
    for command in ("aws sqs receive-message", "aws sqs purge-queue"):
        assert f"{command} --region <region> --queue-url <queue>" in text
    for word in ("SCHEDULE_ARN", "ERROR_MESSAGE", "pipelines deploy --target aws", "pipelines run NAME --target aws"):
        assert word in text


def in_words(value: Any) -> str:
    parts = value["Fn::Join"][1]
    return "".join(
        part if isinstance(part, str) else "<region>" if "AWS::Region" in json.dumps(part) else "<queue>"
        for part in parts
    )
