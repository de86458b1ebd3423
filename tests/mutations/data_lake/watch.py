"""Breakages of the watch, its schedule, its alarm and the dashboards."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.mutations.mutation import Mutation, statement

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.synthesized.resolved_stack import ResolvedStack

_ROLE = "FreshnessWatchRole"


def _permissions(name: str, finding: str, apply: Callable[[ResolvedStack], object]) -> Mutation:
    return Mutation(name, "watch_permissions", finding, apply)


def _schedule(lake: ResolvedStack) -> dict[str, Any]:
    return lake.only("AWS::Scheduler::Schedule")


def _change_event(lake: ResolvedStack, **changes: Any) -> None:
    target = _schedule(lake)["Target"]
    target["Input"] = json.dumps({**json.loads(target["Input"]), **changes})


def _alarm(lake: ResolvedStack, metric: str = "Invocations") -> dict[str, Any]:
    (alarm,) = (
        resource["Properties"]
        for resource in lake.of_type("AWS::CloudWatch::Alarm")
        if resource["Properties"]["MetricName"] == metric
    )
    found: dict[str, Any] = alarm
    return found


def _clock_trust(lake: ResolvedStack) -> dict[str, Any]:
    role = lake.role_of("scheduler.amazonaws.com", within="Freshness")
    trust: dict[str, Any] = role["AssumeRolePolicyDocument"]["Statement"][0]
    return trust


def _change_widgets(lake: ResolvedStack, change: Callable[[list[dict[str, Any]]], object]) -> None:
    dashboard = lake.only("AWS::CloudWatch::Dashboard")
    body = json.loads(dashboard["DashboardBody"])
    change(body["widgets"])
    dashboard["DashboardBody"] = json.dumps(body)


def _forget_flights(widgets: list[dict[str, Any]]) -> None:
    for widget in widgets:
        metrics = widget["properties"].get("metrics", [])
        metrics[:] = [metric for metric in metrics if "flights" not in json.dumps(metric)]


def _copy_alarm(lake: ResolvedStack) -> None:
    copied = json.loads(json.dumps(_alarm(lake)))
    lake.resources["Another"] = {
        "Type": "AWS::CloudWatch::Alarm",
        "Properties": {**copied, "AlarmName": "pipelines-flights-failed", "MetricName": "ExecutionsFailed"},
    }


WATCH_MUTATIONS = [
    _permissions(
        "let the watch read data",
        "has s3:GetObject on arn:aws:s3:::pipelines-data-lake-lakebucketb1d32e10/tables/*",
        lambda lake: statement(lake, "s3:GetObject", _ROLE).update(
            Resource="arn:aws:s3:::pipelines-data-lake-lakebucketb1d32e10/tables/*"
        ),
    ),
    _permissions(
        "let the watch list the whole bucket",
        "has s3:ListBucket",
        lambda lake: statement(lake, "s3:ListBucket", _ROLE).pop("Condition"),
    ),
    _permissions(
        "let the watch change schedules",
        "has scheduler:UpdateSchedule",
        lambda lake: statement(lake, "scheduler:GetSchedule", _ROLE).update(
            Action=["scheduler:GetSchedule", "scheduler:UpdateSchedule"]
        ),
    ),
    _permissions(
        "let the watch list the executions of every state machine",
        "has states:ListExecutions",
        lambda lake: statement(lake, "states:ListExecutions", _ROLE).update(Resource="*"),
    ),
    _permissions(
        "do not let the watch describe executions",
        "lacks states:DescribeExecution",
        lambda lake: statement(lake, "states:DescribeExecution", _ROLE).update(Action="states:ListExecutions"),
    ),
    _permissions(
        "do not let the watch see partitions",
        "lacks glue:GetPartitions",
        lambda lake: statement(lake, "glue:GetPartitions", _ROLE).update(Action="glue:GetPartition"),
    ),
    _permissions(
        "do not let the watch publish",
        "lacks sns:Publish",
        lambda lake: statement(lake, "sns:Publish", _ROLE).update(Resource="arn:aws:sns:*:*:other"),
    ),
    Mutation(
        "let the watch stop runs",
        "watch_calls",
        "states:StopExecution on arn:aws:states:ap-northeast-1:123456789012:execution:pipelines-told:x is allowed",
        lambda lake: statement(lake, "states:DescribeExecution", _ROLE).update(Action="states:*"),
    ),
    Mutation(
        "keep the watch from the marks",
        "watch_calls",
        "s3:ListBucket",
        lambda lake: statement(lake, "s3:ListBucket", _ROLE)["Condition"]["StringLike"].update(
            {"s3:prefix": ["tables/analytics/*/receipts/"]}
        ),
    ),
    Mutation(
        "let the clock call any function",
        "watch_clock_permissions",
        "has lambda:InvokeFunction on *",
        lambda lake: statement(lake, "lambda:InvokeFunction", "FreshnessClock").update(Resource="*"),
    ),
    Mutation(
        "let the Scheduler of other groups use the clock's role",
        "watch_clock_trust",
        "trust is",
        lambda lake: _clock_trust(lake)["Condition"]["StringEquals"].pop("aws:SourceArn"),
    ),
    Mutation(
        "watch once a day",
        "watch_schedule",
        "ScheduleExpression is rate(1 day)",
        lambda lake: _schedule(lake).update(ScheduleExpression="rate(1 day)"),
    ),
    Mutation(
        "switch the watch off",
        "watch_schedule",
        "State is DISABLED",
        lambda lake: _schedule(lake).update(State="DISABLED"),
    ),
    Mutation(
        "lose what cannot be delivered to the watch",
        "watch_schedule",
        "DeadLetterConfig is None",
        lambda lake: _schedule(lake)["Target"].pop("DeadLetterConfig"),
    ),
    Mutation(
        "lose the events for which the watch failed",
        "watch_schedule",
        "function's DeadLetterConfig is None",
        lambda lake: lake.function("watch").pop("DeadLetterConfig"),
    ),
    Mutation(
        "watch the time of delivery",
        "watch_schedule",
        "at is None",
        lambda lake: _change_event(lake, at=None),
    ),
    Mutation(
        "tell another topic",
        "watch_schedule",
        "topic is",
        lambda lake: _change_event(lake, topic="arn:aws:sns:ap-northeast-1:123456789012:other"),
    ),
    Mutation(
        "take silence for health",
        "silent_alarm",
        "TreatMissingData is notBreaching",
        lambda lake: _alarm(lake).update(TreatMissingData="notBreaching"),
    ),
    Mutation(
        "alarm at the first deployment",
        "silent_alarm",
        "TreatMissingData is breaching",
        lambda lake: _alarm(lake).update(TreatMissingData="breaching"),
    ),
    Mutation(
        "tell nobody of silence",
        "silent_alarm",
        "InsufficientDataActions is None",
        lambda lake: _alarm(lake).pop("InsufficientDataActions"),
    ),
    Mutation(
        "add an alarm for a pipeline",
        "two_alarms",
        "the alarms are",
        _copy_alarm,
    ),
    Mutation(
        "leave a pipeline off the dashboard",
        "dashboards",
        "flights is on no dashboard",
        lambda lake: _change_widgets(lake, _forget_flights),
    ),
    Mutation(
        "lose a widget",
        "dashboards",
        "the widgets are",
        lambda lake: _change_widgets(lake, lambda widgets: widgets.pop()),
    ),
    Mutation(
        "put a widget on another",
        "dashboards",
        "the widgets overlap",
        lambda lake: _change_widgets(lake, lambda widgets: widgets[3].update(x=12)),
    ),
]
