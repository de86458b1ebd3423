"""EventBridge: rules that target SNS topics."""

from __future__ import annotations

import copy
import json
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
        for target in topics:
            message = _message(target, original_event)
            client("sns", rule.region_name).publish(TopicArn=target["Arn"], Message=message)
    others = copy.copy(rule)
    others.targets = [target for target in rule.targets if target not in topics]
    original_of(Rule, "send_to_targets")(others, original_event, transform_input)


def _message(target: dict[str, Any], event: EventMessageType) -> str:
    transformer = target.get("InputTransformer", {})
    transformed: Any = EventTemplateParser.parse(
        transformer.get("InputTemplate"), transformer.get("InputPathsMap", {}), event
    )
    return json.dumps(transformed, ensure_ascii=False)
