"""Checks of the notices of a pipeline's runs and backfills: their rules, the function's event and permissions; each returns its findings."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.checks.data_lake.notices import QUEUE_ARN, TOPIC_ARN
from tests.iam import expected_permissions as expected_permissions
from tests.iam.policies import permissions_findings
from tests.synthesized.intrinsics import ACCOUNT, REGION

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.synthesized.resolved_stack import ResolvedStack
    from tests.synthesized.subject import Subject

_STATES = ("aws.states", "Step Functions Execution Status Change")
_SAGEMAKER = ("aws.sagemaker", "SageMaker Model Building Pipeline Execution Status Change")
_ALL_ENDS = ["SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"]
_DETAIL = {"status": "FAILED", "cause": 'He said "no"'}


def run_rule(subject: Subject) -> list[str]:
    """Check that the function sees every end of a run, so that it can count failures in a row, but of no run of a backfill."""
    source, detail_type = _SAGEMAKER if subject.is_sagemaker_pipeline else _STATES
    no_backfill = [{"anything-but": {"prefix": "bf-"}}]
    detail: dict[str, Any] = {"status": _ALL_ENDS, "stateMachineArn": [_workflow(subject)], "name": no_backfill}
    if subject.is_sagemaker_pipeline:
        detail = {
            "currentPipelineExecutionStatus": ["Succeeded", "Failed", "Stopped"],
            "pipelineArn": [_workflow(subject)],
            "pipelineExecutionDisplayName": no_backfill,
        }
    expected = {"source": [source], "detail-type": [detail_type], "detail": detail}
    return _rule_findings(subject, "Run", expected)


def backfill_rule(subject: Subject) -> list[str]:
    """Check that the function sees every end of a backfill, and that there is no third rule."""
    machine = f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:{subject.stack.name}_backfill"
    detail = {"status": _ALL_ENDS, "stateMachineArn": [machine], "name": [{"prefix": "bf-"}]}
    expected = {"source": [_STATES[0]], "detail-type": [_STATES[1]], "detail": detail}
    found = _rule_findings(subject, "Backfill", expected)
    if len(subject.stack.of_type("AWS::Events::Rule")) != len(("runs", "backfills")):
        found.append("there is a rule that nobody asked for")
    return found


def undelivered_notices(subject: Subject) -> list[str]:
    """Check that an event for which the function fails goes to the lake's queue, and that people subscribe to the topic that it uses."""
    given = subject.stack.function("notify").get("DeadLetterConfig", {}).get("TargetArn")
    found = [] if given == QUEUE_ARN else [f"an event for which Notify fails goes to {given}"]
    if subject.stack.outputs.get("NotificationTopicArn") != TOPIC_ARN:
        found.append(f"people subscribe to {subject.stack.outputs.get('NotificationTopicArn')}")
    return found


def notify_permissions(subject: Subject) -> list[str]:
    """Check the permissions of Notify's role."""
    name = subject.stack.function("notify")["Role"].rpartition("/")[2]
    role = subject.stack.resources[name.removeprefix(f"{subject.stack.name}-")]["Properties"]
    return permissions_findings(
        "Notify", subject.stack.statements_of(role), expected_permissions.notify_permissions(subject)
    )


def notice_rule(stack: ResolvedStack, ended: str) -> dict[str, Any]:
    """Return the properties of the rule on the end of runs or backfills."""
    return stack.only("AWS::Events::Rule", f"Notices{ended}Ended")


def notice_permission(stack: ResolvedStack, ended: str) -> dict[str, Any]:
    """Return the properties of the permission by which that rule invokes the function."""
    return stack.only("AWS::Lambda::Permission", f"Notices{ended}EndedMayInvoke")


def _rule_findings(subject: Subject, ended: str, pattern: dict[str, Any]) -> list[str]:
    rule = notice_rule(subject.stack, ended)
    found = [] if rule.get("EventPattern") == pattern else [f"the rule sees {rule.get('EventPattern')}"]
    if rule.get("State", "ENABLED") != "ENABLED":
        found.append("the rule is disabled")
    targets, function = rule.get("Targets", []), _function_arn(subject.stack)
    if [target["Arn"] for target in targets] != [function]:
        return [*found, f"the rule tells {targets}"]
    if targets[0].get("DeadLetterConfig") != {"Arn": QUEUE_ARN}:
        found.append(f"an event that EventBridge cannot deliver goes to {targets[0].get('DeadLetterConfig')}")
    return found + _event_findings(subject, ended, targets[0]) + _permission_findings(subject.stack, ended, function)


def _event_findings(subject: Subject, ended: str, target: dict[str, Any]) -> list[str]:
    """Check the event that the function receives, with a detail in it that has quotes."""
    transformer = target.get("InputTransformer", {})
    if transformer.get("InputPathsMap") != {"detail": "$.detail"}:
        return [f"the function's event is made of {transformer}"]
    event = json.loads(transformer["InputTemplate"].replace("<detail>", json.dumps(_DETAIL)))
    of, tables = event.pop("of"), [table.qualified_name for table in subject.pipeline.tables]
    found = [] if event == {"detail": _DETAIL} else [f"the function does not get the event's detail, but {event}"]
    given = (of["ended"], of["workflow"], of["topic"], of["spec"]["pipeline"], of["spec"]["options"])
    expected = (ended.lower(), _workflow(subject), TOPIC_ARN, subject.pipeline.name, ["--target", "aws"])
    if given != expected or [table["name"] for table in of["spec"]["tables"]] != tables:
        found.append(f"the function is told {of}")
    return found


def _permission_findings(stack: ResolvedStack, ended: str, function: str) -> list[str]:
    (logical_id,) = (
        key for key, value in stack.resources.items() if value.get("Properties") is notice_rule(stack, ended)
    )
    expected = {
        "Action": "lambda:InvokeFunction",
        "FunctionName": function,
        "Principal": "events.amazonaws.com",
        "SourceArn": f"arn:aws:events:{REGION}:{ACCOUNT}:rule/{stack.name}-{logical_id}",
    }
    given = notice_permission(stack, ended)
    return [] if given == expected else [f"the function may be invoked by {given}"]


def _function_arn(stack: ResolvedStack) -> str:
    function = stack.function("notify")
    (logical_id,) = (key for key, value in stack.resources.items() if value.get("Properties") is function)
    return f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{stack.name}-{logical_id}"


def _workflow(subject: Subject) -> str:
    if subject.is_sagemaker_pipeline:
        return f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:pipeline/{subject.stack.outputs['PipelineName']}"
    return subject.stack.outputs["StateMachineArn"]


RUN_NOTICE_CHECKS: dict[str, Callable[[Subject], list[str]]] = {
    check.__name__: check for check in (run_rule, backfill_rule, undelivered_notices, notify_permissions)
}
