"""Tests that IAM allows Redshift to read exactly the pipelines' tables, with a separate simulator."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from partitioned_pipelines.lake.key_layout import receipts_prefix
from tests.checks.data_lake.redshift import SERVICES
from tests.iam.calls.logged_calls import glue_calls, list_call, object_call
from tests.iam.simulator import ACCOUNT, IamCall, simulate
from tests.synthesized.intrinsics import REGION

if TYPE_CHECKING:
    from tests.synthesized.resolved_stack import ResolvedStack
    from tests.synthesized.synthesis import Synthesis

FLIGHTS = "tables/analytics/flights/runs/20211216T060000Z-ab/cd/dt=2021-12-15/part.parquet"
FEATURES = "tables/analytics/partitioned_table_sample/output/process_date_jst=2021-12-15/partition.csv"
READS = ("GetTable", "GetTables", "GetPartition", "GetPartitions", "BatchGetPartition")
WRITES = ("UpdateTable", "DeleteTable", "CreateTable", "BatchCreatePartition", "DeletePartition")
ENCRYPTION = (("kms:ViaService", f"s3.{REGION}.amazonaws.com"),)


@pytest.fixture(scope="module")
def lake(warehouse: Synthesis) -> ResolvedStack:
    return warehouse.resolved_lake()


def role_arn(lake: ResolvedStack) -> str:
    return lake.outputs["RedshiftRoleArn"]


def key_arn(lake: ResolvedStack) -> str:
    (key,) = (name for name, resource in lake.resources.items() if resource["Type"] == "AWS::KMS::Key")
    return f"arn:aws:kms:{REGION}:{ACCOUNT}:key/{lake.name}-{key}"


def reader_role(lake: ResolvedStack) -> dict[str, Any]:
    """Return the properties of the role; the lake's others are those of the watch."""
    found: dict[str, Any]
    (found,) = (
        role["Properties"]
        for role in lake.of_type("AWS::IAM::Role")
        if role["Properties"].get("Description", "").startswith("Redshift Spectrum")
    )
    return found


def decide(lake: ResolvedStack, calls: list[IamCall]) -> dict[str, bool]:
    role = reader_role(lake)
    key = lake.only("AWS::KMS::Key")["KeyPolicy"]
    decisions = simulate(calls, {role_arn(lake): lake.statements_of(role)}, {key_arn(lake): key})
    return {str(call): decision.allowed for call, decision in zip(calls, decisions, strict=True)}


def decryption(lake: ResolvedStack, action: str, encrypted: str) -> IamCall:
    context = (("kms:EncryptionContext:aws:s3:arn", encrypted), *ENCRYPTION)
    return IamCall(role_arn(lake), action, key_arn(lake), context)


def test_our_tables_can_be_read(lake: ResolvedStack) -> None:
    role, bucket = role_arn(lake), lake.outputs["LakeBucketName"]
    calls = [object_call(role, "s3:GetObject", bucket, key) for key in (FLIGHTS, FEATURES)]
    calls += [list_call(role, bucket, key.rpartition("/")[0] + "/") for key in (FLIGHTS, FEATURES)]
    calls.append(IamCall(role, "s3:GetBucketLocation", f"arn:aws:s3:::{bucket}"))
    calls.append(decryption(lake, "kms:Decrypt", f"arn:aws:s3:::{bucket}"))
    for table in ("flights", "partitioned_table_sample"):
        for action in READS:
            calls += glue_calls(role, f"glue:{action}", "analytics", table)
    for resource in ("catalog", "database/analytics"):
        calls.append(IamCall(role, "glue:GetDatabase", f"arn:aws:glue:{REGION}:{ACCOUNT}:{resource}"))
    assert [call for call, allowed in decide(lake, calls).items() if not allowed] == []


def test_nothing_else_can(lake: ResolvedStack) -> None:
    role, bucket = role_arn(lake), lake.outputs["LakeBucketName"]
    others = (
        "raw/flights/2013.csv",
        "intermediates/flights/r/extract/u/part.csv",
        "athena-results/1.csv",
        "locks/tables/analytics/flights.json",
        f"{receipts_prefix('analytics', 'flights')}r.json",
        "tables/analytics/flights2/runs/r/u/dt=1/part.parquet",
        "tables/analytics/salaries/runs/r/u/dt=1/part.parquet",
    )
    calls = [object_call(role, "s3:GetObject", bucket, key) for key in others]
    calls += [object_call(role, action, bucket, FLIGHTS) for action in ("s3:PutObject", "s3:DeleteObject")]
    calls += [list_call(role, bucket, prefix) for prefix in ("", "tables/", "raw/flights/", "tables/analytics/sal")]
    calls += [object_call(role, "s3:GetObject", "another-bucket", FLIGHTS)]
    # In a call on a table, the catalog and the database may be granted; the table itself must not be.
    for action in READS:
        calls.append(list(glue_calls(role, f"glue:{action}", "analytics", "salaries"))[-1])
        calls.append(list(glue_calls(role, f"glue:{action}", "secret", "flights"))[-1])
    for action in WRITES:
        calls.append(list(glue_calls(role, f"glue:{action}", "analytics", "flights"))[-1])
    calls.append(decryption(lake, "kms:Decrypt", "arn:aws:s3:::another-bucket"))
    calls.append(decryption(lake, "kms:GenerateDataKey", f"arn:aws:s3:::{bucket}"))
    assert [call for call, allowed in decide(lake, calls).items() if allowed] == []


def test_who_may_assume_the_role(lake: ResolvedStack) -> None:
    role = reader_role(lake)
    users = f"arn:aws:redshift:{REGION}:{ACCOUNT}:dbuser:warehouse/analyst"
    asked = [(service, users) for service in SERVICES]
    refused = [
        ("redshift.amazonaws.com", users.replace(ACCOUNT, "210987654321")),
        ("redshift.amazonaws.com", users.replace(REGION, "us-east-1")),
        ("ec2.amazonaws.com", users),
    ]
    calls = [
        IamCall(service, "sts:AssumeRole", role_arn(lake), (("sts:ExternalId", external_id),))
        for service, external_id in [*asked, *refused]
    ]
    decisions = simulate(calls, {}, {role_arn(lake): role["AssumeRolePolicyDocument"]})
    assert [decision.allowed for decision in decisions] == [True] * len(asked) + [False] * len(refused)
