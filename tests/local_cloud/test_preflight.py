"""Tests of the preflight checks: the owners of databases and workgroup, and the data left behind by a changed bucket or key."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config

from cloud_under_test.stacks import Stacks, resource
from partitioned_pipelines.cli.deployment.preflight.existing_resources import (
    check_databases,
    check_former_data,
    databases_to_import,
)
from partitioned_pipelines.cli.errors import CommandError
from partitioned_pipelines.cli.settings import Settings, Target
from partitioned_pipelines.cli.target.local_endpoint import LocalEndpoint
from partitioned_pipelines.cli.target.target import Cloud
from partitioned_pipelines.spec import OWNER_PARAMETER, load_project

if TYPE_CHECKING:
    from pathlib import Path

    from local_cloud.server import LocalCloud
    from partitioned_pipelines.cli.deployment.preflight import Check

Aws = Any
OUTSIDE = "tests/fixtures/projects/outside"


class Account(Cloud):
    """The local cloud in place of an account."""

    @property
    def is_local(self) -> bool:
        return False

    @cached_property
    def client_config(self) -> Config:
        return Config(s3={"addressing_style": "path"})


@dataclass
class Scene:
    """A project with one table in a separate database, its deployment.yaml, and an account."""

    root: Path
    cloud: Account
    aws: Aws
    prefix: str
    database: str

    def options(self, **options: Any) -> None:
        (self.root / "deployment.yaml").write_text(json.dumps({"prefix": self.prefix, **options}), encoding="utf-8")

    @property
    def settings(self) -> Settings:
        return Settings(self.root, Target.AWS, None, json=False)

    def check(self, check: Check) -> list[str]:
        return list(check(self.cloud, self.settings, load_project(self.root)))

    def imports(self) -> list[str]:
        return databases_to_import(self.cloud, self.settings, load_project(self.root))

    def lake(self, resources: dict[str, Any], **outputs: Any) -> Stacks:
        stacks = Stacks(self.aws("cloudformation"), f"{self.prefix}-data-lake")
        described = stacks.create(resources, Outputs={name: {"Value": value} for name, value in outputs.items()})
        assert described["StackStatus"] == "CREATE_COMPLETE"
        return stacks

    def create_database(self, owner: str | None = None) -> None:
        parameters = {} if owner is None else {OWNER_PARAMETER: owner}
        self.aws("glue").create_database(DatabaseInput={"Name": self.database, "Parameters": parameters})


@pytest.fixture
def scene(aws: Aws, local_cloud_server: LocalCloud, name: str, tmp_path: Path, pytestconfig: pytest.Config) -> Scene:
    root = shutil.copytree(pytestconfig.rootpath / OUTSIDE, tmp_path / "project")
    database = name.replace("-", "_")
    file = root / "pipelines" / "word_count.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("database: outside", f"database: {database}"), "utf-8")
    key = local_cloud_server.access_key
    endpoint = LocalEndpoint(local_cloud_server.endpoint_url, key.access_key_id, key.secret_access_key)
    session = boto3.Session(key.access_key_id, key.secret_access_key, region_name=local_cloud_server.settings.region)
    scene = Scene(root, Account(session, endpoint), aws, name, database)
    scene.options()
    return scene


def test_what_does_not_exist_is_created(scene: Scene) -> None:
    assert scene.check(check_databases) == []
    assert scene.imports() == []


def test_a_database_of_another_deployment_is_refused_by_name_with_the_remedy(scene: Scene) -> None:
    scene.create_database("pipelines")
    with pytest.raises(CommandError) as caught:
        scene.check(check_databases)
    assert caught.value.message.startswith(
        f"the database {scene.database} belongs to the deployment with the prefix pipelines (the stack pipelines-data-lake)"
    )
    assert f"`database_suffix: _{scene.database}`" in str(caught.value.remedy)
    scene.options(database_suffix="_{prefix}")
    assert scene.check(check_databases) == []


def test_a_database_of_somebody_else_s_is_refused_until_it_is_named(scene: Scene) -> None:
    scene.create_database()
    with pytest.raises(CommandError, match="was not created by a deployment of this project") as caught:
        scene.check(check_databases)
    assert f"`databases: [{scene.database}]`" in str(caught.value.remedy)
    scene.options(databases=[scene.database])
    assert scene.check(check_databases) == []
    assert scene.imports() == []


def test_a_database_that_is_named_and_does_not_exist_is_refused(scene: Scene) -> None:
    scene.options(databases=[scene.database])
    with pytest.raises(CommandError, match=f"the database {scene.database} does not exist"):
        scene.check(check_databases)


def test_a_database_that_was_retained_is_taken_back(scene: Scene) -> None:
    scene.create_database(scene.prefix)
    (warning,) = scene.check(check_databases)
    assert warning.startswith(f"the database {scene.database}, retained by an earlier deployment, is imported")
    assert scene.imports() == [scene.database]
    scene.options(removal_policy="destroy")
    with pytest.raises(CommandError, match="CloudFormation imports only resources with the policy retain"):
        scene.check(check_databases)


def test_a_database_of_the_deployed_lake_is_left_alone(scene: Scene) -> None:
    properties = {
        "CatalogId": "123456789012",
        "DatabaseName": scene.database,
        "DatabaseInput": {"Name": scene.database},
    }
    scene.lake({"D": resource("AWS::Glue::Database", properties)})
    assert scene.check(check_databases) == []
    assert scene.imports() == []


def test_a_workgroup_of_somebody_else_s_is_refused(scene: Scene) -> None:
    scene.aws("athena").create_work_group(Name=scene.prefix)
    with pytest.raises(CommandError, match=f"the Athena workgroup {scene.prefix} exists"):
        scene.check(check_databases)


def deployed_lake(scene: Scene, *, key: bool = False) -> tuple[str, str]:
    """Deploy a lake with a bucket, a workgroup and optionally a key; return the names of bucket and key."""
    group: dict[str, Any] = {"Name": scene.prefix}
    resources = {"B": resource("AWS::S3::Bucket"), "W": resource("AWS::Athena::WorkGroup", group)}
    if key:
        resources["K"] = resource("AWS::KMS::Key")
        encryption = {"EncryptionOption": "SSE_KMS", "KmsKey": {"Fn::GetAtt": ["K", "Arn"]}}
        group["WorkGroupConfiguration"] = {"ResultConfiguration": {"EncryptionConfiguration": encryption}}
    stacks = scene.lake(resources, LakeBucketName={"Ref": "B"})
    key_arn = f"arn:aws:kms:ap-northeast-1:123456789012:key/{stacks.physical_id('K')}" if key else ""
    return stacks.physical_id("B"), key_arn


def test_a_bucket_that_holds_something_and_changes_is_reported_with_both_names(scene: Scene) -> None:
    bucket, _ = deployed_lake(scene)
    scene.options(bucket="team-lake")
    assert scene.check(check_former_data) == [], "nothing is left behind by an empty one"
    scene.aws("s3").put_object(Bucket=bucket, Key="tables/x", Body=b"x")
    (warning,) = scene.check(check_former_data)
    assert warning.startswith(f"the lake moves from s3://{bucket} to s3://team-lake;")
    assert f"`bucket: {bucket}`" in warning
    scene.options(bucket=bucket)
    assert scene.check(check_former_data) == []
    scene.options()
    assert scene.check(check_former_data) == [], "it is the stack's own"


def test_a_bucket_that_was_given_and_is_no_more_is_reported(scene: Scene, bucket: str) -> None:
    scene.aws("s3").put_object(Bucket=bucket, Key="tables/x", Body=b"x")
    scene.lake({"W": resource("AWS::Athena::WorkGroup", {"Name": scene.prefix})}, LakeBucketName=bucket)
    (warning,) = scene.check(check_former_data)
    assert warning.startswith(f"the lake moves from s3://{bucket} to a bucket that is created;")


def test_a_key_that_objects_need_is_not_left_behind(scene: Scene) -> None:
    bucket, key = deployed_lake(scene, key=True)
    assert scene.check(check_former_data) == [], "nothing is encrypted with it"
    scene.aws("s3").put_object(Bucket=bucket, Key="tables/x", Body=b"x")
    with pytest.raises(CommandError) as caught:
        scene.check(check_former_data)
    assert caught.value.remedy == f"write `former_kms: [{key}]` into deployment.yaml"
    for kept in ({"former_kms": [key]}, {"kms": "create"}, {"kms": key}):
        scene.options(**kept)
        assert scene.check(check_former_data) == []
    other = "arn:aws:kms:ap-northeast-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
    scene.options(kms=other)
    with pytest.raises(CommandError, match="which the pipelines could no longer use"):
        scene.check(check_former_data)


def test_without_a_lake_there_is_nothing_to_leave(scene: Scene) -> None:
    assert scene.check(check_former_data) == []
