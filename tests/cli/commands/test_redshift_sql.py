"""Tests of ``pipelines redshift-sql`` on lakes deployed to moto, with and without ``redshift=true``."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from moto import mock_aws

import partitioned_pipelines.cli.commands.redshift_sql
from partitioned_pipelines.cli.errors import ExitCode
from partitioned_pipelines.cli.target.target import Cloud
from tests.synthesized.synthesis import synthesize

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.cli.conftest import Invoke

    Pipelines = Callable[..., str]

REGION = "ap-northeast-1"
ROLE = "arn:aws:iam::123456789012:role/"
# The resource types that moto creates; the others are the local cloud's.
KNOWN = {"AWS::IAM::Role", "AWS::IAM::Policy", "AWS::S3::Bucket"}


@pytest.fixture
def deploy(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[dict[str, bool]], None]]:
    """Deploy the role and the outputs of the lake's stack with options."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")

    @contextmanager
    def open_cloud(_settings: object) -> Iterator[Cloud]:
        yield Cloud(boto3.Session(region_name=REGION), None)

    monkeypatch.setattr(partitioned_pipelines.cli.commands.redshift_sql, "open_cloud", open_cloud)

    def run(options: dict[str, bool]) -> None:
        synthesis = synthesize(project, tmp_path / "cdk.out", options)
        template = synthesis.template(synthesis.lake)
        # The watch's role refers to what is not created here.
        template["Resources"] = {
            key: value
            for key, value in template["Resources"].items()
            if value["Type"] in KNOWN and not key.startswith("Freshness")
        }
        left_out = {"NotificationTopicArn"}  # refers to a topic, which is not created here
        template["Outputs"] = {key: value for key, value in template["Outputs"].items() if key not in left_out}
        template.pop("Parameters", None)
        template.pop("Rules", None)
        boto3.client("cloudformation", region_name=REGION).create_stack(
            StackName="pipelines-data-lake", TemplateBody=json.dumps(template)
        )

    with mock_aws():
        yield run


@pytest.fixture
def pipelines(invoke: Invoke, project: Path) -> Pipelines:
    def run(*arguments: str, code: ExitCode = ExitCode.OK) -> str:
        result = invoke("redshift-sql", *arguments, "--project", project)
        assert result.exit_code == code, result.output
        return result.stdout if code is ExitCode.OK else result.output

    return run


def test_the_statements_name_the_deployed_role(deploy: Callable[[dict[str, bool]], None], pipelines: Pipelines) -> None:
    deploy({"redshift": True})
    document: Any = json.loads(pipelines("--json", "--group", "analysts", "--group", 'b"i'))
    role = document["role_arn"]
    assert role.startswith(ROLE)
    create, *grants = document["databases"]["outside"]
    assert create.endswith(f"FROM DATA CATALOG DATABASE 'outside' REGION '{REGION}' IAM_ROLE '{role}'")
    assert grants == [
        'GRANT USAGE ON SCHEMA "outside" TO GROUP "analysts"',
        'GRANT USAGE ON SCHEMA "outside" TO GROUP "b""i"',
    ]
    for_people = pipelines("--group", "analysts").splitlines()
    assert for_people == [f"{create};", f"{grants[0]};"]
    assert pipelines().splitlines() == [f"{create};"]


def test_a_lake_without_the_role(deploy: Callable[[dict[str, bool]], None], pipelines: Pipelines) -> None:
    deploy({})
    said = pipelines(code=ExitCode.NO_CLOUD)
    assert "deployed without a role for Redshift" in said
    assert "`redshift: true` into deployment.yaml" in said


def test_a_group_that_is_none(pipelines: Pipelines) -> None:
    assert "--group is ''" in pipelines("--group", "", code=ExitCode.INVALID)


def test_a_table_that_redshift_cannot_read(pipelines: Pipelines, project: Path, invoke: Invoke) -> None:
    file = project / "pipelines" / "word_count.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("type: int", "type: tinyint"), encoding="utf-8")
    assert "use smallint" in pipelines(code=ExitCode.INVALID)
    assert invoke("validate", "--project", project).exit_code == ExitCode.OK
    checked = invoke("validate", "--redshift", "--project", project)
    assert checked.exit_code == ExitCode.INVALID
    assert "pipelines/word_count.yaml:14: table.columns[1].type: is 'tinyint'" in checked.stdout
