"""The ARNs of resources in a stack's account and region, built from CloudFormation's pseudo parameters.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/pseudo-parameter-reference.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import Aws

if TYPE_CHECKING:
    from partitioned_pipelines.spec import Table

# Tokens shared by all stacks: each access to Aws, and each Stack.format_arn, would call the CDK's separate process again.
PARTITION, REGION, ACCOUNT_ID, URL_SUFFIX = Aws.PARTITION, Aws.REGION, Aws.ACCOUNT_ID, Aws.URL_SUFFIX


def arn(service: str, resource: str) -> str:
    """Build an ARN; ``resource`` is everything after the account: ``table/db/t``, ``log-group:/aws/x:*``."""
    return f"arn:{PARTITION}:{service}:{REGION}:{ACCOUNT_ID}:{resource}"


def integration_arn(name: str) -> str:
    """Build the ARN of a Step Functions service integration, which has neither region nor account: ``lambda:invoke``."""
    return f"arn:{PARTITION}:states:::{name}"


def bucket_arn(bucket_name: str) -> str:
    """Build the ARN of a bucket, which has neither region nor account."""
    return f"arn:{PARTITION}:s3:::{bucket_name}"


def catalog_arns(table: Table) -> list[str]:
    """Return the resources that a Glue call on a table needs, catalog, database and table: https://docs.aws.amazon.com/glue/latest/dg/glue-specifying-resource-arns.html."""
    resources = ("catalog", f"database/{table.database}", f"table/{table.database}/{table.name}")
    return [arn("glue", resource) for resource in resources]
