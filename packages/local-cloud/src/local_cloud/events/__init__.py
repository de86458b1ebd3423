"""EventBridge: rules with SNS topics as targets."""

from __future__ import annotations

import copy
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from moto.events.models import Rule
from moto.events.utils import EventTemplateParser

from local_cloud.clients import client
from local_cloud.patching import original_of, replace

if TYPE_CHECKING:
    from moto.events.utils import EventMessageType

    from local_cloud.settings import Settings


def install(settings: Settings) -> None:
    """Add SNS topics to the targets that moto delivers to."""
    # moto: EventBridge's rules do not deliver to SNS topics; https://github.com/getmoto/moto/issues/5906 (open; further targets)
    replace(Rule, "send_to_targets", _send_to_targets)


def _send_to_targets(rule: Rule, original_event: EventMessageType, transform_input: bool = True) -> None:
    topics = [target for target in rule.targets if ":sns:" in target["Arn"]]
    if topics and rule.state == "ENABLED" and rule.event_pattern.matches_event(original_event):
        # moto's time is in seconds; events have an ISO date and time: https://docs.aws.amazon.com/eventbridge/latest/ref/overiew-event-structure.html
        event = copy.copy(original_event)
        event["time"] = _date_and_time(original_event["time"])
        for target in topics:
            message = _message(target, event)
            client("sns", rule.region_name).publish(TopicArn=target["Arn"], Message=message)
    others = copy.copy(rule)
    others.targets = [target for target in rule.targets if target not in topics]
    original_of(Rule, "send_to_targets")(others, original_event, transform_input)


def _date_and_time(seconds: str | float) -> str:
    return datetime.fromtimestamp(float(seconds), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _message(target: dict[str, Any], event: EventMessageType) -> str:
    """Return the message for a topic: the matched event, or the target's Input, InputPath or InputTransformer."""
    transformer = target.get("InputTransformer")
    if not transformer:
        return json.dumps(
            {name: value for name, value in event.items() if name != "ingestion-time"}, ensure_ascii=False
        )
    transformed: Any = EventTemplateParser.parse(
        transformer["InputTemplate"], transformer.get("InputPathsMap", {}), event
    )
    return json.dumps(transformed, ensure_ascii=False)
