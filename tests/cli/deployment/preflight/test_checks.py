"""Tests of the checks as a deployment runs them: with a project's own deployment.yaml."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from partitioned_pipelines.cli.deployment import preflight
from partitioned_pipelines.cli.deployment.preflight import run_preflight
from partitioned_pipelines.cli.deployment.preflight.catalog_encryption import check_catalog_encryption
from partitioned_pipelines.cli.deployment.preflight.lake_formation import check_lake_formation
from partitioned_pipelines.cli.errors import CommandError
from partitioned_pipelines.cli.settings import Settings, Target
from partitioned_pipelines.spec import load_project
from tests.end_to_end.deployment import PROJECTS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from partitioned_pipelines.cli.target.target import Cloud

OURS = (check_catalog_encryption, check_lake_formation)


@pytest.fixture
def check(cloud: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Return a function that runs the two checks for a project with the given options."""
    assert set(OURS) <= set(preflight.CHECKS)
    monkeypatch.setattr(preflight, "CHECKS", OURS)

    def run(**options: Any) -> None:
        folder = shutil.copytree(PROJECTS / "outside", tmp_path / "project", dirs_exist_ok=True)
        (folder / "deployment.yaml").write_text(json.dumps(options), encoding="utf-8")
        settings = Settings.merge({"project": folder, "target": Target.AWS})
        run_preflight(cloud, settings, load_project(folder))

    return run


def test_a_new_account_is_ready(check: Callable[..., None], capsys: pytest.CaptureFixture[str]) -> None:
    check()
    assert capsys.readouterr().err == ""


def test_the_key_of_the_catalog_is_read_from_the_options(cloud: Cloud, check: Callable[..., None]) -> None:
    key = cloud.kms.create_key()["KeyMetadata"]["Arn"]
    settings: Any = {"EncryptionAtRest": {"CatalogEncryptionMode": "SSE-KMS", "SseAwsKmsKeyId": key}}
    cloud.glue.put_data_catalog_encryption_settings(DataCatalogEncryptionSettings=settings)
    with pytest.raises(CommandError, match="catalog_kms is not set"):
        check()
    check(catalog_kms=key)


def test_lake_formation_is_read_from_the_options(cloud: Cloud, check: Callable[..., None]) -> None:
    role = "arn:aws:iam::123456789012:role/cdk-hnb659fds-cfn-exec-role-123456789012-us-east-1"
    settings = {"DataLakeAdmins": [{"DataLakePrincipalIdentifier": role}]}
    cloud.lake_formation.put_data_lake_settings(DataLakeSettings=settings)
    with pytest.raises(CommandError, match="Lake Formation decides about the new database"):
        check()
    check(lake_formation="catalog")


def test_the_bucket_of_a_deployed_lake_is_looked_up(cloud: Cloud, check: Callable[..., None]) -> None:
    template = {
        "Resources": {"Bucket": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "the-lake"}}},
        "Outputs": {"LakeBucketName": {"Value": {"Ref": "Bucket"}}},
    }
    cloud.cloudformation.create_stack(StackName="pipelines-data-lake", TemplateBody=json.dumps(template))
    cloud.lake_formation.register_resource(
        ResourceArn="arn:aws:s3:::the-lake", RoleArn="arn:aws:iam::123456789012:role/r"
    )
    with pytest.raises(CommandError, match="the lake's bucket is registered with Lake Formation"):
        check()


def test_a_denied_look_is_printed_and_does_not_stop_the_deployment(
    check: Callable[..., None], deny: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    deny("lakeformation.GetDataLakeSettings")
    deny("glue.GetDataCatalogEncryptionSettings")
    check()
    said = capsys.readouterr().err
    assert "GetDataLakeSettings was denied" in said
    assert "GetDataCatalogEncryptionSettings was denied" in said
