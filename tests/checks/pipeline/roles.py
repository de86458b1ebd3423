"""Checks of a pipeline's roles: exact permissions, and trust in one service on behalf of this account only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.iam import expected_permissions as expected_permissions
from tests.iam.policies import permissions_findings
from tests.synthesized.intrinsics import ACCOUNT, REGION

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.synthesized.subject import Subject


def processing_role_permissions(subject: Subject) -> list[str]:
    """Check the permissions of the jobs' role."""
    role = subject.stack.role_of("sagemaker.amazonaws.com", description="Processing jobs of")
    return permissions_findings(
        "the processing role", subject.stack.statements_of(role), expected_permissions.processing_permissions(subject)
    )


def planner_permissions(subject: Subject) -> list[str]:
    """Check the permissions of PlanRun's role."""
    role = _role_of_function(subject, "plan_run")
    return permissions_findings(
        "PlanRun", subject.stack.statements_of(role), expected_permissions.planner_permissions(subject)
    )


def registrar_permissions(subject: Subject) -> list[str]:
    """Check the permissions of RegisterPartitions' role, if there is such a function."""
    if "RegisterPartitionsFunctionName" not in subject.stack.outputs:
        return []
    role = _role_of_function(subject, "register_partitions")
    expected = expected_permissions.registrar_permissions(subject)
    return permissions_findings("RegisterPartitions", subject.stack.statements_of(role), expected)


def machine_permissions(subject: Subject) -> list[str]:
    """Check the permissions of the state machine's role."""
    role = subject.stack.role_of("states.amazonaws.com", within="Workflow")
    return permissions_findings(
        "the state machine", subject.stack.statements_of(role), expected_permissions.machine_permissions(subject)
    )


def scheduler_permissions(subject: Subject) -> list[str]:
    """Check the permissions of the schedule's role."""
    if subject.pipeline.schedule is None:
        return []
    role = subject.stack.role_of("scheduler.amazonaws.com")
    return permissions_findings(
        "the schedule", subject.stack.statements_of(role), expected_permissions.scheduler_permissions(subject)
    )


def trust_of_roles(subject: Subject) -> list[str]:
    """Check that no service can be made to use a role on behalf of another account."""
    own = {"aws:SourceAccount": ACCOUNT}
    machines = {"aws:SourceArn": f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:*"}
    group = {"aws:SourceArn": f"arn:aws:scheduler:{REGION}:{ACCOUNT}:schedule-group/{subject.stack.name}"}
    expected: dict[str, Any] = {
        "sagemaker.amazonaws.com": {"StringEquals": own},
        "states.amazonaws.com": {"StringEquals": own, "ArnLike": machines},
        "scheduler.amazonaws.com": {"StringEquals": {**own, **group}},
        # Lambda assumes a function's role for that function only: the permission to pass the role is decisive.
        "lambda.amazonaws.com": None,
    }
    found = []
    for logical_id, role in subject.stack.resources.items():
        if role["Type"] != "AWS::IAM::Role":
            continue
        for statement in role["Properties"]["AssumeRolePolicyDocument"]["Statement"]:
            service = statement["Principal"].get("Service")
            if set(statement["Principal"]) != {"Service"} or service not in expected:
                found.append(f"{logical_id} trusts {statement['Principal']}")
            elif statement["Action"] != "sts:AssumeRole" or statement.get("Condition") != expected[service]:
                found.append(f"{logical_id} trusts {service} if {statement.get('Condition')}")
        if role["Properties"].get("ManagedPolicyArns"):
            found.append(f"{logical_id} has managed policies: {role['Properties']['ManagedPolicyArns']}")
    return found


def _role_of_function(subject: Subject, folder: str) -> dict[str, Any]:
    name = subject.stack.function(folder)["Role"].rpartition("/")[2]
    properties: dict[str, Any] = subject.stack.resources[name.removeprefix(f"{subject.stack.name}-")]["Properties"]
    return properties


ROLE_CHECKS: dict[str, Callable[[Subject], list[str]]] = {
    check.__name__: check
    for check in (
        processing_role_permissions,
        planner_permissions,
        registrar_permissions,
        machine_permissions,
        scheduler_permissions,
        trust_of_roles,
    )
}
