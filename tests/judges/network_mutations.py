"""Breakages of the jobs' network, and of the rights to secrets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.judges.mutation import Mutation, drop_action, parameters, statement

if TYPE_CHECKING:
    from tests.judges.resolved_stack import ResolvedStack


def _network(stack: ResolvedStack, step: str) -> dict[str, Any]:
    config: dict[str, Any] = parameters(stack, step)["NetworkConfig"]
    return config


def _forget_the_secret(stack: ResolvedStack) -> None:
    spec = parameters(stack, "PlanRun")["Payload"]["spec"]
    for step in spec["steps"]:
        step["environment"].pop("WAREHOUSE", None)


NETWORK_MUTATIONS = [
    Mutation(
        "give an isolated job a network",
        "network_of_jobs",
        "gather is in the network {'EnableNetworkIsolation': False}",
        lambda stack: _network(stack, "gather").update(EnableNetworkIsolation=False),
        "by_hand",
    ),
    Mutation(
        "leave the VPC",
        "network_of_jobs",
        "split is in the network {'EnableNetworkIsolation': False}",
        lambda stack: _network(stack, "split").pop("VpcConfig"),
        "everything",
    ),
    Mutation(
        "name the groups as EC2 does",
        "requests_fit_the_models",
        "SecurityGroups is unknown",
        lambda stack: _network(stack, "split")["VpcConfig"].update(SecurityGroups=["sg-1"]),
        "everything",
    ),
    Mutation(
        "name seventeen subnets",
        "requests_fit_the_models",
        "17 items, at most 16",
        lambda stack: _network(stack, "split")["VpcConfig"].update(Subnets=[f"subnet-{i}" for i in range(17)]),
        "everything",
    ),
    Mutation(
        "let SageMaker put an interface anywhere",
        "processing_role_rights",
        "has ec2:CreateNetworkInterface on *",
        lambda stack: statement(stack, "ec2:CreateNetworkInterface").update(Resource="*"),
        "everything",
    ),
    Mutation(
        "let SageMaker take any interface away",
        "processing_role_rights",
        "has ec2:DeleteNetworkInterface on",
        lambda stack: statement(stack, "ec2:DeleteNetworkInterface").pop("Condition"),
        "everything",
    ),
    Mutation(
        "forget a right of jobs in a VPC",
        "processing_role_rights",
        "lacks ec2:DescribeDhcpOptions",
        lambda stack: drop_action(stack, "ec2:DescribeDhcpOptions"),
        "everything",
    ),
    Mutation(
        "let a script read any secret",
        "processing_role_rights",
        "has secretsmanager:GetSecretValue on *",
        lambda stack: statement(stack, "secretsmanager:GetSecretValue").update(Resource="*"),
        "everything",
    ),
    Mutation(
        "keep a secret's ARN from the script",
        "secrets_by_name",
        "split finds WAREHOUSE as None",
        _forget_the_secret,
        "everything",
    ),
]
