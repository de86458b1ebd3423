"""The permissions for processing jobs: an orchestrator's to run them, and the jobs' own to use their network and secrets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import aws_iam as iam

from partitioned_pipelines.lake.runs.job_logs import LOG_GROUP
from partitioned_pipelines.spec import job_stem, jobs_of
from stacks.iam.arns import ACCOUNT_ID, PARTITION, REGION, arn

if TYPE_CHECKING:
    from collections.abc import Iterable

    from partitioned_pipelines.spec import Pipeline
    from stacks.iam.role_policy import RolePolicy

# The principal of the trust policies for SageMaker, limited to this account.
SAGEMAKER = iam.ServicePrincipal(
    "sagemaker.amazonaws.com", conditions={"StringEquals": {"aws:SourceAccount": ACCOUNT_ID}}
)


def job_stems(pipeline: Pipeline) -> list[str]:
    """Return the stems of a pipeline's job names: the part before a hyphen."""
    return sorted(job_stem(pipeline.name, job.first.name) for job in jobs_of(pipeline))


def processing_jobs(stems: Iterable[str]) -> list[str]:
    """Return the ARNs of the processing jobs with these names up to a hyphen."""
    return [arn("sagemaker", f"processing-job/{stem}-*") for stem in sorted(stems)]


def allow_job_logs(policy: RolePolicy, stems: Iterable[str]) -> None:
    """Allow a role to read the logs of the processing jobs with these names up to a hyphen.

    The names of log streams can be listed only for the whole log group, which all jobs of the account share:
    https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatchlogs.html
    """
    policy.allow(["logs:DescribeLogStreams"], [arn("logs", f"log-group:{LOG_GROUP}:*")])
    policy.allow(
        ["logs:GetLogEvents"], [arn("logs", f"log-group:{LOG_GROUP}:log-stream:{stem}-*") for stem in sorted(stems)]
    )


def allow_processing_jobs(policy: RolePolicy, processing_role_arn: str, stems: Iterable[str]) -> None:
    """Allow an orchestrator to create, describe and stop only the jobs with these names, and to pass them their role.

    The actions are those of https://docs.aws.amazon.com/step-functions/latest/dg/sagemaker-iam.html for ``.sync``.

    Parameters
    ----------
    stems
        The jobs' names up to a hyphen.
    """
    policy.allow(
        [
            "sagemaker:AddTags",
            "sagemaker:CreateProcessingJob",
            "sagemaker:DescribeProcessingJob",
            "sagemaker:ListTags",
            "sagemaker:StopProcessingJob",
        ],
        processing_jobs(stems),
    )
    policy.allow(
        ["iam:PassRole"],
        [processing_role_arn],
        {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}},
    )


def allow_network(policy: RolePolicy, pipeline: Pipeline) -> None:
    """Allow SageMaker to create and delete network interfaces in the pipeline's subnets with its security groups.

    https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-roles.html#sagemaker-roles-createprocessingjob-perms
    """
    network = pipeline.network
    if network is None:
        return
    # Subnet and security group ids are globally unique. The ARN of a shared subnet has the owner's account, hence the wildcard.
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
        # An interface's id is unknown until it exists, but its subnet is known beforehand.
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
        # None of these actions supports resources: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html
        ["*"],
    )


def allow_secrets(policy: RolePolicy, pipeline: Pipeline) -> None:
    """Allow scripts to read exactly the secrets of their steps."""
    secrets = sorted({secret for step in pipeline.steps for secret in step.secrets.values()})
    if secrets:
        policy.allow(["secretsmanager:GetSecretValue"], secrets)
