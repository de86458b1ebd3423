"""What the jobs' role needs for a network of the account's own, and for the secrets that scripts read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stacks.iam.arns import PARTITION, REGION, arn

if TYPE_CHECKING:
    from partitioned_pipelines.spec import Pipeline
    from stacks.iam.role_policy import RolePolicy


def allow_network(policy: RolePolicy, pipeline: Pipeline) -> None:
    """Let SageMaker put its network interfaces into the pipeline's subnets, behind its groups, and take them away again.

    https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-roles.html#sagemaker-roles-createprocessingjob-perms
    """
    network = pipeline.network
    if network is None:
        return
    # The ids are unique everywhere. A subnet that another account shares has that account in its ARN.
    ec2 = f"arn:{PARTITION}:ec2:{REGION}"
    subnets = [f"{ec2}:*:subnet/{subnet}" for subnet in network.subnets]
    interfaces = arn("ec2", "network-interface/*")
    groups = [f"{ec2}:*:security-group/{group}" for group in network.security_groups]
    policy.allow(["ec2:CreateNetworkInterface"], [*subnets, *groups, interfaces])
    policy.allow(
        [
            "ec2:CreateNetworkInterfacePermission",
            "ec2:DeleteNetworkInterface",
            "ec2:DeleteNetworkInterfacePermission",
        ],
        # An interface has its id when it has been made; which subnet it is in can be said before.
        [interfaces],
        {"ArnLike": {"ec2:Subnet": subnets}},
    )
    policy.allow(
        [
            "ec2:DescribeDhcpOptions",
            "ec2:DescribeNetworkInterfaces",
            "ec2:DescribeSecurityGroups",
            "ec2:DescribeSubnets",
            "ec2:DescribeVpcs",
        ],
        # None of them knows a resource: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html
        ["*"],
    )


def allow_secrets(policy: RolePolicy, pipeline: Pipeline) -> None:
    """Let scripts read exactly the secrets that their steps name."""
    secrets = sorted({secret for step in pipeline.steps for secret in step.secrets.values()})
    if secrets:
        policy.allow(["secretsmanager:GetSecretValue"], secrets)
