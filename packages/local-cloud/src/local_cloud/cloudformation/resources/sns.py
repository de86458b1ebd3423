"""AWS::SNS::Topic, AWS::SNS::TopicPolicy and AWS::SNS::Subscription."""

from __future__ import annotations

import json
from typing import Any

from moto.core.common_models import CloudFormationModel

from local_cloud.cloudformation.api_resource import ApiResource, changed


class Topic(ApiResource, CloudFormationModel):
    """AWS::SNS::Topic: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-sns-topic.html."""

    type_name = "AWS::SNS::Topic"
    service = "sns"
    name_property = "TopicName"
    name_length = 256
    replacing = frozenset({"FifoTopic"})
    attributes = frozenset({"TopicArn", "TopicName"})
    known = frozenset({"DisplayName", "FifoTopic", "KmsMasterKeyId", "Subscription", "Tags", "TopicName"})

    @classmethod
    def make(cls, api: Any, name: str, properties: dict[str, Any]) -> str:
        fifo = {"FifoTopic": "true"} if properties.get("FifoTopic") else {}
        made = api.create_topic(Name=name, Attributes=fifo, Tags=properties.get("Tags", []))
        arn = str(made["TopicArn"])
        cls.change(api, arn, {}, properties)
        return arn

    @classmethod
    def change(cls, api: Any, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> None:
        for name in ("DisplayName", "KmsMasterKeyId"):
            if changed(old, new, name):
                api.set_topic_attributes(
                    TopicArn=physical_id, AttributeName=name, AttributeValue=str(new.get(name, ""))
                )
        wanted = {(item["Protocol"], item["Endpoint"]) for item in new.get("Subscription", [])}
        had = {(item["Protocol"], item["Endpoint"]) for item in old.get("Subscription", [])}
        for protocol, endpoint in sorted(wanted - had):
            api.subscribe(TopicArn=physical_id, Protocol=protocol, Endpoint=endpoint)
        pages = api.get_paginator("list_subscriptions_by_topic").paginate(TopicArn=physical_id) if had - wanted else []
        for subscription in (item for page in pages for item in page["Subscriptions"]):
            if (subscription["Protocol"], subscription["Endpoint"]) in had - wanted:
                api.unsubscribe(SubscriptionArn=subscription["SubscriptionArn"])

    @classmethod
    def remove(cls, api: Any, physical_id: str, properties: dict[str, Any]) -> None:
        api.delete_topic(TopicArn=physical_id)

    def attribute(self, api: Any, name: str) -> str:
        return self.physical_resource_id if name == "TopicArn" else self.physical_resource_id.rsplit(":", 1)[-1]


class Subscription(ApiResource, CloudFormationModel):
    """AWS::SNS::Subscription: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-sns-subscription.html."""

    type_name = "AWS::SNS::Subscription"
    service = "sns"
    replacing = frozenset({"Endpoint", "Protocol", "Region", "TopicArn"})
    known = frozenset(
        {"Endpoint", "FilterPolicy", "FilterPolicyScope", "Protocol", "RawMessageDelivery", "Region", "TopicArn"}
    )

    @classmethod
    def make(cls, api: Any, name: str, properties: dict[str, Any]) -> str:
        made = api.subscribe(
            TopicArn=properties["TopicArn"],
            Protocol=properties["Protocol"],
            Endpoint=properties["Endpoint"],
            ReturnSubscriptionArn=True,
        )
        arn = str(made["SubscriptionArn"])
        cls.change(api, arn, {}, properties)
        return arn

    @classmethod
    def change(cls, api: Any, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> None:
        # first the scope, by which a policy is checked
        for name, default in (
            ("FilterPolicyScope", "MessageAttributes"),
            ("FilterPolicy", {}),
            ("RawMessageDelivery", False),
        ):
            if changed(old, new, name):
                given = new.get(name, default)
                value = given if isinstance(given, str) else json.dumps(given)
                api.set_subscription_attributes(SubscriptionArn=physical_id, AttributeName=name, AttributeValue=value)

    @classmethod
    def remove(cls, api: Any, physical_id: str, properties: dict[str, Any]) -> None:
        api.unsubscribe(SubscriptionArn=physical_id)


class TopicPolicy(ApiResource, CloudFormationModel):
    """AWS::SNS::TopicPolicy: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-sns-topicpolicy.html."""

    type_name = "AWS::SNS::TopicPolicy"
    service = "sns"
    known = frozenset({"PolicyDocument", "Topics"})

    @classmethod
    def make(cls, api: Any, name: str, properties: dict[str, Any]) -> str:
        cls.change(api, name, {}, properties)
        return name

    @classmethod
    def change(cls, api: Any, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> None:
        for topic in new["Topics"]:
            policy = json.dumps(new["PolicyDocument"])
            api.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=policy)

    @classmethod
    def remove(cls, api: Any, physical_id: str, properties: dict[str, Any]) -> None:
        """Do nothing: a topic always has a policy, and no call restores the default one."""
