"""Shared parts of templates."""

from __future__ import annotations

from typing import Any

from cloud_under_test.stacks import resource


def policy(action: str, target: Any, **more: Any) -> dict[str, Any]:
    """Return a policy document with one statement."""
    return {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": action, "Resource": target, **more}],
    }


def trust(service: str = "lambda.amazonaws.com") -> dict[str, Any]:
    """Return a trust policy for a service."""
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": service}}
    return {"Version": "2012-10-17", "Statement": [statement]}


ROLE = resource("AWS::IAM::Role", {"AssumeRolePolicyDocument": trust()})
STATES_ROLE = resource("AWS::IAM::Role", {"AssumeRolePolicyDocument": trust("states.amazonaws.com")})
ROLE_ARN = {"Fn::GetAtt": ["Role", "Arn"]}


def succeed(stack: dict[str, Any]) -> None:
    """Assert that a deployment succeeded."""
    assert stack["StackStatus"] in {"CREATE_COMPLETE", "UPDATE_COMPLETE", "DELETE_COMPLETE"}, stack.get(
        "StackStatusReason"
    )
