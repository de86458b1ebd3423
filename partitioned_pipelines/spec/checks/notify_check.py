"""The rules for ``notify``, beyond keys and types; each error names a valid value."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from partitioned_pipelines.spec.files.problems import did_you_mean
from partitioned_pipelines.spec.model import notify as model

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from partitioned_pipelines.spec.files.problems import Location
    from partitioned_pipelines.spec.model.deployment import Deployment

_ADDRESS = "an email address, an https URL, or the ARN of an SQS queue or a Lambda function"


def notify_problems(options: Deployment) -> Iterator[tuple[Location, str]]:
    """Yield the location and the error of each invalid entry of ``notify``."""
    seen: set[str] = set()
    for index, entry in enumerate(options.notify):
        place: Location = ("notify", index)
        match entry:
            case model.SlackSubscriber(slack=slack):
                yield from _slack_problems((*place, "slack"), slack, options)
                key = f"{slack.workspace}/{slack.channel}"
            case model.ExistingTopic(topic=topic):
                yield from _topic_problems(place, topic, options)
                key = topic
            case _:
                key = entry if isinstance(entry, str) else entry.to
                yield from _address_problems(place if isinstance(entry, str) else (*place, "to"), key, options)
        if key in seen:
            yield place, f"names {key!r} a second time: keep one entry"
        seen.add(key)


def unknown_pipelines(options: Deployment, known: Sequence[str]) -> Iterator[tuple[Location, str]]:
    """Yield the location and the error of each pipeline in ``only`` that the project does not have."""
    for index, entry in enumerate(options.notify):
        for number, name in enumerate((entry.only or ()) if isinstance(entry, model.Subscriber) else ()):
            if name not in known:
                message = f"is {name!r}, which is not a pipeline: {did_you_mean(name, known)}"
                yield ("notify", index, "only", number), message


def _address_problems(place: Location, address: str, options: Deployment) -> Iterator[tuple[Location, str]]:
    if re.fullmatch(f"{model.EMAIL_PATTERN}|{model.HTTPS_PATTERN}", address):
        return
    arn = re.fullmatch(model.RECEIVER_ARN_PATTERN, address)
    if arn is None:
        also = "; for an existing topic, write {topic: ARN}" if re.match("arn:[^:]*:sns:", address) else ""
        yield place, f"is {address!r}: write {_ADDRESS}{also}"
    elif options.region and arn["region"] != options.region:
        yield place, f"is {address!r}, with region {options.region}: use a queue or a function of that region"


def _slack_problems(place: Location, slack: model.SlackChannel, options: Deployment) -> Iterator[tuple[Location, str]]:
    for name, pattern, example in (
        ("workspace", model.WORKSPACE_PATTERN, "T07EA123LEP"),
        ("channel", model.CHANNEL_PATTERN, "C07EZ1ABC23"),
    ):
        value = getattr(slack, name)
        if not re.fullmatch(pattern, value):
            yield (*place, name), f"is {value!r}: write the ID of the {name}, such as {example}, not its name"
    if options.region and options.region.startswith(("cn-", "us-gov-")):
        message = f"is not possible in {options.region}: Amazon Q Developer in chat applications is not available there"
        yield place, message


def _topic_problems(place: Location, topic: str, options: Deployment) -> Iterator[tuple[Location, str]]:
    arn = re.fullmatch(model.TOPIC_ARN_PATTERN, topic)
    if arn is None:
        yield (*place, "topic"), f"is {topic!r}: write the ARN of a standard topic, arn:aws:sns:REGION:ACCOUNT:NAME"
    elif options.region and arn["region"] != options.region:
        yield (*place, "topic"), f"is {topic!r}, with region {options.region}: use a topic of that region"
    if len(options.notify) > 1:
        yield place, "replaces the topic of the lake: remove the other entries, and subscribe them to this topic"
