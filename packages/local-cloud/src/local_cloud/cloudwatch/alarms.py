"""The states of metric alarms, and unsupported kinds of alarms."""

from __future__ import annotations

from typing import Any, NoReturn

import moto.cloudwatch.models as models
from moto.cloudwatch.exceptions import ValidationError
from moto.cloudwatch.responses import CloudWatchResponse

from local_cloud.cloudwatch.alarm_rule import COMPARISONS
from local_cloud.patching import add, original_of, replace


def keep_alarm_states() -> None:
    """Create alarms in the state INSUFFICIENT_DATA, and keep their state when they are updated."""
    original = original_of(models, "Alarm")

    class Alarm(original):  # type: ignore[misc,valid-type]  # moto's original class
        """A metric alarm: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html.

        The class must be named as moto's: its serializer then finds ``AlarmName`` in ``name``.
        """

        def __init__(self, account_id: str, region_name: str, name: str, **configuration: Any) -> None:
            _refuse_other_kinds(configuration)
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

    # extension: alarms that could not be evaluated are rejected by name.
    # moto: CloudWatch's PutMetricAlarm creates alarms in the state OK, and resets the state of an existing alarm; not reported yet: new alarms
    # are in the state INSUFFICIENT_DATA, and an update keeps the state.
    replace(models, "Alarm", Alarm)


def refuse_other_alarms() -> None:
    """Reject unsupported operations by name."""
    # extension: unsupported operations are rejected by name instead of an internal error.
    add(CloudWatchResponse, "put_composite_alarm", _refuse("PutCompositeAlarm: composite alarms are"))
    add(CloudWatchResponse, "describe_alarm_history", _refuse("DescribeAlarmHistory: the history of alarms is"))


def _refuse_other_kinds(configuration: dict[str, Any]) -> None:
    """Reject an alarm that could not be evaluated."""
    kinds = {"metric_data_queries": "expressions", "extended_statistic": "percentiles", "threshold_metric_id": "bands"}
    for name, kind in kinds.items():
        if configuration.get(name):
            raise ValidationError(
                f"PutMetricAlarm: alarms on {kind} are not supported by the local cloud, only metric alarms"
            )
    if configuration["comparison_operator"] not in COMPARISONS:
        raise ValidationError(
            f"PutMetricAlarm: the local cloud does not support {configuration['comparison_operator']}, only {', '.join(sorted(COMPARISONS))}"
        )


def _refuse(what: str) -> Any:
    def operation(response: CloudWatchResponse) -> NoReturn:
        raise ValidationError(f"{what} not supported by the local cloud, only metric alarms")

    return operation
