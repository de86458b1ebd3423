"""What an orchestrator may do with processing jobs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import aws_iam as iam

from partitioned_pipelines.spec import job_stem
from stacks.iam.arns import ACCOUNT_ID, arn

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
