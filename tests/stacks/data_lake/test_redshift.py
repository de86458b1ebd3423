"""Tests of a deployment's options for Redshift, and their effects."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
import pytest
import sqlglot
from sqlglot import exp

from partitioned_pipelines.spec import Deployment, InvalidProjectError, load_project
from stacks.data_lake.data_lake_stack import DataLakeStack
from stacks.settings import DeploymentSettings
from tests.synthesized.resolved_stack import ResolvedStack, as_list, resolve_stack
from tests.synthesized.synthesis import ROOT, app_context, synthesize

if TYPE_CHECKING:
    from pathlib import Path

OUTSIDE = ROOT / "tests" / "fixtures" / "projects" / "outside"


def test_without_it_nothing_of_it_is_there(tmp_path: Path) -> None:
    synthesis = synthesize(OUTSIDE, tmp_path / "cdk.out")
    assert "edshift" not in json.dumps(synthesis.template(synthesis.lake))


def test_the_statements_are_outputs(tmp_path: Path) -> None:
    synthesis = synthesize(OUTSIDE, tmp_path / "cdk.out", {"redshift": True, "redshift_group": "bi; drop"})
    outputs = synthesis.resolved_lake().outputs
    (sql,) = (value for key, value in outputs.items() if key.startswith("RedshiftSql"))
    create, grant = sqlglot.tokenize(sql.split("; GRANT")[0], read="redshift"), "GRANT" + sql.split("; GRANT")[1]
    role = outputs["RedshiftRoleArn"]
    strings = [token.text for token in create if token.token_type.name == "STRING"]
    assert strings == ["outside", "ap-northeast-1", role]
    assert re.fullmatch(r"arn:aws:iam::123456789012:role/.+", role)
    (granted,) = sqlglot.parse(grant, read="redshift")[:1]
    assert isinstance(granted, exp.Grant)
    assert [principal.name for principal in granted.args["principals"]] == ["bi; drop"]


def test_what_redshift_cannot_read_stops_the_synthesis(tmp_path: Path) -> None:
    project = many_tables(tmp_path / "project", type_="tinyint")
    synthesize(project, tmp_path / "without")
    with pytest.raises(InvalidProjectError, match=r"wide_0\.yaml:1: tables\[0\]\.columns\[0\]\.type: .*smallint"):
        synthesize(project, tmp_path / "with", {"redshift": True})


def test_many_tables_fit_into_the_policies_of_a_role(tmp_path: Path) -> None:
    """The quotas are https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html."""
    lake = lake_of(many_tables(tmp_path / "project", pipelines=10, outputs=10), tmp_path / "cdk.out")
    inline, managed = (
        [policy for policy in lake.of_type(kind) if "Redshift" in str(policy["Properties"]["Roles"])]
        for kind in ("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy")
    )
    assert sum(size(policy) for policy in inline) <= 10_240
    assert all(size(policy) <= 6_144 for policy in managed)
    assert 0 < len(managed) <= 10
    statements = [
        {**entry, "Action": as_list(entry["Action"]), "Resource": as_list(entry["Resource"])}
        for policy in [*inline, *managed]
        for entry in policy["Properties"]["PolicyDocument"]["Statement"]
    ]
    names = [table_name(pipeline, output) for pipeline in range(10) for output in range(10)]
    assert {resource for entry in statements for resource in entry["Resource"] if ":table/" in resource} == {
        f"arn:aws:glue:ap-northeast-1:123456789012:table/analytics/{name}" for name in names
    }
    listed = [
        entry["Condition"]["StringLike"]["s3:prefix"] for entry in statements if entry["Action"] == ["s3:ListBucket"]
    ]
    assert sorted(prefix for prefixes in listed for prefix in prefixes) == sorted(
        f"tables/analytics/{name}/runs/*" for name in names
    )


def lake_of(project: Path, assembly: Path) -> ResolvedStack:
    """Synthesize only the lake's stack."""
    app = cdk.App(outdir=str(assembly), context=app_context())
    settings = DeploymentSettings(Deployment(redshift=True))
    stack = DataLakeStack(app, "lake", pipelines=load_project(project, redshift=True).pipelines, settings=settings)
    app.synth()
    return resolve_stack("lake", json.loads((assembly / stack.template_file).read_text(encoding="utf-8")))


def size(policy: dict[str, Any]) -> int:
    return len(json.dumps(policy["Properties"]["PolicyDocument"], separators=(",", ":")))


def table_name(pipeline: int, output: int) -> str:
    return f"a_table_whose_name_is_of_a_usual_length_{pipeline}_{output}"


def many_tables(folder: Path, *, pipelines: int = 1, outputs: int = 1, type_: str = "bigint") -> Path:
    """Write a project of pipelines with several tables each."""
    (folder / "pipelines").mkdir(parents=True)
    (folder / "write.py").touch()
    for pipeline in range(pipelines):
        document = {
            "name": f"wide_{pipeline}",
            "image": {"sklearn": "1.4-2"},
            "steps": [
                {
                    "name": "write",
                    "script": "write.py",
                    "outputs": {f"o{output}": f"/opt/ml/processing/output/o{output}" for output in range(outputs)},
                }
            ],
            "tables": [
                {
                    "source": {"step": "write", "output": f"o{output}"},
                    "database": "analytics",
                    "name": table_name(pipeline, output),
                    "columns": [{"name": "n", "type": type_}],
                    "partition_keys": [{"name": "dt"}],
                }
                for output in range(outputs)
            ],
        }
        (folder / "pipelines" / f"wide_{pipeline}.yaml").write_text(json.dumps(document), encoding="utf-8")
    return folder
