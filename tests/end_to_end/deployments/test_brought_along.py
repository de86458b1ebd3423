"""Tests of deployments into existing resources, which are used and left unchanged."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from partitioned_pipelines.cli.target.local_endpoint import LOCAL_REGION
from partitioned_pipelines.lake.key_layout import receipts_prefix
from tests.end_to_end.cdk_user import CdkUser
from tests.end_to_end.deployment import PROJECTS, ROOT
from tests.end_to_end.deployments.encrypted_lake import DAY, ROWS, SPEC, keys_of_objects, rows_of
from tests.iam.simulator import ACCOUNT

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("locked_down")]


def _documented_policy(prefix: str) -> str:
    """Return the policy that docs/reference/deployment_file.md requires of an existing key's owner, with the account's own statement."""
    text = (ROOT / "docs" / "reference" / "deployment_file.md").read_text(encoding="utf-8")
    section = text.partition("\n## Customer-managed key\n")[2]
    statements = section.partition("```json\n")[2].partition("```")[0]
    for name, value in (("region", LOCAL_REGION), ("account", ACCOUNT), ("prefix", prefix)):
        statements = statements.replace(f"<{name}>", value)
    root = {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
    account = {"Effect": "Allow", "Principal": root, "Action": "kms:*", "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [account, *json.loads(f"[{statements}]")]})


def test_images_lie_in_a_repository_whose_tags_stay(environment: dict[str, str], tmp_path: Path) -> None:
    """The CDK's bootstrap repository, the only one that a deployment needs. Scans are a setting of the account's registry."""
    ecr = CdkUser(PROJECTS / "outside", environment, tmp_path).client("ecr")
    (repository,) = ecr.describe_repositories()["repositories"]
    assert repository["imageTagMutability"] == "IMMUTABLE"
    policy = ecr.get_lifecycle_policy(repositoryName=repository["repositoryName"])["lifecyclePolicyText"]
    assert "untagged" in policy


def test_what_exists_already_is_used_and_left_as_it_is(environment: dict[str, str], tmp_path: Path) -> None:
    project = shutil.copytree(PROJECTS / "outside", tmp_path / "project")
    owner = CdkUser(project, environment, tmp_path)
    s3, glue, kms = owner.client("s3"), owner.client("glue"), owner.client("kms")
    key = kms.create_key(Description="the owner's", Policy=_documented_policy("brought"))["KeyMetadata"]["Arn"]
    s3.create_bucket(Bucket="team-lake", CreateBucketConfiguration={"LocationConstraint": LOCAL_REGION})
    default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}
    rules = [{"ApplyServerSideEncryptionByDefault": default, "BucketKeyEnabled": True}]
    s3.put_bucket_encryption(Bucket="team-lake", ServerSideEncryptionConfiguration={"Rules": rules})
    tls = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": ["arn:aws:s3:::team-lake", "arn:aws:s3:::team-lake/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    s3.put_bucket_policy(Bucket="team-lake", Policy=json.dumps({"Version": "2012-10-17", "Statement": [tls]}))
    s3.put_object(Bucket="team-lake", Key="others/kept.txt", Body=b"kept")
    glue.create_database(DatabaseInput={"Name": "shared", "Description": "the owner's"})

    def theirs() -> list[Any]:
        return [
            json.loads(s3.get_bucket_policy(Bucket="team-lake")["Policy"]),
            s3.get_bucket_encryption(Bucket="team-lake")["ServerSideEncryptionConfiguration"],
            kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"],
            glue.get_database(Name="shared")["Database"],
            s3.get_object(Bucket="team-lake", Key="others/kept.txt")["Body"].read(),
        ]

    before = theirs()
    user = CdkUser(
        project, environment, tmp_path, "brought", {"bucket": "team-lake", "kms": key, "databases": ["shared"]}
    )
    user.edit(SPEC, "database: outside", "database: shared")
    user.deploy()
    user.count_words(DAY)
    assert rows_of(user, "shared.word_counts") == ROWS
    objects = keys_of_objects(user, "team-lake")
    assert any(name.startswith(receipts_prefix("shared", "word_counts")) for name in objects)
    assert set(objects.values()) == {key}
    assert theirs() == before

    user.must("destroy", "--all", "--force", synthesize=False)
    assert theirs() == before
    assert keys_of_objects(user, "team-lake").keys() >= objects.keys()
