"""AWS::SQS::Queue and AWS::SQS::QueuePolicy."""

from __future__ import annotations

import json
from typing import Any

from moto.core.common_models import CloudFormationModel

from local_cloud.cloudformation.api_resource import ApiResource, tag_dict

_DEFAULTS = {
    "ContentBasedDeduplication": "false",
    "DelaySeconds": "0",
    "KmsMasterKeyId": "",
    "MaximumMessageSize": "262144",
    "MessageRetentionPeriod": "345600",
    "ReceiveMessageWaitTimeSeconds": "0",
    "RedriveAllowPolicy": "",
    "RedrivePolicy": "",
    "SqsManagedSseEnabled": "true",
    "VisibilityTimeout": "30",
}


class Queue(ApiResource, CloudFormationModel):
    """AWS::SQS::Queue: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-sqs-queue.html."""

    type_name = "AWS::SQS::Queue"
    service = "sqs"
    name_property = "QueueName"
    name_length = 80
    replacing = frozenset({"FifoQueue"})
    attributes = frozenset({"Arn", "QueueName", "QueueUrl"})
    known = frozenset({*_DEFAULTS, "FifoQueue", "QueueName", "Tags"})

    @classmethod
    def make(cls, api: Any, name: str, properties: dict[str, Any]) -> str:
        attributes = _attributes(properties) | ({"FifoQueue": "true"} if properties.get("FifoQueue") else {})
        return str(api.create_queue(QueueName=name, Attributes=attributes, tags=tag_dict(properties))["QueueUrl"])

    @classmethod
    def change(cls, api: Any, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> None:
        had, wanted = _attributes(old), _attributes(new)
        if changes := {
            name: wanted.get(name, _DEFAULTS[name])
            for name in had.keys() | wanted.keys()
            if had.get(name) != wanted.get(name)
        }:
            # moto: SQS's SetQueueAttributes deletes the queue's policy if the request does not repeat it; not reported yet: AWS only changes
            # the attributes in the request.
            policy = api.get_queue_attributes(QueueUrl=physical_id, AttributeNames=["Policy"]).get("Attributes", {})
            api.set_queue_attributes(QueueUrl=physical_id, Attributes={**policy, **changes})
        if gone := tag_dict(old).keys() - tag_dict(new).keys():
            api.untag_queue(QueueUrl=physical_id, TagKeys=sorted(gone))
        if tags := tag_dict(new):
            api.tag_queue(QueueUrl=physical_id, Tags=tags)

    @classmethod
    def remove(cls, api: Any, physical_id: str, properties: dict[str, Any]) -> None:
        api.delete_queue(QueueUrl=physical_id)

    def attribute(self, api: Any, name: str) -> str:
        if name == "QueueUrl":
            return self.physical_resource_id
        if name == "QueueName":
            return self.physical_resource_id.rsplit("/", 1)[-1]
        found = api.get_queue_attributes(QueueUrl=self.physical_resource_id, AttributeNames=["QueueArn"])
        return str(found["Attributes"]["QueueArn"])


def _attributes(properties: dict[str, Any]) -> dict[str, str]:
    return {
        name: value if isinstance(value, str) else json.dumps(value)
        for name, value in properties.items()
        if name in _DEFAULTS
    }


class QueuePolicy(ApiResource, CloudFormationModel):
    """AWS::SQS::QueuePolicy: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-sqs-queuepolicy.html."""

    type_name = "AWS::SQS::QueuePolicy"
    service = "sqs"
    known = frozenset({"PolicyDocument", "Queues"})

    @classmethod
    def make(cls, api: Any, name: str, properties: dict[str, Any]) -> str:
        cls.change(api, name, {"Queues": []}, properties)
        return name

    @classmethod
    def change(cls, api: Any, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> None:
        for queue in new["Queues"]:
            api.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": json.dumps(new["PolicyDocument"])})
        left = [queue for queue in old["Queues"] if queue not in new["Queues"]]
        cls.remove(api, physical_id, {"Queues": left})

    @classmethod
    def remove(cls, api: Any, physical_id: str, properties: dict[str, Any]) -> None:
        for queue in properties["Queues"]:
            api.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": ""})
