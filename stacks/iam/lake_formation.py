"""Lake Formation permissions, granted and revoked by CloudFormation.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lakeformation-principalpermissions.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aws_cdk import CfnResource

from stacks.iam.arns import ACCOUNT_ID, bucket_arn

if TYPE_CHECKING:
    from collections.abc import Sequence

    from constructs import Construct

    from partitioned_pipelines.spec import Table


def grant(
    scope: Construct, construct_id: str, role_arn: str, resource: dict[str, Any], permissions: Sequence[str]
) -> CfnResource:
    """Grant a role permissions on a resource, without the permission to grant them to others."""
    return CfnResource(
        scope,
        construct_id,
        type="AWS::LakeFormation::PrincipalPermissions",
        properties={
            "Principal": {"DataLakePrincipalIdentifier": role_arn},
            "Resource": resource,
            "Permissions": list(permissions),
            "PermissionsWithGrantOption": [],
        },
    )


def table(used: Table) -> dict[str, Any]:
    """Return a table in the form of a grant's resource."""
    return {"Table": {"CatalogId": ACCOUNT_ID, "DatabaseName": used.database, "Name": used.name}}


def database(name: str) -> dict[str, Any]:
    """Return a database in the form of a grant's resource."""
    return {"Database": {"CatalogId": ACCOUNT_ID, "Name": name}}


def tables_location(bucket_name: str) -> str:
    """Return the ARN of the folder of a lake's tables; it can be granted if the folder or the whole bucket is registered."""
    return f"{bucket_arn(bucket_name)}/tables"


def location(resource_arn: str) -> dict[str, Any]:
    """Return a registered S3 location in the form of a grant's resource."""
    return {"DataLocation": {"CatalogId": ACCOUNT_ID, "ResourceArn": resource_arn}}
