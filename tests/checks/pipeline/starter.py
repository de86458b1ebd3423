"""Checks of what starts a pipeline when its inputs are there: the function, its permissions, its rule and its deadlines."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.checks.data_lake.notices import QUEUE_ARN
from tests.iam.policies import permissions, permissions_findings
from tests.synthesized.intrinsics import ACCOUNT, REGION

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from tests.iam.policies import Permission
    from tests.synthesized.subject import Subject

# By hand, by pipeline of the waiting project: the tables that are read, the prefix that is listed, whether intervals are skipped.
_READ = {"reader": ["daily"], "summary": ["daily", "reader"], "landed": []}
_ARRIVES = {"landed": "raw/landed/"}
_SKIPS = {"reader"}
_DEADLINES = {
    "reader": ("cron(0 6 * * ? *)", "Asia/Tokyo"),
    "summary": ("cron(0 6 ? * TUE *)", "Asia/Tokyo"),
    "landed": ("cron(0 0 * * ? *)", "UTC"),
}


def _waits(subject: Subject) -> bool:
    return "StartRunFunctionName" in subject.stack.outputs


def start_permissions(subject: Subject) -> list[str]:
    """Check the permissions of StartRun's role."""
    if not _waits(subject):
        return []
    function = subject.stack.function("start_run")
    (role,) = (
        resource["Properties"]
        for logical_id, resource in subject.stack.resources.items()
        if resource["Type"] == "AWS::IAM::Role" and function["Role"].endswith(f"{subject.stack.name}-{logical_id}"[:64])
    )
    return permissions_findings("StartRun", subject.stack.statements_of(role), _expected_permissions(subject))


def _expected_permissions(subject: Subject) -> Iterable[Permission]:
    name, lake = subject.pipeline.name, f"arn:aws:s3:::{subject.lake_bucket}"
    marks = [f"tables/waits/{table}/receipts/intervals/" for table in {*_READ[name], name}]
    prefixes = sorted([f"starts/{name}/", *marks, *([_ARRIVES[name]] if name in _ARRIVES else [])])
    yield from permissions(
        ["s3:ListBucket"], [lake], {"StringLike": {"s3:prefix": [f"{prefix}*" for prefix in prefixes]}}
    )
    yield from permissions(["s3:GetObject", "s3:PutObject"], [f"{lake}/starts/{name}/*"])
    if name in _SKIPS:
        yield from permissions(["s3:PutObject"], [f"{lake}/tables/waits/{name}/receipts/intervals/*.skipped.*"])
    if subject.is_sagemaker_pipeline:
        pipeline = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:pipeline/{subject.stack.outputs['PipelineName']}"
        yield from permissions(["sagemaker:StartPipelineExecution"], [pipeline])
    else:
        yield from permissions(["states:StartExecution"], [subject.stack.outputs["StateMachineArn"]])
    schedule = f"schedule/{subject.stack.name}/{subject.stack.name}"
    yield from permissions(["scheduler:GetSchedule"], [f"arn:aws:scheduler:{REGION}:{ACCOUNT}:{schedule}"])
    yield from permissions(["sqs:SendMessage"], [QUEUE_ARN])
    if subject.key_arn:
        via_s3 = {
            "StringLike": {"kms:EncryptionContext:aws:s3:arn": [lake, f"{lake}/*"]},
            "StringEquals": {"kms:ViaService": f"s3.{REGION}.amazonaws.com"},
        }
        via_sqs = {"kms:ViaService": f"sqs.{REGION}.amazonaws.com", "kms:EncryptionContext:aws:sqs:arn": QUEUE_ARN}
        yield from permissions(["kms:Decrypt", "kms:GenerateDataKey"], [subject.key_arn], via_s3)
        yield from permissions(["kms:Decrypt", "kms:GenerateDataKey"], [subject.key_arn], {"StringEquals": via_sqs})
    group = subject.stack.function("start_run")["LoggingConfig"]["LogGroup"]
    arn = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{group}:*"
    yield from permissions(["logs:CreateLogStream", "logs:PutLogEvents"], [arn])


def start_rule(subject: Subject) -> list[str]:
    """Check which events call StartRun, with what, and that EventBridge may call it for this rule alone."""
    if not _waits(subject):
        return []
    name, stack = subject.pipeline.name, subject.stack
    rule = stack.only("AWS::Events::Rule", "Starter")
    published = {
        "source": ["partitioned-pipelines.pipelines"],
        "detail-type": ["Partitions Published"],
        "detail": {"table": [f"waits.{table}" for table in _READ[name]]},
    }
    arrived = {
        "source": ["aws.s3"],
        "detail-type": ["Object Created"],
        "detail": {
            "bucket": {"name": [subject.lake_bucket]},
            "object": {"key": [{"wildcard": "raw/landed/*/_SUCCESS"}]},
        },
    }
    expected: dict[str, Any] = arrived if name in _ARRIVES else published
    found = []
    if rule["EventPattern"] != expected:
        found.append(f"StartRun is called for {rule['EventPattern']}")
    (target,) = rule["Targets"]
    function = stack.outputs["StartRunFunctionName"]
    if not target["Arn"].endswith(f":function:{function}"):
        found.append(f"the rule calls {target['Arn']}")
    if target.get("DeadLetterConfig") != {"Arn": QUEUE_ARN}:
        found.append(f"an event that EventBridge cannot deliver goes to {target.get('DeadLetterConfig')}")
    payload = rule_payload(rule, {"id": "event", "detail": {"object": {"key": "k"}}})
    if payload["spec"] != deadline_payload(subject)["spec"] or payload["id"] != "event":
        found.append(f"StartRun is told {payload}")
    kind = "arrived" if name in _ARRIVES else "published"
    if payload.get(kind) != ({"key": "k"} if name in _ARRIVES else {"object": {"key": "k"}}):
        found.append(f"StartRun is not told of the event: {payload}")
    callers = [
        (permission["Principal"], permission.get("SourceArn"))
        for permission in (each["Properties"] for each in stack.of_type("AWS::Lambda::Permission"))
        if permission["FunctionName"].endswith(f":function:{function}")
    ]
    if len(callers) != 1 or callers[0][0] != "events.amazonaws.com" or ":rule/" not in str(callers[0][1]):
        found.append(f"StartRun may be called by {callers}")
    return found


def start_deadlines(subject: Subject) -> list[str]:
    """Check the schedule that calls StartRun when a wait has ended, and its role."""
    if not _waits(subject):
        return []
    clock = subject.stack.only("AWS::Scheduler::Schedule")
    found = []
    when = (clock["ScheduleExpression"], clock["ScheduleExpressionTimezone"])
    if when != _DEADLINES[subject.pipeline.name]:
        found.append(f"the deadlines are {when}")
    function = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{subject.stack.outputs['StartRunFunctionName']}"
    if clock["Target"]["Arn"] != function:
        found.append(f"the deadlines call {clock['Target']['Arn']}")
    payload = deadline_payload(subject)
    if (payload["deadline"], payload["id"]) != (
        "<aws.scheduler.scheduled-time>",
        "deadline <aws.scheduler.scheduled-time>",
    ):
        found.append(f"StartRun is told {payload}")
    role = subject.stack.role_of("scheduler.amazonaws.com")
    expected = [*permissions(["lambda:InvokeFunction"], [function]), *permissions(["sqs:SendMessage"], [QUEUE_ARN])]
    if subject.key_arn:
        via_sqs = {"kms:ViaService": f"sqs.{REGION}.amazonaws.com", "kms:EncryptionContext:aws:sqs:arn": QUEUE_ARN}
        expected += permissions(["kms:Decrypt", "kms:GenerateDataKey"], [subject.key_arn], {"StringEquals": via_sqs})
    return [*found, *permissions_findings("the deadlines", subject.stack.statements_of(role), expected)]


def start_function(subject: Subject) -> list[str]:
    """Check that an event for which StartRun fails is kept, and that the function knows time zones."""
    if not _waits(subject):
        return []
    function = subject.stack.function("start_run")
    found = []
    if function.get("DeadLetterConfig") != {"TargetArn": QUEUE_ARN}:
        found.append(f"events for which StartRun fails go to {function.get('DeadLetterConfig')}")
    if function["Handler"] != "lambdas.start_run.handler.handler":
        found.append(f"StartRun's handler is {function['Handler']}")
    return found


def deadline_payload(subject: Subject) -> dict[str, Any]:
    """Return what the schedule of the deadlines tells StartRun."""
    payload: dict[str, Any] = json.loads(subject.stack.only("AWS::Scheduler::Schedule")["Target"]["Input"])
    return payload


def rule_payload(rule: Mapping[str, Any], event: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a rule tells its target of an event: each placeholder is replaced by the JSON of its path's value.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
    """
    transformer = rule["Targets"][0]["InputTransformer"]
    text = transformer["InputTemplate"]
    for name, path in transformer["InputPathsMap"].items():
        value: Any = event
        for part in path.removeprefix("$.").split("."):
            value = value[part]
        text = text.replace(f"<{name}>", json.dumps(value))
    payload: dict[str, Any] = json.loads(text)
    return payload


STARTER_CHECKS: dict[str, Callable[[Subject], list[str]]] = {
    check.__name__: check for check in (start_permissions, start_rule, start_deadlines, start_function)
}
