"""Topics, queues and functions that rules may deliver to."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

ACCOUNT, REGION = "123456789012", "ap-northeast-1"
EVENTS, SNS = "events.amazonaws.com", "sns.amazonaws.com"


@dataclass(frozen=True)
class Queue:
    """A queue of a test."""

    sqs: Any
    name: str
    url: str

    @property
    def arn(self) -> str:
        return f"arn:aws:sqs:{REGION}:{ACCOUNT}:{self.name}"

    def messages(self, fewest: int = 1, within_seconds: float = 60) -> list[dict[str, Any]]:
        """Receive and delete messages until there are enough."""
        found: list[dict[str, Any]] = []
        ends = time.monotonic() + within_seconds
        while len(found) < fewest and time.monotonic() < ends:
            answer = self.sqs.receive_message(
                QueueUrl=self.url, MessageAttributeNames=["All"], MaxNumberOfMessages=10, WaitTimeSeconds=1
            )
            for message in answer.get("Messages", []):
                self.sqs.delete_message(QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"])
                found.append(message)
        assert len(found) >= fewest, found
        return found

    def bodies(self, fewest: int = 1) -> list[Any]:
        """Receive messages, and return their JSON."""
        return [json.loads(message["Body"]) for message in self.messages(fewest)]


def queue_for(aws: Callable[[str], Any], name: str, *services: str) -> Queue:
    """Create a queue that services may send to: EventBridge and SNS, unless others are given."""
    arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}"
    policy = _policy("sqs:SendMessage", arn, *(services or (EVENTS, SNS)))
    url = aws("sqs").create_queue(QueueName=name, Attributes={"Policy": policy})["QueueUrl"]
    return Queue(aws("sqs"), name, url)


def topic_for(aws: Callable[[str], Any], name: str, service: str = EVENTS) -> str:
    """Create a topic that a service may publish to, and return its ARN."""
    arn: str = aws("sns").create_topic(Name=name)["TopicArn"]
    policy = _policy("sns:Publish", arn, service)
    aws("sns").set_topic_attributes(TopicArn=arn, AttributeName="Policy", AttributeValue=policy)
    return arn


def role_for(aws: Callable[[str], Any], name: str, service: str = EVENTS) -> str:
    """Create a role that a service may assume, and return its ARN."""
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": service}}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    return str(aws("iam").create_role(RoleName=name, AssumeRolePolicyDocument=document)["Role"]["Arn"])


def _policy(action: str, resource: str, *services: str) -> str:
    principal = {"Service": list(services)}
    statement = {"Effect": "Allow", "Action": action, "Resource": resource, "Principal": principal}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
