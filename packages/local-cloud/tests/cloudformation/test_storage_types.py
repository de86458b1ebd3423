"""Types of storage and access are created, updated and deleted, as shown by their service's API."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from cloud_under_test.stacks import resource
from cloud_under_test.template_parts import policy, succeed, trust

if TYPE_CHECKING:
    from cloud_under_test.stacks import Stacks

Aws = Any


def test_bucket_and_policy(aws: Aws, stacks: Stacks) -> None:
    s3 = aws("s3")
    rule = {"Id": "old", "Status": "Enabled", "Prefix": "tmp/", "ExpirationInDays": 7}
    key = {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "alias/own"}}
    statement = {"Principal": "*"}
    allowed = policy("s3:GetObject", {"Fn::Sub": "${Bucket.Arn}/*"}, **statement)
    bucket_policy = resource("AWS::S3::BucketPolicy", {"Bucket": {"Ref": "Bucket"}, "PolicyDocument": allowed})
    full = {
        "BucketEncryption": {"ServerSideEncryptionConfiguration": [{**key, "BucketKeyEnabled": True}]},
        "LifecycleConfiguration": {"Rules": [rule]},
        "PublicAccessBlockConfiguration": {"BlockPublicAcls": True, "BlockPublicPolicy": False},
        "Tags": [{"Key": "a", "Value": "1"}],
        "VersioningConfiguration": {"Status": "Enabled"},
    }
    succeed(stacks.create({"Bucket": resource("AWS::S3::Bucket", full), "Policy": bucket_policy}))
    bucket = stacks.physical_id("Bucket")
    (lifecycle,) = s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]
    assert (lifecycle["ID"], lifecycle["Expiration"], lifecycle["Filter"]) == ("old", {"Days": 7}, {"Prefix": "tmp/"})
    (encryption,) = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]
    assert encryption["ApplyServerSideEncryptionByDefault"]["KMSMasterKeyID"] == "alias/own"
    assert s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]["BlockPublicAcls"] is True
    assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
    document = json.loads(s3.get_bucket_policy(Bucket=bucket)["Policy"])
    assert document["Statement"][0]["Resource"] == f"arn:aws:s3:::{bucket}/*"

    s3.put_object(Bucket=bucket, Key="kept", Body=b"x")
    succeed(stacks.update({"Bucket": resource("AWS::S3::Bucket", {"Tags": [{"Key": "a", "Value": "2"}]})}))
    assert stacks.physical_id("Bucket") == bucket
    assert s3.get_object(Bucket=bucket, Key="kept")["Body"].read() == b"x"
    assert s3.get_bucket_tagging(Bucket=bucket)["TagSet"] == [{"Key": "a", "Value": "2"}]
    assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Suspended"
    for gone in (s3.get_bucket_lifecycle_configuration, s3.get_bucket_policy, s3.get_public_access_block):
        with pytest.raises(s3.exceptions.ClientError, match=r"NoSuch|does not exist"):
            gone(Bucket=bucket)


def test_a_bucket_that_is_not_empty_is_not_deleted(aws: Aws, stacks: Stacks) -> None:
    stacks.create({"Bucket": resource("AWS::S3::Bucket")})
    bucket = stacks.physical_id("Bucket")
    aws("s3").put_object(Bucket=bucket, Key="kept", Body=b"x")
    stack = stacks.delete()
    assert stack["StackStatus"] == "DELETE_FAILED"
    assert aws("s3").get_object(Bucket=bucket, Key="kept")["Body"].read() == b"x"
    aws("s3").delete_object(Bucket=bucket, Key="kept")
    succeed(stacks.delete())


def test_role_and_policies(aws: Aws, stacks: Stacks) -> None:
    iam = aws("iam")

    def of(action: str, **more: Any) -> dict[str, Any]:
        inline = [{"PolicyName": "own", "PolicyDocument": policy(action, "*")}]
        roles = {"Roles": [{"Ref": "Role"}], "PolicyDocument": policy(action, "*")}
        return {
            "Role": resource("AWS::IAM::Role", {"AssumeRolePolicyDocument": trust(), "Policies": inline, **more}),
            "Policy": resource("AWS::IAM::Policy", {"PolicyName": "default", **roles}),
            "Managed": resource("AWS::IAM::ManagedPolicy", roles),
        }

    aws_managed = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
    succeed(stacks.create(of("s3:GetObject", ManagedPolicyArns=[aws_managed])))
    role, managed = stacks.physical_id("Role"), stacks.physical_id("Managed")

    def actions() -> list[str]:
        inline = [iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"] for name in ("own", "default")]
        version = iam.get_policy(PolicyArn=managed)["Policy"]["DefaultVersionId"]
        inline.append(iam.get_policy_version(PolicyArn=managed, VersionId=version)["PolicyVersion"]["Document"])
        return [document["Statement"][0]["Action"] for document in inline]

    def attached() -> set[str]:
        found = iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]
        return {item["PolicyArn"] for item in found}

    assert (actions(), attached()) == (["s3:GetObject"] * 3, {aws_managed, managed})
    for action in (
        "s3:PutObject",
        "s3:ListBucket",
        "s3:A",
        "s3:B",
        "s3:C",
        "s3:D",
    ):  # beyond the five versions of a policy
        succeed(stacks.update(of(action, MaxSessionDuration="7200")))
        assert (actions(), attached()) == ([action] * 3, {managed})
    assert iam.get_role(RoleName=role)["Role"]["MaxSessionDuration"] == 7200
    succeed(stacks.delete())
    with pytest.raises(iam.exceptions.NoSuchEntityException):
        iam.get_role(RoleName=role)
    with pytest.raises(iam.exceptions.NoSuchEntityException):
        iam.get_policy(PolicyArn=managed)


def test_glue_database_and_table(aws: Aws, stacks: Stacks) -> None:
    glue, database = aws("glue"), stacks.name.replace("-", "_")

    def of(kind: str, table: str = "t") -> dict[str, Any]:
        columns = {"Columns": [{"Name": "c", "Type": kind}], "Location": f"s3://{stacks.name}/t"}
        given = {"Name": table, "StorageDescriptor": columns, "PartitionKeys": [{"Name": "dt", "Type": "date"}]}
        in_catalog = {"CatalogId": {"Ref": "AWS::AccountId"}}
        return {
            "Database": resource("AWS::Glue::Database", {**in_catalog, "DatabaseInput": {"Name": database}}),
            "Table": resource(
                "AWS::Glue::Table", {**in_catalog, "DatabaseName": {"Ref": "Database"}, "TableInput": given}
            ),
        }

    succeed(stacks.create(of("int")))
    descriptor = {"Columns": [], "Location": f"s3://{stacks.name}/t/dt=2026-01-01"}
    partition = {"Values": ["2026-01-01"], "StorageDescriptor": descriptor}
    glue.create_partition(DatabaseName=database, TableName="t", PartitionInput=partition)
    succeed(stacks.update(of("bigint")))
    table = glue.get_table(DatabaseName=database, Name="t")["Table"]
    assert table["StorageDescriptor"]["Columns"] == [{"Name": "c", "Type": "bigint"}]
    kept = glue.get_partitions(DatabaseName=database, TableName="t")["Partitions"]
    assert [item["Values"] for item in kept] == [["2026-01-01"]]  # an update in place keeps the partitions
    succeed(stacks.update(of("bigint", "u")))
    assert [item["Name"] for item in glue.get_tables(DatabaseName=database)["TableList"]] == ["u"]
    succeed(stacks.delete())
    with pytest.raises(glue.exceptions.EntityNotFoundException):
        glue.get_database(Name=database)


def test_work_group(aws: Aws, stacks: Stacks) -> None:
    athena = aws("athena")

    def of(folder: str) -> dict[str, Any]:
        location = {"ResultConfiguration": {"OutputLocation": f"s3://{stacks.name}/{folder}/"}}
        return {"Group": resource("AWS::Athena::WorkGroup", {"Name": stacks.name, "WorkGroupConfiguration": location})}

    for deploy, folder in ((stacks.create, "one"), (stacks.update, "two")):
        succeed(deploy(of(folder)))
        group = athena.get_work_group(WorkGroup=stacks.name)["WorkGroup"]
        assert group["Configuration"]["ResultConfiguration"]["OutputLocation"] == f"s3://{stacks.name}/{folder}/"
    managed = {"WorkGroupConfiguration": {"ManagedQueryResultsConfiguration": {"Enabled": True}}}
    stacks.update({"Group": resource("AWS::Athena::WorkGroup", {"Name": stacks.name, **managed})})
    reasons = [reason for _, status, reason in stacks.events() if status == "UPDATE_FAILED"]
    assert "ManagedQueryResultsConfiguration is not supported by the local cloud" in reasons[0]
    succeed(stacks.delete())
    assert stacks.name not in [group["Name"] for group in athena.list_work_groups()["WorkGroups"]]


def test_repository(aws: Aws, stacks: Stacks) -> None:
    ecr = aws("ecr")

    def of(mutability: str, **more: Any) -> dict[str, Any]:
        return {"Repository": resource("AWS::ECR::Repository", {"ImageTagMutability": mutability, **more})}

    selection = {"tagStatus": "untagged", "countType": "imageCountMoreThan", "countNumber": 3}
    rule = {"rulePriority": 1, "selection": selection, "action": {"type": "expire"}}
    rules = json.dumps({"rules": [rule]})
    succeed(stacks.create(of("MUTABLE", ImageScanningConfiguration={"ScanOnPush": "true"})))
    name = stacks.physical_id("Repository")
    assert name == name.lower()
    succeed(stacks.update(of("IMMUTABLE", LifecyclePolicy={"LifecyclePolicyText": rules}, EmptyOnDelete=True)))
    (repository,) = ecr.describe_repositories(repositoryNames=[name])["repositories"]
    assert repository["imageTagMutability"] == "IMMUTABLE"
    assert repository["imageScanningConfiguration"] == {"scanOnPush": False}
    assert ecr.get_lifecycle_policy(repositoryName=name)["lifecyclePolicyText"] == rules
    succeed(stacks.delete())
    with pytest.raises(ecr.exceptions.RepositoryNotFoundException):
        ecr.describe_repositories(repositoryNames=[name])
