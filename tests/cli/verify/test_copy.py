"""Tests of the copy's project, and of the check of its templates before the deployment."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from partitioned_pipelines.cli.deployment.cdk import Cdk
from partitioned_pipelines.cli.errors import CommandError
from partitioned_pipelines.cli.verify.copy import check_assembly, published_assets, write_project
from partitioned_pipelines.spec import load_project
from partitioned_pipelines.spec.derived.job import job_stem

if TYPE_CHECKING:
    from pathlib import Path

    from partitioned_pipelines.cli.verify.copy import Names


@pytest.fixture(scope="module")
def synthesized(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the copy, synthesized once by the real app with an account's options."""
    from partitioned_pipelines.cli.verify.copy import Names

    folder = tmp_path_factory.mktemp("copy")
    names = Names.parse("verify-0a1b2c3d")
    boundary = "arn:aws:iam::123456789012:policy/boundary"
    project = write_project(folder / "project", names, {"permissions_boundary": boundary})
    cdk = Cdk(Cdk.for_aws().environment, folder)
    cdk.synthesize(project, names.prefix, folder / "cdk.out", ["account=123456789012"])
    return folder / "cdk.out"


def test_the_project_is_one_and_all_its_names_begin_with_the_prefix(names: Names, tmp_path: Path) -> None:
    project = load_project(write_project(tmp_path, names))
    assert {pipeline.name for pipeline in project.pipelines} == {names.pipeline, names.reading_pipeline}
    for pipeline in project.pipelines:
        assert {table.database for table in pipeline.tables} == {names.database}
        for step in pipeline.steps:
            assert job_stem(pipeline.name, step.name).startswith(names.job_beginning)


def test_the_templates_of_a_copy_pass_whatever_the_account_sets(synthesized: Path, names: Names) -> None:
    check_assembly(synthesized, names)
    assert any(key.endswith("/write_lines.py") for key in published_assets(synthesized))


def _lake(document: Any) -> dict[str, Any]:
    return {one["Type"]: one for one in document["Resources"].values()}


@pytest.mark.parametrize(
    ("stack", "change", "named"),
    [
        ("data-lake", lambda one: one["AWS::S3::Bucket"]["Properties"].update(BucketName="production"), "production"),
        ("data-lake", lambda one: one["AWS::S3::Bucket"].update(Type="AWS::S3::Other"), "AWS::S3::Bucket []"),
        (
            "data-lake",
            lambda one: one["AWS::Glue::Database"]["Properties"]["DatabaseInput"].update(Name="analytics"),
            "analytics",
        ),
        ("data-lake", lambda one: one["AWS::Athena::WorkGroup"]["Properties"].update(Name="primary"), "primary"),
        (
            "verify-0a1b2c3d",
            lambda one: one["AWS::Glue::Table"]["Properties"].update(DatabaseName="analytics"),
            "analytics",
        ),
    ],
)
def test_a_template_that_reaches_beyond_the_copy_is_not_deployed(
    synthesized: Path, names: Names, tmp_path: Path, stack: str, change: Any, named: str
) -> None:
    changed = f"{names.prefix}-{stack}.template.json"
    for path in synthesized.glob("*.json"):
        document = json.loads(path.read_text(encoding="utf-8"))
        if path.name == changed:
            change(_lake(document))
        (tmp_path / path.name).write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(CommandError, match="nothing was deployed") as refused:
        check_assembly(tmp_path, names)
    assert named in refused.value.message


def test_a_stack_of_another_name_is_not_deployed(synthesized: Path) -> None:
    from partitioned_pipelines.cli.verify.copy import Names

    with pytest.raises(CommandError, match="verify-0a1b2c3d-data-lake"):
        check_assembly(synthesized, Names.parse("verify-11111111"))
