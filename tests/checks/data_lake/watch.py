"""Checks of the watch in the lake's stack: its permissions, its schedule, its alarm, and the dashboards; each returns its findings."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.checks.data_lake.notices import QUEUE_ARN, TOPIC_ARN
from tests.iam.expected_permissions import catalog_key_permissions
from tests.iam.policies import permissions, permissions_findings
from tests.synthesized.intrinsics import ACCOUNT, REGION
from tests.synthesized.resolved_stack import as_list

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.iam.policies import Permission
    from tests.synthesized.resolved_stack import ResolvedStack

_GLUE, _STATES = f"arn:aws:glue:{REGION}:{ACCOUNT}", f"arn:aws:states:{REGION}:{ACCOUNT}"
_SAGEMAKER = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:pipeline/pipelines-*"
_CATALOG_KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/5555abcd-12ab-34cd-56ef-1234567890ab"
# Written by hand: the databases with tables of which only runs tell what was published, or whose partitions are their folders.
_LISTED = {"kinds": "output", "by_hand": "runs"}


def watch_permissions(lake: ResolvedStack) -> list[str]:
    """Check that the watch can read what tells which intervals are published, of the pipelines in its event, and publish notices."""
    role = lake.role_of("lambda.amazonaws.com", within="Freshness")
    return permissions_findings("the watch", lake.statements_of(role), _watch_permissions(lake))


def watch_clock_permissions(lake: ResolvedStack) -> list[str]:
    """Check that the schedule of the watch can call it, and send what it cannot deliver to the queue."""
    role = lake.role_of("scheduler.amazonaws.com", within="Freshness")
    return permissions_findings("the clock", lake.statements_of(role), _clock_permissions(lake))


def watch_clock_trust(lake: ResolvedStack) -> list[str]:
    """Check that only the Scheduler may use the role, on behalf of the lake's group in this account."""
    expected = {
        "Effect": "Allow",
        "Principal": {"Service": "scheduler.amazonaws.com"},
        "Action": "sts:AssumeRole",
        "Condition": {
            "StringEquals": {
                "aws:SourceAccount": ACCOUNT,
                "aws:SourceArn": f"arn:aws:scheduler:{REGION}:{ACCOUNT}:schedule-group/{lake.name}",
            }
        },
    }
    role = lake.role_of("scheduler.amazonaws.com", within="Freshness")
    return [
        f"the clock's trust is {statement}"
        for statement in role["AssumeRolePolicyDocument"]["Statement"]
        if statement != expected
    ]


def watch_schedule(lake: ResolvedStack) -> list[str]:
    """Check that the watch runs once an hour, about the scheduled time, and that failures reach the queue."""
    schedule, function = lake.only("AWS::Scheduler::Schedule"), lake.function("watch")
    target, given = schedule["Target"], _event(lake)
    expected = {
        "Name": (schedule["Name"], "pipelines-watch"),
        "GroupName": (schedule["GroupName"], lake.name),
        "ScheduleExpression": (schedule["ScheduleExpression"], "cron(20 * * * ? *)"),
        "State": (schedule.get("State", "ENABLED"), "ENABLED"),
        "DeadLetterConfig": (target.get("DeadLetterConfig"), {"Arn": QUEUE_ARN}),
        "at": (given.get("at"), "<aws.scheduler.scheduled-time>"),
        "topic": (given.get("topic"), TOPIC_ARN),
        "lake_bucket": (given.get("lake_bucket"), lake.outputs["LakeBucketName"]),
        "machines": (given.get("machines"), f"{_STATES}:stateMachine:"),
        "function's DeadLetterConfig": (function.get("DeadLetterConfig"), {"TargetArn": QUEUE_ARN}),
    }
    found = [f"the watch's {name} is {value}" for name, (value, wanted) in expected.items() if value != wanted]
    if len(target["Input"].encode()) > 256 * 1024:
        found.append(f"the watch's input has {len(target['Input'])} bytes")
    return found


def silent_alarm(lake: ResolvedStack) -> list[str]:
    """Check that three hours without an invocation are an alarm, that missing data counts as silence, and that a new alarm is none."""
    (alarm,) = (
        resource["Properties"]
        for resource in lake.of_type("AWS::CloudWatch::Alarm")
        if resource["Properties"]["MetricName"] == "Invocations"
    )
    expected: dict[str, Any] = {
        "AlarmName": "pipelines-watch-silent",
        "Namespace": "AWS/Lambda",
        "Statistic": "Sum",
        "Period": 3600,
        "EvaluationPeriods": 3,
        "Threshold": 1,
        "ComparisonOperator": "LessThanThreshold",
        "TreatMissingData": "missing",
        "InsufficientDataActions": [TOPIC_ARN],
        "AlarmActions": [TOPIC_ARN],
        "OKActions": [TOPIC_ARN],
    }
    found = [f"the alarm's {name} is {alarm.get(name)}" for name, value in expected.items() if alarm.get(name) != value]
    if "watch" not in str(alarm["Dimensions"]).lower():
        found.append(f"the alarm watches {alarm['Dimensions']}")
    return found


def two_alarms(lake: ResolvedStack) -> list[str]:
    """Check that the lake has two alarms, and no metric that is paid for, whatever the number of its pipelines."""
    names = sorted(resource["Properties"]["AlarmName"] for resource in lake.of_type("AWS::CloudWatch::Alarm"))
    found = [] if names == ["pipelines-undelivered", "pipelines-watch-silent"] else [f"the alarms are {names}"]
    paid = ("AWS::Logs::MetricFilter", "AWS::CloudWatch::CompositeAlarm", "AWS::CloudWatch::AnomalyDetector")
    return found + [f"there is a {kind}" for kind in paid if lake.of_type(kind)]


def dashboards(lake: ResolvedStack) -> list[str]:
    """Check that each dashboard has nine widgets that do not overlap, and that every pipeline is on one."""
    bodies = [json.loads(each["Properties"]["DashboardBody"]) for each in lake.of_type("AWS::CloudWatch::Dashboard")]
    found = []
    for body in bodies:
        kinds = [widget["type"] for widget in body["widgets"]]
        if kinds != ["text", "alarm", "metric", "metric", "metric", "metric", "log", "log", "log"]:
            found.append(f"the widgets are {kinds}")
        cells = [
            (x, y)
            for widget in body["widgets"]
            for x in range(widget["x"], widget["x"] + widget["width"])
            for y in range(widget["y"], widget["y"] + widget["height"])
        ]
        if len(cells) != len(set(cells)) or max(x for x, _ in cells) != 23:
            found.append("the widgets overlap, or leave the dashboard")
    text = json.dumps(bodies)
    found += [
        f"{pipeline['name']} is on no dashboard"
        for pipeline in _event(lake)["pipelines"]
        if f'"{pipeline["stack_name"]}"' not in text and f':stateMachine:{pipeline["stack_name"]}"' not in text
    ]
    return found


def _event(lake: ResolvedStack) -> dict[str, Any]:
    event: dict[str, Any] = json.loads(lake.only("AWS::Scheduler::Schedule")["Target"]["Input"])
    return event


def _watch_permissions(lake: ResolvedStack) -> Iterator[Permission]:
    pipelines, bucket = _event(lake)["pipelines"], f"arn:aws:s3:::{lake.outputs['LakeBucketName']}"
    tables = [table for pipeline in pipelines for table in pipeline["tables"]]
    databases = {table["database_name"] for table in tables}
    receipts = [f"tables/{name}/*/receipts/*" for name in databases]
    folders = [f"tables/{name}/*/{folder}/*" for name, folder in _LISTED.items() if name in databases]
    listed = {"StringLike": {"s3:prefix": sorted([*receipts, *folders])}}
    yield from permissions(["s3:ListBucket"], [bucket], listed)
    yield from permissions(["s3:GetObject"], [f"{bucket}/{prefix}" for prefix in receipts])
    cataloged = {table["database_name"] for table in tables if table["registration"] != "projection"}
    resources = [
        "catalog",
        *(f"{kind}/{name}{rest}" for name in cataloged for kind, rest in (("database", ""), ("table", "/*"))),
    ]
    yield from permissions(["glue:GetPartitions"], [f"{_GLUE}:{resource}" for resource in resources])
    if not all(pipeline["sagemaker"] for pipeline in pipelines):
        yield from permissions(["states:ListExecutions"], [f"{_STATES}:stateMachine:pipelines-*"])
        yield from permissions(["states:DescribeExecution"], [f"{_STATES}:execution:pipelines-*:*"])
    if any(pipeline["sagemaker"] for pipeline in pipelines):
        yield from permissions(["sagemaker:ListPipelineExecutions"], [_SAGEMAKER])
        yield from permissions(["sagemaker:ListPipelineParametersForExecution"], [f"{_SAGEMAKER}/execution/*"])
    schedules = f"arn:aws:scheduler:{REGION}:{ACCOUNT}:schedule/pipelines-*/pipelines-*"
    yield from permissions(["scheduler:GetSchedule"], [schedules])
    yield from permissions(["sns:Publish"], [TOPIC_ARN])
    yield from permissions(["sqs:SendMessage"], [QUEUE_ARN])
    (group,) = (key for key in lake.resources if key.startswith("FreshnessWatchLog"))
    logs = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{lake.name}-{group}:*"
    yield from permissions(["logs:CreateLogStream", "logs:PutLogEvents"], [logs])
    yield from _key_permissions(lake, bucket)


def _clock_permissions(lake: ResolvedStack) -> Iterator[Permission]:
    yield from permissions(["lambda:InvokeFunction"], as_list(lake.only("AWS::Scheduler::Schedule")["Target"]["Arn"]))
    yield from permissions(["sqs:SendMessage"], [QUEUE_ARN])
    yield from _uses(lake, "sqs", "aws:sqs:arn", QUEUE_ARN)


def _key_permissions(lake: ResolvedStack, bucket: str) -> Iterator[Permission]:
    """Yield the permissions on keys: the catalog's, and the lake's for its objects, its topic and its queue."""
    if lake.of_type("AWS::SSM::Parameter") and "watch-role-arn" in str(lake.of_type("AWS::SSM::Parameter")):
        # All projects with Lake Formation also have an encrypted catalog.
        yield from catalog_key_permissions(_CATALOG_KEY)
    condition = {
        "StringEquals": {"kms:ViaService": f"s3.{REGION}.amazonaws.com"},
        "StringLike": {"kms:EncryptionContext:aws:s3:arn": [bucket, f"{bucket}/*"]},
    }
    if key := _key(lake):
        yield from permissions(["kms:Decrypt"], [key], condition)
    yield from _uses(lake, "sns", "aws:sns:topicArn", TOPIC_ARN)
    yield from _uses(lake, "sqs", "aws:sqs:arn", QUEUE_ARN)


def _uses(lake: ResolvedStack, service: str, context: str, resource: str) -> Iterator[Permission]:
    condition = {
        "StringEquals": {
            f"kms:EncryptionContext:{context}": resource,
            "kms:ViaService": f"{service}.{REGION}.amazonaws.com",
        }
    }
    if key := _key(lake):
        yield from permissions(["kms:Decrypt", "kms:GenerateDataKey"], [key], condition)


def _key(lake: ResolvedStack) -> str | None:
    result = lake.only("AWS::Athena::WorkGroup")["WorkGroupConfiguration"]["ResultConfiguration"]
    key: str | None = result.get("EncryptionConfiguration", {}).get("KmsKey")
    return key


WATCH_CHECKS: dict[str, Callable[[ResolvedStack], list[str]]] = {
    check.__name__: check
    for check in (
        watch_permissions,
        watch_clock_permissions,
        watch_clock_trust,
        watch_schedule,
        silent_alarm,
        two_alarms,
        dashboards,
    )
}
