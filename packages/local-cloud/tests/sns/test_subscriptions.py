"""Subscriptions of topics: who is pending, who is refused, and who gets which text."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from cloud_under_test.deployment_package import packed
from cloud_under_test.event_targets import SNS, Queue, queue_for
from cloud_under_test.refusal import refusal_of
from cloud_under_test.stacks import resource
from cloud_under_test.template_parts import succeed

if TYPE_CHECKING:
    from cloud_under_test.stacks import Stacks

Aws = Any
ACCOUNT_AND_REGION = "ap-northeast-1:123456789012"
EACH = json.dumps({"default": "for all", "sqs": '{"n": 1}', "lambda": "for functions", "email": "for people"})
FORWARDS = """
import json, os, boto3
def handle(event, context):
    boto3.client("sqs").send_message(QueueUrl=os.environ["QUEUE"], MessageBody=json.dumps(event))
"""


@pytest.fixture
def topic(aws: Aws, name: str) -> str:
    """A topic."""
    return str(aws("sns").create_topic(Name=name)["TopicArn"])


@pytest.fixture
def queue(aws: Aws, name: str) -> Queue:
    """A queue that topics may send to."""
    return queue_for(aws, name)


def listed(aws: Aws, topic: str) -> list[dict[str, str]]:
    found: list[dict[str, str]] = aws("sns").list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    return found


@pytest.mark.parametrize(("protocol", "endpoint"), [("email", "a@example.com"), ("https", "https://127.0.0.1:9/hook")])
def test_people_and_web_servers_are_pending(aws: Aws, topic: str, protocol: str, endpoint: str) -> None:
    sns = aws("sns")
    given = {"TopicArn": topic, "Protocol": protocol, "Endpoint": endpoint}
    assert sns.subscribe(**given)["SubscriptionArn"] == "pending confirmation"
    arn = sns.subscribe(**given, ReturnSubscriptionArn=True)["SubscriptionArn"]
    assert arn.startswith(f"{topic}:")
    (subscription,) = listed(aws, topic)
    assert subscription == {"SubscriptionArn": "PendingConfirmation", "Owner": "123456789012", **given}
    (among_all,) = (each for each in sns.list_subscriptions()["Subscriptions"] if each["TopicArn"] == topic)
    assert among_all == subscription
    assert sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]["PendingConfirmation"].lower() == "true"
    attributes = sns.get_topic_attributes(TopicArn=topic)["Attributes"]
    assert (attributes["SubscriptionsPending"], attributes["SubscriptionsConfirmed"]) == ("1", "0")
    sns.publish(TopicArn=topic, Message="nobody is called")
    assert refusal_of(sns.confirm_subscription, TopicArn=topic, Token="x")[0] == "InvalidParameter"


@pytest.mark.parametrize(
    ("protocol", "endpoint", "says"),
    [
        ("email", "nobody", "Email address"),
        ("email", "a@b", "Email address"),
        ("email", "a b@example.com", "Email address"),
        ("https", "http://example.com", "Endpoint must match the specified protocol"),
        ("lambda", f"arn:aws:sqs:{ACCOUNT_AND_REGION}:q", "Lambda endpoint ARN"),
        ("sqs", "q", "SQS endpoint ARN"),
    ],
)
def test_an_endpoint_is_refused(aws: Aws, topic: str, protocol: str, endpoint: str, says: str) -> None:
    given = {"TopicArn": topic, "Protocol": protocol, "Endpoint": endpoint}
    code, message = refusal_of(aws("sns").subscribe, **given)
    assert (code, message) == ("InvalidParameter", f"Invalid parameter: {says}")
    assert listed(aws, topic) == []


def test_a_function_gets_the_notification_if_its_policy_allows(
    aws: Aws, topic: str, queue: Queue, name: str, role_arn: str, caplog: pytest.LogCaptureFixture
) -> None:
    function = aws("lambda").create_function(
        FunctionName=name, Runtime="python3.11", Role=role_arn, Handler="app.handler.handle", Timeout=60,
        Code={"ZipFile": packed(FORWARDS)}, Environment={"Variables": {"QUEUE": queue.url}},
    )["FunctionArn"]  # fmt: skip
    sns = aws("sns")
    arn = sns.subscribe(TopicArn=topic, Protocol="lambda", Endpoint=function)["SubscriptionArn"]
    sns.publish(TopicArn=topic, Message="lost")
    assert "its policy does not allow sns.amazonaws.com to call lambda:InvokeFunction" in caplog.text
    aws("lambda").add_permission(
        FunctionName=name, StatementId="sns", Action="lambda:InvokeFunction", Principal=SNS, SourceArn=topic
    )
    kind = {"kind": {"DataType": "String", "StringValue": "failed"}}
    published = sns.publish(TopicArn=topic, Message=EACH, MessageStructure="json", Subject="s", MessageAttributes=kind)
    (event,) = queue.bodies()
    (record,) = event["Records"]
    assert (record["EventSource"], record["EventVersion"], record["EventSubscriptionArn"]) == ("aws:sns", "1.0", arn)
    notification = record["Sns"]
    assert (notification["Message"], notification["Subject"], notification["TopicArn"]) == ("for functions", "s", topic)
    assert (notification["MessageId"], notification["Type"]) == (published["MessageId"], "Notification")
    assert notification["MessageAttributes"] == {"kind": {"Type": "String", "Value": "failed"}}
    assert {"SigningCertUrl", "UnsubscribeUrl", "Signature", "SignatureVersion", "Timestamp"} < notification.keys()


def test_queues_get_their_protocols_text_raw_and_filtered(aws: Aws, topic: str, queue: Queue, name: str) -> None:
    sns = aws("sns")
    raw = queue_for(aws, f"{name}-raw")
    closed = aws("sqs").create_queue(QueueName=f"{name}-closed")["QueueUrl"]
    only = {"FilterPolicy": json.dumps({"pipeline": ["a"]}), "RawMessageDelivery": "true"}
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue.arn, Attributes={"RawMessageDelivery": "false"})
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=raw.arn, Attributes=only)
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=f"{queue.arn}-closed")
    for pipeline in ("b", "a"):
        attributes = {"pipeline": {"DataType": "String", "StringValue": pipeline}}
        sns.publish(TopicArn=topic, Message=EACH, MessageStructure="json", MessageAttributes=attributes)
    assert [body["Message"] for body in queue.bodies(2)] == ['{"n": 1}', '{"n": 1}']
    (message,) = raw.messages()
    assert (message["Body"], message["MessageAttributes"]["pipeline"]["StringValue"]) == ('{"n": 1}', "a")
    assert "Messages" not in aws("sqs").receive_message(QueueUrl=closed)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"Subject": "für"}, "Subject"),
        ({"Subject": "a\nb"}, "Subject"),
        ({"Subject": "x" * 101}, "Subject"),
        ({"Message": "text", "MessageStructure": "json"}, "JSON message body failed to parse"),
        ({"Message": '{"sqs": "x"}', "MessageStructure": "json"}, "No default entry in JSON message body"),
    ],
)
def test_a_message_is_refused(aws: Aws, topic: str, given: dict[str, str], says: str) -> None:
    code, message = refusal_of(aws("sns").publish, **{"TopicArn": topic, "Message": "m", **given})
    assert (code, says in message) == ("InvalidParameter", True)


def test_a_template_subscribes_people_with_a_filter(aws: Aws, stacks: Stacks) -> None:
    def of(**more: Any) -> dict[str, Any]:
        given = {"TopicArn": {"Ref": "Topic"}, "Protocol": "email", "Endpoint": "a@example.com", **more}
        return {"Topic": resource("AWS::SNS::Topic"), "Subscription": resource("AWS::SNS::Subscription", given)}

    succeed(stacks.create(of(FilterPolicy={"pipeline": ["a"]}, FilterPolicyScope="MessageAttributes")))
    arn = stacks.physical_id("Subscription")
    attributes = aws("sns").get_subscription_attributes(SubscriptionArn=arn)["Attributes"]
    assert json.loads(attributes["FilterPolicy"]) == {"pipeline": ["a"]}
    succeed(stacks.update(of()))
    (subscription,) = listed(aws, stacks.physical_id("Topic"))
    assert subscription["SubscriptionArn"] == "PendingConfirmation"
    stack = stacks.update(of(Colour="blue"))
    assert stack["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert any("AWS::SNS::Subscription has no property Colour" in reason for _, _, reason in stacks.events())
    succeed(stacks.delete())
