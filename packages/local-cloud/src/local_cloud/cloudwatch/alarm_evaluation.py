"""Evaluating the metric alarms on request, and their actions. On AWS, alarms are evaluated each minute."""

from __future__ import annotations

import datetime as dt
import json
import logging
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from botocore.loaders import Loader
from moto.cloudwatch.models import CloudWatchBackend, Statistics, cloudwatch_backends

from local_cloud.backend_lock import backend_lock
from local_cloud.clients import client
from local_cloud.cloudwatch.alarm_rule import ALARM, EXTRA_PERIODS, NO_DATA, OK, AlarmRule, Point
from local_cloud.iam.service_access import UnsupportedConditionError, may_call
from local_cloud.settings import ACCOUNT_ID, region

_CLOUDWATCH = "cloudwatch.amazonaws.com"
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class FailedAction:
    """An action of an alarm that was not executed, and why."""

    action: str
    error: str


@dataclass(frozen=True)
class EvaluatedAlarm:
    """An alarm after its evaluation.

    Attributes
    ----------
    state, previous
        The state, and the one before the evaluation.
    since
        The time of the last change, in UTC.
    actions
        The actions that were executed because the state has changed.
    failed_actions
        Those that failed. On AWS, the alarm's history has them.
    """

    name: str
    description: str
    state: str
    previous: str
    reason: str
    since: str
    actions: list[str] = field(default_factory=list)
    failed_actions: list[FailedAction] = field(default_factory=list)


def evaluate_alarms(at: dt.datetime | None = None) -> list[EvaluatedAlarm]:
    """Evaluate all alarms of the cloud's region as of a time, by default now, and execute the actions of those that change.

    The evaluated periods end with the minute of the time.
    """
    now = (at or dt.datetime.now(dt.UTC)).astimezone(dt.UTC).replace(tzinfo=None)
    with backend_lock():
        backend = cloudwatch_backends[ACCOUNT_ID][region()]
        # an alarm may be deleted while another one's action is executed
        return [
            _evaluate(backend, backend.alarms[name], now) for name in sorted(backend.alarms) if name in backend.alarms
        ]


def _evaluate(backend: CloudWatchBackend, alarm: Any, now: dt.datetime) -> EvaluatedAlarm:
    previous = alarm.state_value
    rule = AlarmRule(
        alarm.comparison_operator,
        float(alarm.threshold),
        int(alarm.evaluation_periods),
        int(alarm.datapoints_to_alarm or alarm.evaluation_periods),
        alarm.treat_missing_data or "missing",
    )
    points = _points(backend, alarm, rule.periods + EXTRA_PERIODS, now)
    state, reason = rule.evaluate(points, previous)
    actions: list[str] = []
    failed: list[FailedAction] = []
    if state != previous:
        alarm.update_state(reason, json.dumps(_reason_data(alarm, points, now)), state)
        alarm.state_updated_timestamp = now
        by_state = {OK: alarm.ok_actions, ALARM: alarm.alarm_actions, NO_DATA: alarm.insufficient_data_actions}
        for action in by_state[state] or [] if alarm.actions_enabled else []:
            if error := _execute(action, alarm, previous, now):
                _LOG.warning("the action %s of the alarm %s failed: %s", action, alarm.name, error)
                failed.append(FailedAction(action, error))
            else:
                actions.append(action)
    since = f"{alarm.state_updated_timestamp:%Y-%m-%dT%H:%M:%SZ}"
    return EvaluatedAlarm(
        alarm.name, alarm.description or "", state, previous, alarm.state_reason, since, actions, failed
    )


def _points(backend: CloudWatchBackend, alarm: Any, number: int, now: dt.datetime) -> list[Point]:
    """Return the data points of the last periods, the oldest first. The last one ends with the current minute."""
    dimensions, period = sorted(alarm.dimensions), dt.timedelta(seconds=int(alarm.period))
    found = [
        datum
        for datum in backend.get_all_metrics()
        if (datum.namespace, datum.name) == (alarm.namespace, alarm.metric_name)
        and sorted(datum.dimensions) == dimensions
        and alarm.unit in (None, datum.unit)
    ]
    end = now.replace(second=0, microsecond=0) + dt.timedelta(minutes=1)
    points = []
    for start in (end - period * back for back in range(number, 0, -1)):
        statistics = Statistics([alarm.statistic], start)
        statistics.metric_data = [datum for datum in found if start <= _naive(datum.timestamp) < start + period]
        value: Any = statistics.get_statistics_for_type(alarm.statistic) if statistics.metric_data else None
        points.append(Point(start, None if value is None else float(value)))
    return points


def _naive(time: dt.datetime) -> dt.datetime:
    return time.astimezone(dt.UTC).replace(tzinfo=None) if time.tzinfo else time


def _reason_data(alarm: Any, points: list[Point], now: dt.datetime) -> dict[str, Any]:
    existing = [point for point in points if point.value is not None]
    return {
        "version": "1.0",
        "queryDate": _time(now),
        **({"startDate": _time(existing[0].start)} if existing else {}),
        "statistic": alarm.statistic,
        "period": int(alarm.period),
        "recentDatapoints": [point.value for point in existing],
        "threshold": float(alarm.threshold),
    }


def _execute(action: str, alarm: Any, previous: str, now: dt.datetime) -> str:
    """Publish the alarm's message to a topic, and return why that failed, or an empty string.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-actions.html
    """
    if ":sns:" not in action:
        return "the local cloud only executes actions on SNS topics"
    sns = client("sns", alarm.region_name)
    place = _place(alarm.region_name)
    try:
        policy = sns.get_topic_attributes(TopicArn=action)["Attributes"].get("Policy", "")
        # the owner of an alarm is also the source's owner, as a topic's default policy requires
        context = {"aws:SourceArn": alarm.alarm_arn, "aws:SourceOwner": ACCOUNT_ID}
        if not may_call(policy, _CLOUDWATCH, "sns:Publish", context):
            return f"the topic's policy does not allow {_CLOUDWATCH} to publish for {alarm.alarm_arn}"
        sns.publish(
            TopicArn=action,
            Subject=f'{alarm.state_value}: "{alarm.name}" in {place}'[:100],
            Message=json.dumps(_message(alarm, previous, place, now), ensure_ascii=False),
        )
    except (BotoCoreError, ClientError, UnsupportedConditionError) as error:
        return str(error)
    return ""


def _message(alarm: Any, previous: str, place: str, now: dt.datetime) -> dict[str, Any]:
    """Return the message of a changed alarm, as topics get it from CloudWatch."""
    trigger = {
        "MetricName": alarm.metric_name,
        "Namespace": alarm.namespace,
        "StatisticType": "Statistic",
        "Statistic": alarm.statistic.upper(),
        "Unit": alarm.unit,
        "Dimensions": [{"value": dimension.value, "name": dimension.name} for dimension in alarm.dimensions],
        "Period": int(alarm.period),
        "EvaluationPeriods": int(alarm.evaluation_periods),
        **({"DatapointsToAlarm": int(alarm.datapoints_to_alarm)} if alarm.datapoints_to_alarm else {}),
        "ComparisonOperator": alarm.comparison_operator,
        "Threshold": float(alarm.threshold),
        "TreatMissingData": alarm.treat_missing_data or "missing",
        "EvaluateLowSampleCountPercentile": "",
    }
    return {
        "AlarmName": alarm.name,
        "AlarmDescription": alarm.description,
        "AWSAccountId": ACCOUNT_ID,
        "AlarmConfigurationUpdatedTimestamp": _time(alarm.configuration_updated_timestamp),
        "NewStateValue": alarm.state_value,
        "NewStateReason": alarm.state_reason,
        "StateChangeTime": _time(now),
        "Region": place,
        "AlarmArn": alarm.alarm_arn,
        "OldStateValue": previous,
        "OKActions": alarm.ok_actions or [],
        "AlarmActions": alarm.alarm_actions or [],
        "InsufficientDataActions": alarm.insufficient_data_actions or [],
        "Trigger": trigger,
    }


def _time(time: dt.datetime) -> str:
    return f"{time.isoformat(timespec='milliseconds')}+0000"


def _place(name: str) -> str:
    """Return a region's name for people, such as ``Asia Pacific (Tokyo)``."""
    partitions = Loader().load_data("endpoints")["partitions"]
    found = (partition["regions"][name]["description"] for partition in partitions if name in partition["regions"])
    return str(next(found, name))
