"""The typed model of ``notify``: who is notified of runs and alarms."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Discriminator, Field, Tag

from partitioned_pipelines.spec.model.fields import FileModel, PipelineName, in_schema

EMAIL_PATTERN = r"[^@\s:]+@[^@\s:]+\.[^@\s:]+"
HTTPS_PATTERN = r"https://[^\s/]+(/\S*)?"
RECEIVER_ARN_PATTERN = (
    r"arn:(?P<partition>aws[a-z-]*):(?P<service>sqs|lambda):(?P<region>[a-z0-9-]+):[0-9]{12}:[A-Za-z0-9_:-]+"
)
TOPIC_ARN_PATTERN = r"arn:(?P<partition>aws[a-z-]*):sns:(?P<region>[a-z0-9-]+):[0-9]{12}:(?P<name>[A-Za-z0-9_-]{1,256})"
WORKSPACE_PATTERN, CHANNEL_PATTERN = "T[A-Z0-9]{2,}", "[CG][A-Z0-9]{2,}"

_QUEUE = "arn:aws:sqs:ap-northeast-1:123456789012:incidents"
Address = Annotated[
    str,
    in_schema(
        f"{EMAIL_PATTERN}|{HTTPS_PATTERN}|{RECEIVER_ARN_PATTERN}",
        examples=["team@example.com", "https://events.example.com/hook", _QUEUE],
    ),
]
TopicArn = Annotated[
    str, in_schema(TOPIC_ARN_PATTERN, examples=["arn:aws:sns:ap-northeast-1:123456789012:team-notices"])
]


class Subscriber(FileModel):
    """An address, for notices of all pipelines or of some."""

    to: Address
    """Email address, https URL, or the ARN of a queue or a function."""
    only: Annotated[tuple[PipelineName, ...], Field(min_length=1)] | None = None
    """Pipelines whose notices it receives; without this, those of all pipelines, and the alarms of the lake."""


class SlackChannel(FileModel):
    """A channel of a Slack workspace that is authorized in Amazon Q Developer in chat applications."""

    workspace: Annotated[str, in_schema(WORKSPACE_PATTERN, examples=["T07EA123LEP"])]
    """ID of the workspace."""
    channel: Annotated[str, in_schema(CHANNEL_PATTERN, examples=["C07EZ1ABC23"])]
    """ID of the channel."""


class SlackSubscriber(FileModel):
    """A Slack channel."""

    slack: SlackChannel
    """The channel."""


class ExistingTopic(FileModel):
    """An existing topic, to which the notices are published instead of one that is created."""

    topic: TopicArn
    """ARN of the topic."""


def _entry_kind(value: Any) -> str:
    if isinstance(value, str):
        return "<address>"
    for key, model in (("slack", SlackSubscriber), ("topic", ExistingTopic)):
        if isinstance(value, model) or (isinstance(value, dict) and key in value):
            return f"<{key}>"
    return "<to>"


NotifyEntry = Annotated[
    Annotated[Address, Tag("<address>")]
    | Annotated[Subscriber, Tag("<to>")]
    | Annotated[SlackSubscriber, Tag("<slack>")]
    | Annotated[ExistingTopic, Tag("<topic>")],
    Discriminator(_entry_kind),
]
