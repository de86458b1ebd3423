"""Tests of the real CDK CLI on a running local cloud, from bootstrap to destroy, with only the environment of `local status`."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from partitioned_pipelines.cli.target.local_endpoint import LOCAL_ACCOUNT, LOCAL_REGION
from tests.end_to_end.cdk_user import DEPLOY, CdkUser, serving
from tests.end_to_end.deployment import PROJECTS

pytestmark = pytest.mark.e2e

SCHEDULE = 'schedule: {cron: "0 6 * * ? *", timezone: Asia/Tokyo}\n'
SPEC = "pipelines/word_count.yaml"


@pytest.fixture
def user(tmp_path: Path) -> Iterator[CdkUser]:
    """Yield a user of an empty local cloud, without the CDK's bootstrap stack, and a project with one pipeline."""
    project = shutil.copytree(PROJECTS / "outside", tmp_path / "project")
    with serving(tmp_path / "cloud") as environment:
        yield CdkUser(project, environment, tmp_path)


def test_from_bootstrap_to_destroy(user: CdkUser) -> None:
    """One sequence in a user's order: each step depends on the one before."""
    user.edit(SPEC, "image:", f"{SCHEDULE}image:")
    assert f"Environment aws://{LOCAL_ACCOUNT}/{LOCAL_REGION} bootstrapped." in user.bootstrap()

    user.deploy()
    same = user.cdk("diff", "--fail", synthesize=False)
    assert same.returncode == 0, same.stdout
    assert "Number of stacks with differences: 0" in same.stdout

    lake = user.outputs("cdk-data-lake")["LakeBucketName"]
    for day in "2026-11-20", "2026-11-21":
        user.client("s3").put_object(
            Bucket=lake, Key=f"raw/word_count/{day.replace('-', '')}.txt", Body=b"to be or not to be or"
        )
    assert user.run_of("2026-11-20")["status"] == "SUCCEEDED"
    assert user.words("2026-11-20") == ["to,2,two", "be,2,two", "or,2,two"]

    _see_updates(user)
    _see_a_failed_deployment(user)
    _see_what_destroy_leaves(user, lake)


def _see_updates(user: CdkUser) -> None:
    """Change a column's comment, the schedule and the script: first a diff, then an update in place."""
    user.edit(SPEC, "the count in words", "個数")
    user.edit(SPEC, "0 6 * * ? *", "30 7 * * ? *")
    user.edit("code/count_words.py", "apnumber(count)", "apnumber(count).upper()")
    differs = user.cdk("diff", "--fail")
    assert differs.returncode == 1, differs.stdout
    assert "Could not create a change set" not in differs.stdout
    assert "[~] AWS::Glue::Table" in differs.stdout
    assert "個数" in differs.stdout
    assert "30 7 * * ? *" in differs.stdout
    assert "[~] AWS::StepFunctions::StateMachine" in differs.stdout, "the script's folder is part of its definition"
    assert "Number of stacks with differences: 2" in differs.stdout, "the watch of the lake knows the schedules"

    user.deploy(synthesize=False)
    table = user.client("glue").get_table(DatabaseName="outside", Name="word_counts")["Table"]
    comments = {column["Name"]: column.get("Comment") for column in table["StorageDescriptor"]["Columns"]}
    assert comments["spoken"] == "個数"
    schedule = user.client("scheduler").get_schedule(Name="cdk-word-count", GroupName="cdk-word-count")
    assert schedule["ScheduleExpression"] == "cron(30 7 * * ? *)"
    assert user.run_of("2026-11-21")["status"] == "SUCCEEDED"
    assert user.words("2026-11-21") == ["to,2,TWO", "be,2,TWO", "or,2,TWO"]
    assert user.words("2026-11-20") == ["to,2,two", "be,2,two", "or,2,two"], "what is published stays"


def _see_a_failed_deployment(user: CdkUser) -> None:
    """Deploy a table whose name already exists, which fails; all of the changes are rolled back."""
    user.client("glue").create_table(DatabaseName="outside", TableInput={"Name": "taken"})
    user.edit(SPEC, "name: word_counts", "name: taken")
    user.edit(SPEC, "30 7 * * ? *", "45 8 * * ? *")
    failed = user.cdk("deploy", "--all", *DEPLOY)
    assert failed.returncode == 1, failed.stdout
    assert "❌  cdk-word-count failed" in failed.stdout
    assert "taken" in failed.stdout
    assert "already exists" in failed.stdout
    stack = user.client("cloudformation").describe_stacks(StackName="cdk-word-count")["Stacks"][0]
    assert stack["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    schedule = user.client("scheduler").get_schedule(Name="cdk-word-count", GroupName="cdk-word-count")
    assert schedule["ScheduleExpression"] == "cron(30 7 * * ? *)"
    assert user.client("glue").get_table(DatabaseName="outside", Name="word_counts")["Table"]["Name"] == "word_counts"


def _see_what_destroy_leaves(user: CdkUser, lake: str) -> None:
    destroyed = user.cdk("destroy", "--all", "--force", synthesize=False)
    assert destroyed.returncode == 0, destroyed.stdout
    left = {stack["StackName"] for stack in user.client("cloudformation").describe_stacks()["Stacks"]}
    assert left == {"CDKToolkit"}
    assert user.client("stepfunctions").list_state_machines()["stateMachines"] == []
    assert user.client("lambda").list_functions()["Functions"] == []
    assert user.client("scheduler").list_schedules()["Schedules"] == []
    assert user.client("sns").list_topics()["Topics"] == []
    tables = [table["Name"] for table in user.client("glue").get_tables(DatabaseName="outside")["TableList"]]
    assert tables == ["taken"], "the database is retained, and what the stack has not made"
    kept = user.client("s3").list_objects_v2(Bucket=lake, Prefix="tables/outside/word_counts/")
    assert kept["KeyCount"] > 0, "the bucket is retained, with all that is in it"
