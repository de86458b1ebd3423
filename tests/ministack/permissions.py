"""The permissions of a deployed pipeline's data roles, and their temporary removal."""

from __future__ import annotations

import contextlib
import copy
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.synthesized.resolved_stack import as_list

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.end_to_end.deployment import Deployment

# The logical id of each data role begins with its construct.
DATA_ROLES = {
    "ProcessingRole": "processing",
    "PlannerPlanRunRole": "PlanRun",
    "RegistrarRegisterPartitionsRole": "RegisterPartitions",
    "WorkflowStateMachineRole": "state machine",
}


@dataclass(frozen=True)
class Permission:
    """One action of one statement of a role's policy."""

    title: str
    role: str
    policy: str
    document: str
    statement: int
    action: str

    @property
    def resources(self) -> list[str]:
        """Return the resources that the statement allows."""
        found: list[str] = as_list(json.loads(self.document)["Statement"][self.statement]["Resource"])
        return found

    @property
    def conditions(self) -> str:
        """Return the statement's conditions as JSON."""
        return json.dumps(json.loads(self.document)["Statement"][self.statement].get("Condition", {}))

    def __str__(self) -> str:
        """Return the permission as a finding shows it."""
        return f"{self.title}: {self.action} on {', '.join(self.resources)} {self.conditions}"


def data_permissions(deployment: Deployment, stack: str) -> list[Permission]:
    """Return each action of each statement of a stack's data roles."""
    iam = deployment.client("iam")
    found = []
    for resource in deployment.client("cloudformation").describe_stack_resources(StackName=stack)["StackResources"]:
        titles = [title for stem, title in DATA_ROLES.items() if resource["LogicalResourceId"].startswith(stem)]
        if resource["ResourceType"] != "AWS::IAM::Role" or not titles:
            continue
        role = resource["PhysicalResourceId"]
        for policy in iam.list_role_policies(RoleName=role)["PolicyNames"]:
            document: Any = iam.get_role_policy(RoleName=role, PolicyName=policy)["PolicyDocument"]
            document = json.loads(document) if isinstance(document, str) else document
            found += [
                Permission(titles[0], role, policy, json.dumps(document), number, action)
                for number, statement in enumerate(document["Statement"])
                for action in as_list(statement["Action"])
            ]
    return found


@contextlib.contextmanager
def taken_away(deployment: Deployment, permission: Permission) -> Iterator[None]:
    """Remove the permission from the policy, and restore it at the end of the block."""
    iam = deployment.client("iam")
    document = json.loads(permission.document)
    less = copy.deepcopy(document)
    statement = less["Statement"][permission.statement]
    statement["Action"] = [action for action in as_list(statement["Action"]) if action != permission.action]
    if not statement["Action"]:
        del less["Statement"][permission.statement]
    try:
        if less["Statement"]:
            iam.put_role_policy(RoleName=permission.role, PolicyName=permission.policy, PolicyDocument=json.dumps(less))
        else:
            iam.delete_role_policy(RoleName=permission.role, PolicyName=permission.policy)
        yield
    finally:
        iam.put_role_policy(RoleName=permission.role, PolicyName=permission.policy, PolicyDocument=permission.document)
