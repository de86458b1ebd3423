"""Events that reach a bus: those of users by PutEvents, and those of services."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from moto.core.utils import unix_time
from moto.events.exceptions import ValidationException
from moto.events.models import EventsBackend, events_backends

from local_cloud.backend_lock import backend_lock
from local_cloud.patching import replace
from local_cloud.settings import ACCOUNT_ID

if TYPE_CHECKING:
    from collections.abc import Mapping

_MOST_ENTRIES = 10
_SERVICE_PREFIX = "aws."
_REQUIRED = ("Source", "DetailType", "Detail")


def install() -> None:
    """Replace moto's PutEvents."""
    # moto: EventBridge's PutEvents accepts sources that begin with "aws.", and details that are no objects; not reported yet: AWS answers
    # NotAuthorizedForSource and MalformedDetail.
    replace(EventsBackend, "put_events", _put_events)


def put_service_event(
    region: str, source: str, detail_type: str, resources: list[str], detail: Mapping[str, Any]
) -> None:
    """Put an event of an AWS service on the default bus."""
    with backend_lock():
        event = _event(region, source, detail_type, resources, dict(detail), unix_time())
        _send(events_backends[ACCOUNT_ID][region], "default", event)


def has_rules(region: str) -> bool:
    """Return whether the default bus has a rule, so that events are worth putting."""
    return bool(events_backends[ACCOUNT_ID][region].event_buses["default"].rules)


def iso_time(seconds: float) -> str:
    """Return a time in the form of events: https://docs.aws.amazon.com/eventbridge/latest/ref/overiew-event-structure.html."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _put_events(self: EventsBackend, events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    if len(events) > _MOST_ENTRIES:
        raise ValidationException(
            "1 validation error detected: Value '[PutEventsRequestEntry]' at 'entries' failed to satisfy constraint: Member must have length "
            f"less than or equal to {_MOST_ENTRIES}"
        )
    return [_put(self, entry) for entry in events]


def _put(backend: EventsBackend, entry: dict[str, Any]) -> dict[str, str]:
    """Send an entry to the rules of its bus, and return its result."""
    for name in _REQUIRED:
        if not entry.get(name):
            reason = f"Parameter {name} is not valid. Reason: {name} is a required argument."
            return {"ErrorCode": "InvalidArgument", "ErrorMessage": reason}
    if entry["Source"].startswith(_SERVICE_PREFIX):
        return {"ErrorCode": "NotAuthorizedForSourceException", "ErrorMessage": "Not authorized for the source."}
    try:
        detail = json.loads(entry["Detail"])
    except ValueError:
        detail = None
    if not isinstance(detail, dict):
        return {"ErrorCode": "MalformedDetail", "ErrorMessage": "Detail is malformed."}
    time = float(entry.get("Time") or unix_time())
    event = _event(backend.region_name, entry["Source"], entry["DetailType"], entry.get("Resources", []), detail, time)
    _send(backend, backend._normalize_event_bus_arn(entry.get("EventBusName")), event)
    return {"EventId": event["id"]}


def _event(
    region: str, source: str, detail_type: str, resources: list[str], detail: dict[str, Any], time: float
) -> dict[str, Any]:
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": detail_type,
        "source": source,
        "account": ACCOUNT_ID,
        "time": iso_time(time),
        "region": region,
        "resources": resources,
        "detail": detail,
        "ingestion-time": iso_time(unix_time()),
    }


def _send(backend: EventsBackend, bus_name: str, event: Any) -> None:
    bus = backend.describe_event_bus(bus_name)
    for rule in list(bus.rules.values()):
        rule.send_to_targets(event)
