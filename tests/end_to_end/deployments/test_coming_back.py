"""Tests that what was removed can be deployed again: a pipeline file, a whole lake, a failed first deployment; by command and CDK CLI."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from tests.end_to_end.cdk_user import DEPLOY, CdkUser
from tests.end_to_end.deployment import PROJECTS, Deployment, deployed
from tests.end_to_end.deployments.encrypted_lake import DAY, ROWS, SPEC, rows_of

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.e2e, pytest.mark.heavy, pytest.mark.timeout(1800), pytest.mark.xdist_group("locked_down")]

IMPORTING = (*DEPLOY, "--import-existing-resources")


def deploy(cloud: Deployment) -> str:
    """Deploy with the command, which must succeed; return its output."""
    done = cloud.command("deploy")
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stderr


def test_a_pipeline_file_is_removed_and_restored(tmp_path: Path) -> None:
    """The lake releases the database with its last pipeline, and takes it back with the next."""
    project = shutil.copytree(PROJECTS / "outside", tmp_path / "project")
    file, away = project / SPEC, tmp_path / "word_count.yaml"
    other = file.read_text(encoding="utf-8").replace("word_count", "other").replace("outside", "elsewhere")
    (project / "pipelines" / "other.yaml").write_text(other, encoding="utf-8")
    with deployed(project) as cloud:
        cloud.client("glue").create_table(DatabaseName="outside", TableInput={"Name": "view_of_somebody"})
        file.rename(away)
        deploy(cloud)
        away.rename(file)
        said = deploy(cloud)
        assert "the database outside, retained by an earlier deployment, is imported unchanged" in said
        tables = cloud.client("glue").get_tables(DatabaseName="outside")["TableList"]
        assert {"view_of_somebody", "word_counts"} <= {table["Name"] for table in tables}
        user = CdkUser(project, cloud.endpoint.environment, tmp_path, "pipelines")
        user.count_words(DAY)
        assert rows_of(user, "outside.word_counts") == ROWS
        assert cloud.command("deploy").returncode == 0

        # Another prefix in the same account and region is refused by name, before anything is created.
        clash = cloud.command("deploy", "--prefix", "staging")
        assert clash.returncode != 0
        assert "the database elsewhere belongs to the deployment with the prefix pipelines" in clash.stderr
        assert "`database_suffix: _staging`" in clash.stderr
        stacks = cloud.client("cloudformation").describe_stacks()["Stacks"]
        assert not [stack["StackName"] for stack in stacks if stack["StackName"].startswith("staging")]
        (project / "deployment.yaml").write_text("database_suffix: _staging\n", encoding="utf-8")
        beside = cloud.command("deploy", "--prefix", "staging")
        assert beside.returncode == 0, beside.stderr
        assert cloud.client("glue").get_table(DatabaseName="outside_staging", Name="word_counts")


def test_a_lake_is_destroyed_and_deployed_again(environment: dict[str, str], tmp_path: Path) -> None:
    project = shutil.copytree(PROJECTS / "outside", tmp_path / "project")
    user = CdkUser(project, environment, tmp_path, "returning")
    user.edit(SPEC, "database: outside", "database: outside_returning")
    # A failed first deployment leaves nothing that would prevent the second.
    athena = user.client("athena")
    athena.create_work_group(Name="returning")
    assert user.cdk("deploy", "--all", *DEPLOY).returncode == 1
    stack = user.client("cloudformation").describe_stacks(StackName="returning-data-lake")["Stacks"][0]
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    athena.delete_work_group(WorkGroup="returning")
    user.deploy()
    user.count_words(DAY)
    former = user.deployment.lake

    user.must("destroy", "--all", "--force", synthesize=False)
    refused = user.cdk("deploy", "--all", *DEPLOY)
    assert refused.returncode == 1
    assert "outside_returning" in refused.stdout, (
        "the plain CDK CLI names what is in the way, and leaves nothing behind"
    )
    user.must("deploy", "--all", *IMPORTING)
    assert user.deployment.lake != former
    user.count_words(DAY)
    assert rows_of(user, "outside_returning.word_counts") == ROWS


def test_a_lake_is_deployed_again_below_its_pipelines(environment: dict[str, str], tmp_path: Path) -> None:
    """A lake can be destroyed alone; the pipelines get its new bucket with the next deployment."""
    project = shutil.copytree(PROJECTS / "outside", tmp_path / "project")
    user = CdkUser(project, environment, tmp_path, "below")
    user.edit(SPEC, "database: outside", "database: outside_below")
    user.deploy()
    former = user.deployment.lake
    user.must("destroy", "below-data-lake", "--exclusively", "--force", synthesize=False)
    user.must("deploy", "--all", *IMPORTING)
    assert user.deployment.lake != former
    user.count_words(DAY)
    assert rows_of(user, "outside_below.word_counts") == ROWS
