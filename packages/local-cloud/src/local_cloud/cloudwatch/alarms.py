"""States of metric alarms, and the kinds of alarms that are refused."""

from __future__ import annotations

from typing import Any, NoReturn

import moto.cloudwatch.models as models
from moto.cloudwatch.exceptions import ValidationError
from moto.cloudwatch.responses import CloudWatchResponse

from local_cloud.patching import add, original_of, replace


def keep_alarm_states() -> None:
    """Create alarms without data, and keep the state of those that are changed."""
    original = original_of(models, "Alarm")

    class Alarm(original):  # type: ignore[misc,valid-type]  # moto's class, as it was before the replacement
        """https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html.

        It needs the name of moto's class, by which moto's serializer finds ``AlarmName`` in ``name``.
        """

        def __init__(self, account_id: str, region_name: str, name: str, **configuration: Any) -> None:
            super().__init__(account_id, region_name, name, **configuration)
            self.state_value = "INSUFFICIENT_DATA"
            before = models.cloudwatch_backends[account_id][region_name].alarms.get(name)
            if before is not None:
                for attribute in (
                    "history",
                    "state_reason",
                    "state_reason_data",
                    "state_updated_timestamp",
                    "state_value",
                ):
                    setattr(self, attribute, getattr(before, attribute))

    replace(models, "Alarm", Alarm)


def refuse_other_alarms() -> None:
    """Refuse calls that moto does not know, by name: unanswered, they end as an internal error."""
    add(CloudWatchResponse, "put_composite_alarm", _refuse("PutCompositeAlarm: composite alarms are"))
    add(CloudWatchResponse, "describe_alarm_history", _refuse("DescribeAlarmHistory: the history of alarms is"))


def _refuse(what: str) -> Any:
    def operation(response: CloudWatchResponse) -> NoReturn:
        raise ValidationError(f"{what} not part of the local cloud; metric alarms are")

    return operation
