"""What the jobs' role needs for a network of the account's own, and for the secrets that scripts read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import Aws
from aws_cdk import aws_iam as iam

if TYPE_CHECKING:
    from pipeline_spec import Pipeline


def allow_network(role: iam.Role, pipeline: Pipeline) -> None:
    """Let SageMaker put its network interfaces into the pipeline's subnets, behind its groups, and take them away again.

    https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-roles.html#sagemaker-roles-createprocessingjob-perms
    """
    network = pipeline.network
    if network is None:
        return
    # The ids are unique everywhere. A subnet that another account shares has that account in its ARN.
    ec2 = f"arn:{Aws.PARTITION}:ec2:{Aws.REGION}"
    subnets = [f"{ec2}:*:subnet/{subnet}" for subnet in network.subnets]
    interfaces = f"{ec2}:{Aws.ACCOUNT_ID}:network-interface/*"
    groups = [f"{ec2}:*:security-group/{group}" for group in network.security_groups]
    role.add_to_policy(
        iam.PolicyStatement(actions=["ec2:CreateNetworkInterface"], resources=[*subnets, *groups, interfaces])
    )
    role.add_to_policy(
        iam.PolicyStatement(
            actions=[
                "ec2:CreateNetworkInterfacePermission",
                "ec2:DeleteNetworkInterface",
                "ec2:DeleteNetworkInterfacePermission",
            ],
            # An interface has its id when it has been made; which subnet it is in can be said before.
            resources=[interfaces],
            conditions={"ArnLike": {"ec2:Subnet": subnets}},
        )
    )
    role.add_to_policy(
        iam.PolicyStatement(
            actions=[
                "ec2:DescribeDhcpOptions",
                "ec2:DescribeNetworkInterfaces",
                "ec2:DescribeSecurityGroups",
                "ec2:DescribeSubnets",
                "ec2:DescribeVpcs",
            ],
            # None of them knows a resource: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html
            resources=["*"],
        )
    )


def allow_secrets(role: iam.Role, pipeline: Pipeline) -> None:
    """Let scripts read exactly the secrets that their steps name."""
    arns = sorted({arn for step in pipeline.steps for arn in step.secrets.values()})
    if arns:
        role.add_to_policy(iam.PolicyStatement(actions=["secretsmanager:GetSecretValue"], resources=arns))
