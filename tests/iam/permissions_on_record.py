"""Permissions without a call in a recorded run, or on `*`, each with its reason."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.iam.simulator import simulate
from tests.synthesized.resolved_stack import as_list

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tests.iam.simulator import IamCall

# By action and part of the resource: permissions that these runs do not use, and the reason for each.
UNUSED = {
    (
        "s3:DeleteObject",
        "/output/*",
    ): "sweeps what a re-run in place no longer writes; these re-runs write the same files",
}
# By action: permissions on `*` because the action supports no resource, with the source.
STARS = {
    "cloudwatch:PutMetricData": "no resource types; the namespace is a condition",
    "ecr:GetAuthorizationToken": "no resource types",
    **dict.fromkeys(
        (
            *("logs:CreateLogDelivery", "logs:DeleteLogDelivery", "logs:GetLogDelivery", "logs:ListLogDeliveries"),
            *("logs:UpdateLogDelivery", "logs:DescribeLogGroups", "logs:DescribeResourcePolicies"),
            "logs:PutResourcePolicy",
        ),
        "log delivery of a state machine: docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html",
    ),
    **dict.fromkeys(
        ("xray:GetSamplingRules", "xray:GetSamplingTargets", "xray:PutTelemetryRecords", "xray:PutTraceSegments"),
        "tracing: docs.aws.amazon.com/step-functions/latest/dg/concepts-xray-tracing.html",
    ),
}


def has_a_reason(action: str, statement: Mapping[str, Any]) -> bool:
    """Return whether the record has a reason for a statement that allows an action without a recorded call."""
    return any(
        action == unused and all(part in resource for resource in as_list(statement["Resource"]))
        for unused, part in UNUSED
    )


def unused_permissions(
    calls: Sequence[IamCall],
    statements: Mapping[str, Sequence[Mapping[str, Any]]],
    policies: Mapping[str, Mapping[str, Any]],
    checked: Callable[[str], bool] = lambda _action: True,
) -> list[str]:
    """Return each action of the checked statements that allows none of the calls and has no recorded reason."""
    used = {
        (call.principal, number, call.action)
        for call, decision in zip(calls, simulate(calls, statements, policies), strict=True)
        for number in decision.statements
    }
    return [
        f"{arn.rpartition('/')[2]}: {action} on {statement['Resource']}"
        for arn, own in statements.items()
        for number, statement in enumerate(own)
        for action in as_list(statement["Action"])
        if checked(action) and (arn, number, action) not in used and not has_a_reason(action, statement)
    ]


def stars(statements: Mapping[str, Sequence[Mapping[str, Any]]]) -> set[str]:
    """Return the actions that are allowed on everything, and those with a wildcard."""
    return {
        action
        for own in statements.values()
        for statement in own
        for action in as_list(statement["Action"])
        if "*" in as_list(statement["Resource"]) or "*" in action
    }
