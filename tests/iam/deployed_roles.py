"""The roles of a deployed stack with their statements: synthesized ones, with the deployment's names."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class DeployedRole:
    """A role: its ARN, its trust policy, and the statements of its policies."""

    arn: str
    trust: dict[str, Any]
    statements: list[dict[str, Any]]


def roles_of(cloudformation: Any, iam: Any, stack: str) -> dict[str, DeployedRole]:
    """Return the roles of a stack by ARN."""
    roles = {}
    for resource in cloudformation.describe_stack_resources(StackName=stack)["StackResources"]:
        if resource["ResourceType"] == "AWS::IAM::Role":
            name = resource["PhysicalResourceId"]
            role = iam.get_role(RoleName=name)["Role"]
            documents = [
                _document(iam.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"])
                for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]
            ]
            for attached in iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]:
                version = iam.get_policy(PolicyArn=attached["PolicyArn"])["Policy"]["DefaultVersionId"]
                managed = iam.get_policy_version(PolicyArn=attached["PolicyArn"], VersionId=version)
                documents.append(_document(managed["PolicyVersion"]["Document"]))
            statements = [statement for document in documents for statement in document["Statement"]]
            roles[role["Arn"]] = DeployedRole(role["Arn"], _document(role["AssumeRolePolicyDocument"]), statements)
    return roles


def _document(document: Any) -> dict[str, Any]:
    made: dict[str, Any] = json.loads(document) if isinstance(document, str) else document
    return made
