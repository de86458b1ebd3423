"""Tests that a deployment uses existing resources unchanged, and rejects unusable ones before synthesis."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.synthesized.synthesis import ROOT, Synthesis, synthesize

OUTSIDE = ROOT / "tests" / "fixtures" / "projects" / "outside"
KEY = "arn:aws:kms:ap-northeast-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"


def types(synthesis: Synthesis) -> set[str]:
    return {resource["Type"] for resource in synthesis.resolved_lake().resources.values()}


def test_a_bucket_that_exists_is_named_and_not_changed(brought_along: Synthesis) -> None:
    assert not {kind for kind in types(brought_along) if kind.startswith(("AWS::S3::", "AWS::KMS::"))}
    lake = brought_along.resolved_lake()
    assert lake.outputs["LakeBucketName"] == "team-lake"
    results = lake.only("AWS::Athena::WorkGroup")["WorkGroupConfiguration"]["ResultConfiguration"]
    assert results["OutputLocation"] == "s3://team-lake/athena-results/"
    assert results["EncryptionConfiguration"] == {"EncryptionOption": "SSE_KMS", "KmsKey": KEY}


def test_a_table_lies_in_the_bucket_that_exists(brought_along: Synthesis) -> None:
    tables = brought_along.resolved("kinds").of_type("AWS::Glue::Table")
    places = {table["Properties"]["TableInput"]["StorageDescriptor"]["Location"] for table in tables}
    assert places
    assert all(place.startswith("s3://team-lake/tables/kinds/") for place in places)


def test_no_policy_of_what_exists_is_written(brought_along: Synthesis) -> None:
    policies = {
        "AWS::S3::BucketPolicy",
        "AWS::KMS::Key",
        "AWS::Glue::ResourcePolicy",
        "AWS::LakeFormation::Permissions",
    }
    for stack in brought_along.stacks:
        assert not policies & {resource["Type"] for resource in brought_along.template(stack)["Resources"].values()}


def test_databases_that_exist_are_not_made(brought_along: Synthesis, every_option: Synthesis) -> None:
    def made(synthesis: Synthesis) -> set[str]:
        databases = synthesis.resolved_lake().of_type("AWS::Glue::Database")
        return {database["Properties"]["DatabaseInput"]["Name"] for database in databases}

    assert made(every_option) - made(brought_along) == {"db_versioned", "kinds"}


@pytest.mark.parametrize("options", [{}, {"bucket": "team-lake"}, {"bucket": "team-lake", "databases": ["outside"]}])
def test_the_lake_is_deployed_before_its_pipelines(options: dict[str, Any], tmp_path: Path) -> None:
    synthesize(OUTSIDE, tmp_path / "cdk.out", options)
    manifest = json.loads((tmp_path / "cdk.out" / "manifest.json").read_text(encoding="utf-8"))
    assert "pipelines-data-lake" in manifest["artifacts"]["pipelines-word-count"]["dependencies"]


def test_access_logs_go_to_a_bucket_that_exists(tmp_path: Path) -> None:
    synthesis = synthesize(OUTSIDE, tmp_path / "cdk.out", {"access_logs": "account-logs", "prefix": "team"})
    lake = synthesis.resolved_lake()
    logging = lake.only("AWS::S3::Bucket")["LoggingConfiguration"]
    assert logging == {"DestinationBucketName": "account-logs", "LogFilePrefix": "s3-access/team/"}
    assert lake.only("AWS::S3::BucketPolicy")["Bucket"] == lake.outputs["LakeBucketName"]


def test_a_key_of_several_regions_can_be_given(tmp_path: Path) -> None:
    key = "arn:aws:kms:eu-west-1:123456789012:key/mrk-1234abcd12ab34cd56ef1234567890ab"
    synthesis = synthesize(OUTSIDE, tmp_path / "cdk.out", {"kms": key})
    rules = synthesis.resolved_lake().only("AWS::S3::Bucket")["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert rules[0]["ServerSideEncryptionByDefault"]["KMSMasterKeyID"] == key


def test_a_key_that_may_go_with_its_stack(tmp_path: Path) -> None:
    synthesis = synthesize(OUTSIDE, tmp_path / "cdk.out", {"kms": "create", "removal_policy": "destroy"})
    (key,) = synthesis.resolved_lake().of_type("AWS::KMS::Key")
    assert key["DeletionPolicy"] == "Delete"


def test_what_is_retained_is_not_if_its_creation_is_rolled_back(locked_down: Synthesis) -> None:
    """So that a failed first deployment can be repeated; nothing else is retained."""
    lake = locked_down.resolved_lake()
    kept = [one for one in lake.resources.values() if one.get("DeletionPolicy", "Delete") != "Delete"]
    assert {resource["Type"] for resource in kept} == {"AWS::S3::Bucket", "AWS::KMS::Key", "AWS::Glue::Database"}
    policies = {(resource["DeletionPolicy"], resource["UpdateReplacePolicy"]) for resource in kept}
    assert policies == {("RetainExceptOnCreate", "Retain")}


def test_former_keys_may_be_read_by_and_nothing_else(tmp_path: Path) -> None:
    """By each role that reads the lake, through S3, for objects of the lake only."""
    options = {"kms": "create", "former_kms": [KEY], "redshift": True}
    synthesis = synthesize(OUTSIDE, tmp_path / "cdk.out", options)
    former = [
        (policy["Properties"]["Roles"], statement)
        for stack in (synthesis.resolved_lake(), synthesis.resolved("word_count"))
        for policy in stack.of_type("AWS::IAM::Policy")
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
        if statement["Resource"] == KEY
    ]
    assert len(former) == 7, "jobs, PlanRun, RegisterPartitions, both state machines, Redshift and the watch"
    bucket = f"arn:aws:s3:::{synthesis.resolved_lake().outputs['LakeBucketName']}"
    for _, statement in former:
        assert statement == {
            "Effect": "Allow",
            "Action": "kms:Decrypt",
            "Resource": KEY,
            "Condition": {
                "StringEquals": {"kms:ViaService": "s3.ap-northeast-1.amazonaws.com"},
                "StringLike": {"kms:EncryptionContext:aws:s3:arn": [bucket, f"{bucket}/*"]},
            },
        }


def test_stacks_share_nothing_by_exports(locked_down: Synthesis, brought_along: Synthesis) -> None:
    """An export could be neither changed nor removed while it is in use, so that options could not be removed."""
    for synthesis in (locked_down, brought_along):
        for stack in synthesis.stacks:
            text = json.dumps(synthesis.template(stack))
            assert "Fn::ImportValue" not in text
            assert '"Export"' not in text
