"""The checks of CreateSchedule and UpdateSchedule beyond the model.

https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateSchedule.html
"""

from __future__ import annotations

import json
import re
import zoneinfo
from typing import TYPE_CHECKING, Any

from moto.scheduler.exceptions import ScheduleGroupNotFound, ValidationException
from moto.scheduler.responses import EventBridgeSchedulerResponse

from local_cloud.patching import original_of, replace
from local_cloud.scheduler.expressions import is_schedule_expression

if TYPE_CHECKING:
    from moto.scheduler.models import EventBridgeSchedulerBackend

_ARN = re.compile(r"arn:aws[a-z-]*:[a-z0-9-]+:[a-z0-9-]*:(\d{12}|aws)?:.+")
_JSON_TARGETS = (":states:", ":lambda:", ":events:")
_MOST_INPUT_BYTES = 256 * 1024


def check_schedules() -> None:
    """Add the checks to moto's operations."""
    # moto: EventBridge Scheduler accepts invalid expressions, timezones, flexible windows and targets; not reported yet: AWS answers
    # ValidationException.
    replace(EventBridgeSchedulerResponse, "create_schedule", _create_schedule)
    replace(EventBridgeSchedulerResponse, "update_schedule", _update_schedule)


def _create_schedule(self: EventBridgeSchedulerResponse) -> str:
    request = json.loads(self.body)
    _check(request, self.scheduler_backend)
    answer: str = original_of(EventBridgeSchedulerResponse, "create_schedule")(self)
    return answer


def _update_schedule(self: EventBridgeSchedulerResponse) -> str:
    request = json.loads(self.body)
    _check(request, self.scheduler_backend)
    answer: str = original_of(EventBridgeSchedulerResponse, "update_schedule")(self)
    return answer


def _check(request: dict[str, Any], backend: EventBridgeSchedulerBackend) -> None:
    expression = request["ScheduleExpression"]
    if not is_schedule_expression(expression):
        raise ValidationException(f"Invalid Schedule Expression {expression}.")
    timezone = request.get("ScheduleExpressionTimezone") or "UTC"
    if timezone not in zoneinfo.available_timezones():
        raise ValidationException(f"Invalid Schedule Expression Timezone {timezone}.")
    window = request["FlexibleTimeWindow"]
    if (window["Mode"] == "FLEXIBLE") != ("MaximumWindowInMinutes" in window):
        raise ValidationException(
            "MaximumWindowInMinutes must be given for the FlexibleTimeWindow mode FLEXIBLE, and for no other"
        )
    _check_target(request["Target"])
    group = request.get("GroupName") or "default"
    if group not in backend.schedule_groups:
        raise ScheduleGroupNotFound(group)


def _check_target(target: dict[str, Any]) -> None:
    if not _ARN.fullmatch(target["Arn"]):
        raise ValidationException(f"Provided Arn is not in correct format: {target['Arn']}")
    payload = target.get("Input")
    if payload is None:
        return
    if len(payload.encode()) > _MOST_INPUT_BYTES:
        raise ValidationException(
            f"Target.Input must have at most {_MOST_INPUT_BYTES} bytes, not {len(payload.encode())}"
        )
    if any(service in target["Arn"] for service in _JSON_TARGETS):
        try:
            json.loads(payload)
        except ValueError as error:
            raise ValidationException(f"Target.Input must be well-formed JSON for {target['Arn']}: {error}") from error
