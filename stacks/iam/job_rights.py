"""Rights about processing jobs: an orchestrator's, to run them, and the jobs' own, to their network and their secrets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import aws_iam as iam

from partitioned_pipelines.spec import job_stem
from stacks.iam.arns import ACCOUNT_ID, PARTITION, REGION, arn

if TYPE_CHECKING:
    from collections.abc import Iterable

    from partitioned_pipelines.spec import Pipeline
    from stacks.iam.role_policy import RolePolicy

# Who a role of this project may be taken by: SageMaker, on behalf of this account.
SAGEMAKER = iam.ServicePrincipal(
    "sagemaker.amazonaws.com", conditions={"StringEquals": {"aws:SourceAccount": ACCOUNT_ID}}
)


def job_stems(pipeline: Pipeline) -> list[str]:
    """Return how the names of a pipeline's jobs begin, before a hyphen."""
    return sorted(job_stem(pipeline.name, step.name) for step in pipeline.steps)


def allow_processing_jobs(policy: RolePolicy, processing_role_arn: str, stems: Iterable[str]) -> None:
    """Allow jobs of these names, and no others, to be created, watched and stopped, and to be given their role.

    The actions are those of https://docs.aws.amazon.com/step-functions/latest/dg/sagemaker-iam.html for ``.sync``.

    Parameters
    ----------
    stems
        Beginnings of the jobs' names, before a hyphen.
    """
    policy.allow(
        [
            "sagemaker:AddTags",
            "sagemaker:CreateProcessingJob",
            "sagemaker:DescribeProcessingJob",
            "sagemaker:ListTags",
            "sagemaker:StopProcessingJob",
        ],
        [arn("sagemaker", f"processing-job/{stem}-*") for stem in sorted(stems)],
    )
    policy.allow(
        ["iam:PassRole"],
        [processing_role_arn],
        {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}},
    )


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
