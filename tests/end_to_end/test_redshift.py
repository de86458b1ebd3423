"""The lake deployed by the CDK CLI for Redshift: the role and its rights as they were deployed, and the statements that name it."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from cli.target import LOCAL_ACCOUNT, LOCAL_REGION
from tests.end_to_end.cdk_user import CdkUser, serving
from tests.end_to_end.deployment import PROJECTS
from tests.judges.iam.deployed_roles import roles_of
from tests.judges.iam.logged_calls import glue_calls, object_call
from tests.judges.iam.simulator import simulate

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("locked_down")]


@pytest.fixture
def user(tmp_path: Path) -> Iterator[CdkUser]:
    with serving(tmp_path / "cloud") as environment:
        user = CdkUser(PROJECTS / "outside", environment, tmp_path, context=("redshift=true",))
        for arguments in (
            ("bootstrap", f"aws://{LOCAL_ACCOUNT}/{LOCAL_REGION}"),
            ("deploy", "cdk-data-lake", "--require-approval=never"),
        ):
            done = user.cdk(*arguments)
            assert done.returncode == 0, done.stdout
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
    denied = [
        object_call(role, "s3:PutObject", bucket, file),
        object_call(role, "s3:GetObject", bucket, "raw/words.txt"),
    ]
    decisions = simulate([*calls, *denied], {role: deployed.statements})
    assert [decision.allowed for decision in decisions] == [True] * len(calls) + [False] * len(denied)

    command = [
        sys.executable,
        "-m",
        "cli",
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
