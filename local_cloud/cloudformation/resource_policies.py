"""Policies that are attached to a resource: AWS::S3::BucketPolicy, AWS::SNS::TopicPolicy, AWS::SQS::QueuePolicy."""

from __future__ import annotations

import json
from typing import Any

from moto.core.common_models import CloudFormationModel

from local_cloud.cloudformation.api_resource import ApiResource


class BucketPolicy(ApiResource, CloudFormationModel):
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-s3-bucketpolicy.html."""

    type_name = "AWS::S3::BucketPolicy"
    service = "s3"

    @classmethod
    def make(cls, api: Any, name: str, properties: dict[str, Any]) -> str:
        api.put_bucket_policy(Bucket=properties["Bucket"], Policy=json.dumps(properties["PolicyDocument"]))
        return str(properties["Bucket"])

    @classmethod
    def change(cls, api: Any, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> str:
        if new["Bucket"] != old["Bucket"]:
            cls.remove(api, physical_id, old)
        return cls.make(api, physical_id, new)

    @classmethod
    def remove(cls, api: Any, physical_id: str, properties: dict[str, Any]) -> None:
        api.delete_bucket_policy(Bucket=physical_id)


class TopicPolicy(ApiResource, CloudFormationModel):
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-sns-topicpolicy.html."""

    type_name = "AWS::SNS::TopicPolicy"
    service = "sns"

    @classmethod
    def make(cls, api: Any, name: str, properties: dict[str, Any]) -> str:
        for topic in properties["Topics"]:
            _set_topic_policy(api, topic, json.dumps(properties["PolicyDocument"]))
        return name

    @classmethod
    def change(cls, api: Any, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> str:
        return cls.make(api, physical_id, new)

    @classmethod
    def remove(cls, api: Any, physical_id: str, properties: dict[str, Any]) -> None:
        """Leave the policy to its topic, as CloudFormation does: SNS puts its default one in place with the topic's end."""


def _set_topic_policy(api: Any, topic: str, policy: str) -> None:
    api.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=policy)


class QueuePolicy(ApiResource, CloudFormationModel):
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-sqs-queuepolicy.html."""

    type_name = "AWS::SQS::QueuePolicy"
    service = "sqs"

    @classmethod
    def make(cls, api: Any, name: str, properties: dict[str, Any]) -> str:
        for queue in properties["Queues"]:
            api.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": json.dumps(properties["PolicyDocument"])})
        return name

    @classmethod
    def change(cls, api: Any, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> str:
        return cls.make(api, physical_id, new)

    @classmethod
    def remove(cls, api: Any, physical_id: str, properties: dict[str, Any]) -> None:
        for queue in properties["Queues"]:
            api.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": ""})
