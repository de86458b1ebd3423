"""Breakages of the jobs' network, and of the permissions to secrets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.mutations.mutation import Mutation, drop_action, parameters, statement
from tests.synthesized.resolved_stack import as_list

if TYPE_CHECKING:
    from tests.synthesized.resolved_stack import ResolvedStack


def _network(stack: ResolvedStack, step: str) -> dict[str, Any]:
    config: dict[str, Any] = parameters(stack, step)["NetworkConfig"]
    return config


def _widen(stack: ResolvedStack, action: str, old: str, new: str) -> None:
    entry = statement(stack, action)
    entry["Resource"] = [arn.replace(old, new) for arn in as_list(entry["Resource"])]


def _any_subnet(stack: ResolvedStack) -> None:
    statement(stack, "ec2:DeleteNetworkInterface")["Condition"] = {
        "ArnLike": {"ec2:Subnet": "arn:aws:ec2:*:*:subnet/*"}
    }


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
        "processing_role_permissions",
        "has ec2:CreateNetworkInterface on *",
        lambda stack: statement(stack, "ec2:CreateNetworkInterface").update(Resource="*"),
        "everything",
    ),
    Mutation(
        "let SageMaker take any interface away",
        "processing_role_permissions",
        "has ec2:DeleteNetworkInterface on",
        lambda stack: statement(stack, "ec2:DeleteNetworkInterface").pop("Condition"),
        "everything",
    ),
    Mutation(
        "forget a permission of jobs in a VPC",
        "processing_role_permissions",
        "lacks ec2:DescribeDhcpOptions",
        lambda stack: drop_action(stack, "ec2:DescribeDhcpOptions"),
        "everything",
    ),
    Mutation(
        "let a script read any secret",
        "processing_role_permissions",
        "has secretsmanager:GetSecretValue on *",
        lambda stack: statement(stack, "secretsmanager:GetSecretValue").update(Resource="*"),
        "everything",
    ),
    Mutation(
        "let SageMaker use subnets whose ids begin alike",
        "network_calls",
        "subnet/subnet-89abcdef0 is allowed",
        lambda stack: _widen(stack, "ec2:CreateNetworkInterface", "subnet-89abcdef", "subnet-89abcdef*"),
        "everything",
    ),
    Mutation(
        "let SageMaker use any group",
        "network_calls",
        "security-group/sg-0fedcba9876543210 is allowed",
        lambda stack: _widen(stack, "ec2:CreateNetworkInterface", "sg-0123456789abcdef0", "*"),
        "everything",
    ),
    Mutation(
        "let SageMaker handle interfaces of any subnet",
        "network_calls",
        "ec2:CreateNetworkInterfacePermission on arn:aws:ec2:ap-northeast-1:123456789012:network-interface/eni-0123456789abcdef0 "
        "with {'ec2:Subnet': 'arn:aws:ec2:ap-northeast-1:123456789012:subnet/subnet-0fedcba9876543210'} is allowed",
        _any_subnet,
        "everything",
    ),
    Mutation(
        "forget the interface itself",
        "network_calls",
        "network-interface/eni-0123456789abcdef0 is denied",
        lambda stack: _widen(stack, "ec2:CreateNetworkInterface", "network-interface/*", "network-interface/eni-1"),
        "everything",
    ),
    Mutation(
        "refuse a subnet that another account shares",
        "network_calls",
        "210987654321:subnet/subnet-89abcdef is denied",
        lambda stack: _widen(stack, "ec2:CreateNetworkInterface", ":*:", ":123456789012:"),
        "everything",
    ),
    Mutation(
        "put a job into a subnet that its role does not know",
        "network_calls",
        "subnet/subnet-0aaaaaaaaaaaaaaaa is denied",
        lambda stack: _network(stack, "split")["VpcConfig"].update(Subnets=["subnet-0aaaaaaaaaaaaaaaa"]),
        "everything",
    ),
    Mutation(
        "let a job in a VPC see the account's instances",
        "network_calls",
        "nothing needs pipelines-everything-ProcessingRole1852AB11: ec2:DescribeInstances",
        lambda stack: statement(stack, "ec2:DescribeVpcs")["Action"].append("ec2:DescribeInstances"),
        "everything",
    ),
    Mutation(
        "let a script read a secret that was made again",
        "network_calls",
        "secret:warehouse/reader-Z9y8X7 is allowed",
        lambda stack: _widen(stack, "secretsmanager:GetSecretValue", "reader-a1B2c3", "reader-??????"),
        "everything",
    ),
    Mutation(
        "keep a script from its secret",
        "network_calls",
        "secretsmanager:GetSecretValue on arn:aws:secretsmanager:ap-northeast-1:123456789012:secret:warehouse/reader-a1B2c3 is denied",
        lambda stack: _widen(stack, "secretsmanager:GetSecretValue", "reader-a1B2c3", "reader"),
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
