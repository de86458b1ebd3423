"""EventBridge: rules that target SNS topics."""

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
    """Deliver to topics here, and leave every other target to moto."""
    replace(Rule, "send_to_targets", _send_to_targets)


def _send_to_targets(rule: Rule, original_event: EventMessageType, transform_input: bool = True) -> None:
    topics = [target for target in rule.targets if ":sns:" in target["Arn"]]
    if topics and rule.state == "ENABLED" and rule.event_pattern.matches_event(original_event):
        # moto keeps seconds; an event has a date and a time: https://docs.aws.amazon.com/eventbridge/latest/ref/overiew-event-structure.html
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
    """Send a topic the event as it matched, or what the target makes of it."""
    transformer = target.get("InputTransformer")
    if not transformer:
        return json.dumps(
            {name: value for name, value in event.items() if name != "ingestion-time"}, ensure_ascii=False
        )
    transformed: Any = EventTemplateParser.parse(
        transformer["InputTemplate"], transformer.get("InputPathsMap", {}), event
    )
    return json.dumps(transformed, ensure_ascii=False)
