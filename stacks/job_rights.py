"""What runs a pipeline's steps may do with jobs, whichever of the two orchestrators it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import Stack
from aws_cdk import aws_iam as iam

if TYPE_CHECKING:
    from collections.abc import Iterable

    from constructs import Construct


def processing_job_statements(
    scope: Construct, processing_role: iam.Role, job_stems: Iterable[str]
) -> list[iam.PolicyStatement]:
    """Allow jobs of these names, and no others, to be created, watched and stopped, and to be given their role.

    Parameters
    ----------
    job_stems
        Beginnings of the jobs' names, before a hyphen.
    """
    processing_job = Stack.of(scope).format_arn(service="sagemaker", resource="processing-job")
    return [
        iam.PolicyStatement(
            actions=[
                "sagemaker:AddTags",
                "sagemaker:CreateProcessingJob",
                "sagemaker:DescribeProcessingJob",
                "sagemaker:StopProcessingJob",
            ],
            resources=[f"{processing_job}/{stem}-*" for stem in sorted(job_stems)],
        ),
        iam.PolicyStatement(
            actions=["iam:PassRole"],
            resources=[processing_role.role_arn],
            conditions={"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}},
        ),
    ]
