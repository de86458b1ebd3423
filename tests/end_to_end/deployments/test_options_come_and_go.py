"""Tests of deployment options that are set, removed and set again by the CDK CLI: all stacks deploy, and all previous days can be queried."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import pytest

from partitioned_pipelines.cli.target.local_endpoint import LOCAL_REGION
from tests.end_to_end.cdk_user import DEPLOY, CdkUser
from tests.end_to_end.deployment import PROJECTS
from tests.end_to_end.deployments.encrypted_lake import ROWS, SPEC, keys_of_objects, rows_of
from tests.iam.simulator import ACCOUNT

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

pytestmark = [pytest.mark.e2e, pytest.mark.heavy, pytest.mark.timeout(1800), pytest.mark.xdist_group("locked_down")]

ASSETS_KEY = f"arn:aws:kms:{LOCAL_REGION}:{ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab"


@dataclass
class Deployments:
    """Successive deployments of the same stacks with different options.

    Attributes
    ----------
    database
        The database in the pipeline file.
    days
        The days that were run.
    """

    user: CdkUser
    database: str
    days: list[str] = field(default_factory=list)

    def works_with(self, options: Mapping[str, Any], *flags: str, suffix: str = "") -> str:
        """Deploy with options, run a new day, and query it and all earlier ones; return the name of the bucket."""
        replace(self.user, options=options).must("deploy", "--all", *DEPLOY, *flags)
        self.days.append(f"2026-11-{len(self.days) + 1:02}")
        self.user.count_words(self.days[-1])
        for day in self.days:
            assert rows_of(self.user, f"{self.database}{suffix}.word_counts", day) == ROWS, (options, day)
        return self.user.deployment.lake

    def key_of_last_input(self) -> str | None:
        """Return the key of the object that the last run read."""
        name = f"raw/word_count/{self.days[-1].replace('-', '')}.txt"
        return keys_of_objects(self.user, self.user.deployment.lake)[name]


def deployments(environment: dict[str, str], folder: Path, prefix: str) -> Deployments:
    """Return a project whose deployments share an account with other tests'."""
    user = CdkUser(shutil.copytree(PROJECTS / "outside", folder / "project"), environment, folder, prefix)
    user.edit(SPEC, "database: outside", f"database: outside_{prefix}")
    return Deployments(user, f"outside_{prefix}")


def test_options_can_be_set_removed_and_set_again(environment: dict[str, str], tmp_path: Path) -> None:
    project = deployments(environment, tmp_path, "changing")
    iam = project.user.client("iam")
    document = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]})
    boundary = iam.create_policy(PolicyName="boundary", PolicyDocument=document)["Policy"]["Arn"]
    options = {
        "account": ACCOUNT,
        "region": LOCAL_REGION,
        "removal_policy": "destroy",
        "permissions_boundary": boundary,
        "kms": "create",
        "assets_kms": ASSETS_KEY,
        "access_logs": "create",
        "encrypt_inter_container_traffic": True,
        "redshift": True,
        "redshift_group": "readers",
    }
    lake = project.works_with({})
    assert project.key_of_last_input() is None
    assert project.works_with(options) == lake
    first = project.key_of_last_input()
    kms = project.user.client("kms")
    assert first == kms.describe_key(KeyId="alias/changing-data-lake")["KeyMetadata"]["Arn"]
    # With removal_policy: destroy, a key would be deleted with the objects that need it.
    assert project.works_with({**options, "removal_policy": "retain"}) == lake
    assert project.works_with({"former_kms": [first]}) == lake
    assert project.key_of_last_input() is None
    assert kms.describe_key(KeyId=first)["KeyMetadata"]["KeyState"] == "Enabled"
    assert project.works_with({**options, "former_kms": [first]}) == lake
    assert project.key_of_last_input() not in {None, first}


def test_a_bucket_can_be_set_removed_and_set_again(environment: dict[str, str], tmp_path: Path) -> None:
    """Published data stays where it is, and is visible as long as partitions point to it."""
    project = deployments(environment, tmp_path, "moving")
    place = {"LocationConstraint": LOCAL_REGION}
    project.user.client("s3").create_bucket(Bucket="moving-lake", CreateBucketConfiguration=place)
    first = project.works_with({})
    assert project.works_with({"bucket": "moving-lake"}) == "moving-lake"
    assert project.works_with({}) not in {first, "moving-lake"}, "a bucket that is created is a new one"
    assert project.works_with({"bucket": "moving-lake"}) == "moving-lake"
    assert project.works_with({"bucket": first}) == first


def test_a_database_can_be_named_as_existing_and_no_more(environment: dict[str, str], tmp_path: Path) -> None:
    """As an existing database, it leaves the stack and is retained; without the option, the stack takes it back."""
    project = deployments(environment, tmp_path, "naming")
    project.works_with({})
    project.works_with({"databases": ["outside_naming"]})
    project.works_with({}, "--import-existing-resources")
    project.works_with({"databases": ["outside_naming"]})


def test_a_suffix_gives_a_second_deployment_databases_of_its_own(environment: dict[str, str], tmp_path: Path) -> None:
    first = deployments(environment, tmp_path, "team")
    first.works_with({})
    second = Deployments(replace(first.user, prefix="team-b"), first.database)
    second.works_with({"database_suffix": "_{prefix}"}, suffix="_team_b")
    location = second.user.client("glue").get_table(DatabaseName="outside_team_team_b", Name="word_counts")
    assert "/tables/outside_team_team_b/word_counts/" in location["Table"]["StorageDescriptor"]["Location"]
    clash = replace(first.user, prefix="team-c", options={}).cdk("deploy", "--all", *DEPLOY)
    assert clash.returncode == 1
    assert "outside_team" in clash.stdout
    assert "AlreadyExistsException" in clash.stdout
    buckets = [each["Name"] for each in first.user.client("s3").list_buckets()["Buckets"]]
    assert not [name for name in buckets if name.startswith("team-c")], "nothing is left of a refused deployment"
    first.works_with({})
