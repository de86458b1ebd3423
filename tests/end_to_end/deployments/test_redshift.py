"""Tests of the lake deployed by the CDK CLI for Redshift: the deployed role and its permissions, and the SQL statements for it."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.end_to_end.cdk_user import CdkUser, bootstrapped
from tests.end_to_end.deployment import PROJECTS
from tests.iam.calls.expected_calls import allowed, denied, surprises
from tests.iam.calls.logged_calls import glue_calls, object_call
from tests.iam.deployed_roles import roles_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("locked_down")]


@pytest.fixture
def user(tmp_path: Path) -> Iterator[CdkUser]:
    with bootstrapped(tmp_path / "cloud") as environment:
        project = shutil.copytree(PROJECTS / "outside", tmp_path / "project")
        user = CdkUser(project, environment, tmp_path, options={"redshift": True})
        user.deploy("cdk-data-lake")
        yield user


def test_the_deployed_role_reads_the_table_and_is_named_by_the_statements(user: CdkUser) -> None:
    outputs = user.outputs("cdk-data-lake")
    role, bucket = outputs["RedshiftRoleArn"], outputs["LakeBucketName"]
    deployed = roles_of(user.client("cloudformation"), user.client("iam"), "cdk-data-lake")[role]
    file = "tables/outside/word_counts/runs/r/u/dt=2026-11-20/words.csv"
    calls = [
        object_call(role, "s3:GetObject", bucket, file),
        *glue_calls(role, "glue:GetPartitions", "outside", "word_counts"),
    ]
    others = [
        object_call(role, "s3:PutObject", bucket, file),
        object_call(role, "s3:GetObject", bucket, "raw/words.txt"),
    ]
    assert surprises([*allowed(*calls), *denied(*others)], {}, {role: deployed.statements}) == []

    command = [
        sys.executable,
        "-m",
        "partitioned_pipelines",
        "redshift-sql",
        "--target",
        "aws",
        "--prefix",
        "cdk",
        "--project",
        str(user.project),
    ]
    printed = subprocess.run(
        [*command, "--group", "analysts", "--json"], env=user.environment, capture_output=True, text=True, check=False
    )
    assert printed.returncode == 0, printed.stderr
    statements = json.loads(printed.stdout)["databases"]["outside"]
    (output,) = (value for key, value in outputs.items() if key.startswith("RedshiftSql"))
    assert " ".join(f"{statement};" for statement in statements) == output
    assert f"IAM_ROLE '{role}'" in output
