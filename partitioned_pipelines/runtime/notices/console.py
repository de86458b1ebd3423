"""Pages of the AWS console."""

from __future__ import annotations

# https://docs.aws.amazon.com/general/latest/gr/aws-service-information.html and the consoles of the partitions China and GovCloud
_DOMAINS = {"aws": "console.aws.amazon.com", "aws-cn": "console.amazonaws.cn", "aws-us-gov": "console.amazonaws-us-gov.com"}  # fmt: skip


def execution_page(arn: str) -> str | None:
    """Return the page of a state machine's execution; None if the ARN's partition has no known console."""
    return _page(arn, f"states/home?region={{region}}#/v2/executions/details/{arn}")


def job_page(arn: str, job_name: str) -> str | None:
    """Return the page of a processing job in the account and region of an ARN. A SageMaker pipeline's page is in a domain of Studio."""
    return _page(arn, f"sagemaker/home?region={{region}}#/processing-jobs/{job_name}")


def _page(arn: str, path: str) -> str | None:
    _, partition, _, region, _ = arn.split(":", 4)
    domain = _DOMAINS.get(partition)
    return f"https://{region}.{domain}/{path.format(region=region)}" if domain else None
