"""Tests of ``pipelines destroy`` on stacks created for it: it finds only its own, reports what is deleted and kept, and asks."""

from __future__ import annotations

import contextlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
import typer

from partitioned_pipelines.cli.deployment.deployment import report_stacks_without_file
from partitioned_pipelines.cli.deployment.removal import stack_contents
from partitioned_pipelines.cli.settings import Settings, Target
from partitioned_pipelines.cli.target.local_endpoint import LocalEndpoint
from partitioned_pipelines.cli.target.target import Cloud
from partitioned_pipelines.spec import STACK_MARK, StackMark, load_project
from tests.end_to_end.cdk_user import serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.cli.conftest import Invoke

ACCOUNT = "123456789012"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    """Yield a local cloud without the CDK's bootstrap stack, shared by the module; each test has its own prefix."""
    with serving(tmp_path_factory.mktemp("destroy") / "cloud") as served:
        key = served["AWS_ACCESS_KEY_ID"], served["AWS_SECRET_ACCESS_KEY"]
        yield Cloud.local(LocalEndpoint(served["AWS_ENDPOINT_URL"], *key))


@dataclass
class Deployed:
    """The stacks that a test has deployed under its prefix."""

    cloud: Cloud
    prefix: str

    def stack(self, name: str, mark: StackMark | None, resources: dict[str, Any], **outputs: Any) -> None:
        template = {
            "Resources": resources,
            "Outputs": {key: {"Value": value} for key, value in outputs.items()},
            **({"Metadata": {STACK_MARK: mark.document()}} if mark else {}),
        }
        self.cloud.cloudformation.create_stack(StackName=name, TemplateBody=json.dumps(template))

    def lake(self, policy: str) -> str:
        kept = {"DeletionPolicy": policy}
        bucket = {"Type": "AWS::S3::Bucket", **kept, "Properties": {"VersioningConfiguration": {"Status": "Enabled"}}}
        named = {"CatalogId": ACCOUNT, "DatabaseInput": {"Name": self.database}}
        resources = {
            "Lake": bucket,
            "Database": {"Type": "AWS::Glue::Database", **kept, "Properties": named},
            "Key": {"Type": "AWS::KMS::Key", **kept, "Properties": {"Description": self.prefix}},
        }
        mark = StackMark(self.prefix)
        self.stack(
            f"{self.prefix}-data-lake",
            mark,
            resources,
            LakeBucketName={"Ref": "Lake"},
            KeyArn={"Fn::GetAtt": ["Key", "Arn"]},
        )
        return self.cloud.stack_outputs(f"{self.prefix}-data-lake")["LakeBucketName"]

    def pipeline(self, name: str, mark: StackMark | None = None) -> None:
        table = {"CatalogId": ACCOUNT, "DatabaseName": self.database, "TableInput": {"Name": name}}
        parameter = {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": name}}
        resources = {"Table": {"Type": "AWS::Glue::Table", "Properties": table}, "Other": parameter}
        stack = f"{self.prefix}-{name.replace('_', '-')}"
        self.stack(stack, mark or StackMark(self.prefix, name), resources)

    @property
    def database(self) -> str:
        return self.prefix.replace("-", "_")

    def stacks(self) -> set[str]:
        found = self.cloud.cloudformation.describe_stacks()["Stacks"]
        return {
            one["StackName"].removeprefix(f"{self.prefix}-")
            for one in found
            if one["StackName"].startswith(self.prefix)
        }

    def put(self, bucket: str, count: int) -> None:
        for number in range(count):
            self.cloud.s3.put_object(Bucket=bucket, Key=f"tables/{number}", Body=b"1234567")
        self.cloud.s3.delete_object(Bucket=bucket, Key="tables/0")


@pytest.fixture
def deployed(served: Cloud, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Deployed:
    """Return an empty deployment under a prefix of this test."""

    @contextlib.contextmanager
    def opened(_settings: object) -> Iterator[Cloud]:
        yield served

    monkeypatch.setattr("partitioned_pipelines.cli.commands.destroy.open_cloud", opened)
    number = request.session.items.index(request.node)
    return Deployed(served, f"t{number}")


@pytest.fixture
def destroy(invoke: Invoke, deployed: Deployed, tmp_path: Path) -> Any:
    """Return a function that runs the command in a project without files."""
    return lambda *arguments: invoke("destroy", *arguments, "--prefix", deployed.prefix, "--project", tmp_path)


def test_a_pipeline_goes_and_its_data_stay(deployed: Deployed, destroy: Any) -> None:
    bucket = deployed.lake("Retain")
    deployed.pipeline("one_two")
    deployed.pipeline("other")
    result = destroy("one_two", "--yes")
    assert result.exit_code == 0, result.output
    assert deployed.stacks() == {"data-lake", "other"}
    said = result.stderr
    assert "This deletes from the local cloud:" in said
    assert f"stack {deployed.prefix}-one-two, pipeline one_two: 1 Parameter" in said
    assert f"table {deployed.database}.one_two: its definition and its registered partitions, not its files" in said
    assert (
        f"files and receipts of {deployed.database}.one_two: s3://{bucket}/tables/{deployed.database}/one_two/" in said
    )
    assert f"pipelines doctor one_two --rebuild --table {deployed.database}.one_two" in said


def test_everything_goes_but_what_is_retained(deployed: Deployed, destroy: Any) -> None:
    bucket = deployed.lake("Retain")
    deployed.pipeline("one")
    deployed.put(bucket, 3)
    result = destroy("--all", "--yes", "--json")
    assert result.exit_code == 0, result.output
    assert deployed.stacks() == set()
    assert deployed.cloud.s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 2
    document = json.loads(result.stdout)
    assert [one["pipeline"] for one in document["stacks"]] == ["one", None]
    assert (document["buckets"], document["problems"], document["dry_run"]) == ([], [], False)
    assert {(one["type"], one["id"]) for one in document["stays"]} >= {
        ("AWS::S3::Bucket", bucket),
        ("AWS::Glue::Database", deployed.database),
    }
    assert f"S3::Bucket s3://{bucket}/ (retained by the stack {deployed.prefix}-data-lake)" in result.stderr


def test_a_lake_that_is_to_go_goes_with_all_versions(
    deployed: Deployed, destroy: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    bucket = deployed.lake("Delete")
    deployed.put(bucket, 3)
    deployed.cloud.glue.create_table(DatabaseName=deployed.database, TableInput={"Name": "by_hand"})
    planned = destroy("--all", "--dry-run")
    assert f"bucket {bucket} with all that is in it: 4 versions of objects, 21 bytes" in planned.stderr
    assert (
        f"Glue database {deployed.database}, with tables that no pipeline here has created: by_hand" in planned.stderr
    )
    assert "what it has encrypted cannot be read then" in planned.stderr
    assert deployed.stacks() == {"data-lake"}
    assert destroy("--all", "--yes").exit_code == 0
    assert deployed.stacks() == set()
    assert bucket not in [one["Name"] for one in deployed.cloud.s3.list_buckets()["Buckets"]]


def test_what_was_interrupted_goes_on(deployed: Deployed, destroy: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    bucket = deployed.lake("Delete")
    deployed.pipeline("one")
    deployed.put(bucket, 3)
    real = stack_contents._pages

    def interrupted(s3: Any, name: str) -> Iterator[Any]:
        for page in real(s3, name):
            yield {"Versions": page["Versions"][:1]}
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(
            "partitioned_pipelines.cli.deployment.removal.removal.empty_bucket",
            lambda *given: list(interrupted(*given[:2])),
        )
        assert destroy("--all", "--yes").exit_code != 0
    assert deployed.stacks() == {"data-lake"}
    assert destroy("--all", "--yes").exit_code == 0
    assert deployed.stacks() == set()


def test_an_object_that_cannot_be_deleted_keeps_the_lake(
    deployed: Deployed, destroy: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    bucket = deployed.lake("Delete")
    deployed.put(bucket, 1)
    refusal = {"Errors": [{"Key": "tables/0", "Code": "AccessDenied", "Message": "locked"}]}
    with monkeypatch.context() as patch:
        patch.setattr(deployed.cloud.s3, "delete_objects", lambda **_given: refusal)
        result = destroy("--all", "--yes", "--json")
    assert result.exit_code == 1
    assert f"{bucket}: 1 objects of {bucket} were not deleted. First: tables/0: AccessDenied: locked" in result.stderr
    assert "run the same command again" in result.stderr
    assert json.loads(result.stdout)["problems"][0]["of"] == bucket
    assert deployed.stacks() == {"data-lake"}


def test_what_is_written_meanwhile_is_deleted_too(
    deployed: Deployed, destroy: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    bucket = deployed.lake("Delete")
    real, late = deployed.cloud.cloudformation.delete_stack, [b"late"]

    def delete_stack(**given: Any) -> Any:
        if late:
            deployed.cloud.s3.put_object(Bucket=bucket, Key="late", Body=late.pop())
        return real(**given)

    monkeypatch.setattr(deployed.cloud.cloudformation, "delete_stack", delete_stack)
    result = destroy("--all", "--yes")
    assert result.exit_code == 0, result.output
    assert "emptying its buckets again" in result.stderr
    assert deployed.stacks() == set()


def test_access_logs_are_turned_off_and_their_bucket_emptied(deployed: Deployed, destroy: Any) -> None:
    """S3 would write a log of each deletion into the bucket that is deleted next."""
    own = {"Type": "AWS::S3::Bucket", "Properties": {"AccessControl": "LogDeliveryWrite"}}
    logged = {"LoggingConfiguration": {"DestinationBucketName": {"Ref": "Logs"}, "LogFilePrefix": "logs/"}}
    lake = {"Type": "AWS::S3::Bucket", "Properties": logged}
    deployed.stack(
        f"{deployed.prefix}-data-lake", StackMark(deployed.prefix), {"Logs": own, "Lake": lake}, L={"Ref": "Logs"}
    )
    logs = deployed.cloud.stack_outputs(f"{deployed.prefix}-data-lake")["L"]
    deployed.cloud.s3.put_object(Bucket=logs, Key="logs/1", Body=b"GET")
    assert destroy("--all", "--yes").exit_code == 0
    assert deployed.stacks() == set()


def test_nothing_of_anybody_elses_is_touched(deployed: Deployed, destroy: Any) -> None:
    """By name alone, the second could be the pipeline `b_one` under the prefix; the third belongs to someone else."""
    deployed.lake("Delete")
    deployed.pipeline("b_one", StackMark(f"{deployed.prefix}-b", "one"))
    deployed.stack(
        f"{deployed.prefix}-vpc",
        None,
        {"P": {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": "v"}}},
    )
    refused = destroy("b_one", "--yes")
    assert refused.exit_code == 2
    assert f"no pipeline 'b_one' is deployed under the prefix {deployed.prefix}" in refused.stderr
    result = destroy("--all", "--yes")
    assert result.exit_code == 0, result.output
    assert deployed.stacks() == {"b-one", "vpc"}


def test_a_stack_that_is_protected_is_named_and_the_lake_stays(deployed: Deployed, destroy: Any) -> None:
    deployed.lake("Delete")
    deployed.pipeline("one")
    name = f"{deployed.prefix}-one"
    deployed.cloud.cloudformation.update_termination_protection(StackName=name, EnableTerminationProtection=True)
    result = destroy("--all", "--yes")
    assert result.exit_code == 1
    assert "TerminationProtection" in result.stderr
    assert deployed.stacks() == {"one", "data-lake"}
    deployed.cloud.cloudformation.update_termination_protection(StackName=name, EnableTerminationProtection=False)
    assert destroy("--all", "--yes").exit_code == 0


@pytest.mark.parametrize(("answer", "left", "code"), [(False, {"data-lake"}, 1), (True, set(), 0)])
def test_it_asks_first(
    deployed: Deployed, destroy: Any, monkeypatch: pytest.MonkeyPatch, answer: bool, left: set[str], code: int
) -> None:
    deployed.lake("Delete")
    alone = destroy("--all")
    assert (alone.exit_code, deployed.stacks()) == (2, {"data-lake"})
    assert "the confirmation needs a terminal" in alone.stderr
    monkeypatch.setattr("partitioned_pipelines.cli.terminal.output.somebody_is_there", lambda: True)
    monkeypatch.setattr(typer, "confirm", lambda *_arguments, **_options: answer)
    assert destroy("--all").exit_code == code
    assert deployed.stacks() == left


def test_nothing_to_delete(destroy: Any, deployed: Deployed) -> None:
    result = destroy("--all", "--json")
    assert (result.exit_code, json.loads(result.stdout)["stacks"]) == (0, [])
    assert f"nothing is deployed under the prefix {deployed.prefix}" in result.stderr


@pytest.mark.parametrize("arguments", [[], ["--all", "one"]])
def test_what_is_to_be_deleted_has_to_be_said(destroy: Any, arguments: list[str]) -> None:
    result = destroy(*arguments)
    assert result.exit_code == 2
    assert "pipelines destroy NAME…, or pipelines destroy --all" in result.stderr


def test_a_name_that_is_not_deployed_is_refused_with_those_that_are(deployed: Deployed, destroy: Any) -> None:
    deployed.lake("Retain")
    deployed.pipeline("flights")
    result = destroy("flihgts", "--yes")
    assert result.exit_code == 2
    assert "did you mean 'flights'?" in result.stderr


def test_a_file_that_is_still_there_is_mentioned(deployed: Deployed, destroy: Any, tmp_path: Path) -> None:
    deployed.lake("Retain")
    deployed.pipeline("one")
    (tmp_path / "pipelines").mkdir()
    (tmp_path / "pipelines" / "one.yaml").touch()
    assert "the next deployment creates" in destroy("one", "--yes").stderr


def test_a_deployment_names_the_stacks_whose_files_are_gone(
    deployed: Deployed, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    deployed.lake("Retain")
    for name in ("word_count", "gone_since"):
        deployed.pipeline(name)
    settings = Settings(project, Target.LOCAL, deployed.prefix, json=False)
    report_stacks_without_file(deployed.cloud, settings, load_project(project))
    assert capsys.readouterr().err == (
        f"{deployed.prefix}-gone-since is deployed, and pipelines/gone_since.yaml does not exist: its schedule still runs. "
        f"Delete it: pipelines destroy gone_since --prefix {deployed.prefix} --project {project}\n"
    )
