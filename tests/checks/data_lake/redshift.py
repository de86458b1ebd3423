"""Checks of the role for Redshift, if there is one; each returns its findings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.checks.data_lake.encryption import lake_bucket
from tests.iam.expected_permissions import catalog_key_permissions
from tests.iam.policies import permissions, permissions_findings
from tests.synthesized.intrinsics import ACCOUNT, REGION

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.iam.policies import Permission
    from tests.synthesized.resolved_stack import ResolvedStack

SERVICES = ["redshift-serverless.amazonaws.com", "redshift.amazonaws.com"]
# Written by hand: the tables of the repository's own pipelines.
_TABLES = ("table/analytics/flights", "table/analytics/partitioned_table_sample")
_DATA = ("tables/analytics/flights/runs/", "tables/analytics/partitioned_table_sample/output/")
_CATALOG_READS = ("BatchGetPartition", "GetDatabase", "GetPartition", "GetPartitions", "GetTable", "GetTables")


def redshift_trust(lake: ResolvedStack) -> list[str]:
    """Check that only Redshift may assume the role, for database users of this account and region."""
    users = {"StringLike": {"sts:ExternalId": f"arn:aws:redshift:{REGION}:{ACCOUNT}:dbuser:*"}}
    expected = {
        "Effect": "Allow",
        "Principal": {"Service": SERVICES},
        "Action": "sts:AssumeRole",
        "Condition": users,
    }
    return [
        f"the role's trust is {statement}"
        for role in _roles(lake)
        for statement in role["AssumeRolePolicyDocument"]["Statement"]
        if statement != expected
    ]


def redshift_permissions(lake: ResolvedStack) -> list[str]:
    """Check that the role can read exactly the tables' catalog entries and files."""
    return [
        finding
        for role in _roles(lake)
        for finding in permissions_findings("Redshift", lake.statements_of(role), _expected(lake))
    ]


def redshift_statements(lake: ResolvedStack) -> list[str]:
    """Check that the outputs name the role, and that the statements grant access to one group and not to everyone."""
    if not _roles(lake):
        return []
    role = lake.outputs.get("RedshiftRoleArn", "")
    statements = [value for key, value in lake.outputs.items() if key.startswith("RedshiftSql")]
    wanted = (
        "CREATE EXTERNAL SCHEMA IF NOT EXISTS \"analytics\" FROM DATA CATALOG DATABASE 'analytics' "
        f"REGION '{REGION}' IAM_ROLE '{role}'; GRANT USAGE ON SCHEMA \"analytics\" TO GROUP \"analysts\";"
    )
    return [] if role and statements == [wanted] else [f"the statements are {statements}"]


def _expected(lake: ResolvedStack) -> Iterator[Permission]:
    bucket = f"arn:aws:s3:::{lake.outputs['LakeBucketName']}"
    resources = ("catalog", "database/analytics", *_TABLES)
    yield from permissions(
        [f"glue:{action}" for action in _CATALOG_READS],
        [f"arn:aws:glue:{REGION}:{ACCOUNT}:{resource}" for resource in resources],
    )
    yield from permissions(["s3:GetObject"], [f"{bucket}/{prefix}*" for prefix in _DATA])
    yield from permissions(
        ["s3:ListBucket"], [bucket], {"StringLike": {"s3:prefix": [f"{prefix}*" for prefix in _DATA]}}
    )
    yield from permissions(["s3:GetBucketLocation"], [bucket])
    # All projects with Redshift also have an encrypted catalog, and a bucket registered with Lake Formation.
    yield from catalog_key_permissions(f"arn:aws:kms:{REGION}:{ACCOUNT}:key/5555abcd-12ab-34cd-56ef-1234567890ab")
    yield from permissions(["lakeformation:GetDataAccess"], ["*"])
    if "KMSMasterKeyID" in str(lake_bucket(lake)):
        (key,) = (name for name, resource in lake.resources.items() if resource["Type"] == "AWS::KMS::Key")
        yield from permissions(
            ["kms:Decrypt"],
            [f"arn:aws:kms:{REGION}:{ACCOUNT}:key/{lake.name}-{key}"],
            {
                "StringEquals": {"kms:ViaService": f"s3.{REGION}.amazonaws.com"},
                "StringLike": {"kms:EncryptionContext:aws:s3:arn": [bucket, f"{bucket}/*"]},
            },
        )


def _roles(lake: ResolvedStack) -> list[dict[str, Any]]:
    return [
        role["Properties"]
        for role in lake.of_type("AWS::IAM::Role")
        if "Redshift" in role["Properties"].get("Description", "")
    ]


REDSHIFT_CHECKS: dict[str, Callable[[ResolvedStack], list[str]]] = {
    check.__name__: check for check in (redshift_trust, redshift_permissions, redshift_statements)
}
