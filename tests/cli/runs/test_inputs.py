"""Tests of ``--input``: the inputs that files are for, and the objects that they become."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from moto import mock_aws

from partitioned_pipelines.cli.errors import CommandError, ExitCode
from partitioned_pipelines.cli.runs.input_files import GivenInput, Upload, find_uri_inputs, plan_uploads, upload_all
from partitioned_pipelines.cli.steps.local_plan import LocalPlan
from partitioned_pipelines.cli.target.local_endpoint import LOCAL_REGION, LocalEndpoint
from partitioned_pipelines.cli.target.target import Cloud
from partitioned_pipelines.lake.schedule.interval_rule import schedule_rule
from partitioned_pipelines.spec import load_project

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from partitioned_pipelines.spec.model.pipeline import Pipeline

DAY = schedule_rule(None).interval_of({"date": "2026-11-20"})
STEPS = """
name: several
image: {dockerfile: code/Dockerfile}
steps:
  - name: one
    script: code/count_words.py
    inputs: {raw: "s3://{lake}/raw/several/one/", shared: "s3://{lake}/raw/several/shared.csv", all: "s3://elsewhere/all/"}
  - name: two
    script: code/count_words.py
    inputs: {raw: "s3://{lake}/raw/several/two", shared: "s3://{lake}/raw/several/shared.csv", before: {step: one}}
table:
  source: two
  database: outside
  name: several
  columns: [{name: word, type: string}]
  partition_keys: [{name: dt, type: date, date_format: "%Y-%m-%d"}]
"""


@pytest.fixture
def pipeline(project: Path) -> Pipeline:
    """Return a pipeline of two steps: `raw` differs between them, `shared` is one object, `all` is in another bucket, `before` is an output."""
    (project / "pipelines" / "several.yaml").write_text(STEPS, encoding="utf-8")
    return load_project(project).pipeline("several")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "given"
    for name in "a.csv", "sub/b.csv", "sub/.hidden":
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(name, encoding="utf-8")
    return root


def planned(pipeline: Pipeline, *given: str) -> dict[str, str]:
    plan = LocalPlan.of(pipeline, DAY, "lake")
    uploads = plan_uploads(plan, [GivenInput.parse(text) for text in given])
    return {f"{upload.bucket}/{upload.key}": upload.path.name for upload in uploads}


def test_a_file_under_a_folder_keeps_its_name(pipeline: Pipeline, folder: Path) -> None:
    assert planned(pipeline, f"one.raw={folder}/a.csv") == {"lake/raw/several/one/a.csv": "a.csv"}
    assert planned(pipeline, f"all={folder}/a.csv") == {"elsewhere/all/a.csv": "a.csv"}


def test_a_file_for_an_object_becomes_that_object(pipeline: Pipeline, folder: Path) -> None:
    assert planned(pipeline, f"shared={folder}/a.csv") == {"lake/raw/several/shared.csv": "a.csv"}


def test_a_folder_keeps_its_paths(pipeline: Pipeline, folder: Path) -> None:
    expected = {"a.csv": "a.csv", "sub/b.csv": "b.csv", "sub/.hidden": ".hidden"}
    assert planned(pipeline, f"two.raw={folder}") == {
        f"lake/raw/several/two/{key}": name for key, name in expected.items()
    }


def test_an_input_that_several_steps_read_is_uploaded_once(pipeline: Pipeline, folder: Path) -> None:
    entries = find_uri_inputs(pipeline, GivenInput.parse(f"shared={folder}/a.csv"))
    assert [entry.step for entry in entries] == ["one", "two"]


@pytest.mark.parametrize(
    ("name", "message", "remedy"),
    [
        ("raw", "several steps have such an input", "one.raw="),
        ("before", "another step's output", "pipelines step several two"),
        ("three.raw", "no step 'three'", "use one of one, two"),
        ("one.rwa", "no input 'rwa'", "'one.raw'"),
        ("shraed", "no input 'shraed'", "'shared'"),
    ],
)
def test_a_name_that_does_not_say_which_input(
    pipeline: Pipeline, folder: Path, name: str, message: str, remedy: str
) -> None:
    with pytest.raises(CommandError, match=message) as caught:
        planned(pipeline, f"{name}={folder}/a.csv")
    assert remedy in str(caught.value.remedy)


def test_two_files_never_become_one_object(pipeline: Pipeline, folder: Path) -> None:
    with pytest.raises(CommandError, match=r"a\.csv and .*a\.csv would both become s3://lake/raw/several/one/a\.csv"):
        planned(pipeline, f"one.raw={folder}/a.csv", f"one.raw={folder}")


def test_a_folder_without_files_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty" / "deeper").mkdir(parents=True)
    with pytest.raises(CommandError, match="no file in"):
        GivenInput.parse(f"raw={tmp_path / 'empty'}")


@pytest.mark.parametrize("text", ["", "raw", "raw=", "=file", "="])
def test_what_is_not_name_and_file_is_refused(text: str) -> None:
    with pytest.raises(CommandError, match="is not NAME=FILE"):
        GivenInput.parse(text)


def test_a_path_may_hold_an_equals_sign_and_begin_at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "dt=1").mkdir()
    (tmp_path / "dt=1" / "x").touch()
    monkeypatch.setenv("HOME", str(tmp_path))
    assert GivenInput.parse("raw=~/dt=1/x") == GivenInput("raw", tmp_path / "dt=1" / "x")


@pytest.fixture
def local(monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    """Yield a local cloud whose calls moto answers."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        endpoint = LocalEndpoint(f"https://s3.{LOCAL_REGION}.amazonaws.com", "testing", "testing")
        cloud = Cloud(boto3.Session(region_name=LOCAL_REGION), endpoint)
        cloud.s3.create_bucket(Bucket="lake", CreateBucketConfiguration={"LocationConstraint": LOCAL_REGION})
        yield cloud


@pytest.fixture
def aws(local: Cloud) -> Cloud:
    """Return the same cloud as an AWS account."""
    return Cloud(local.session, None)


def test_uploading_makes_a_foreign_bucket_and_tells_what_lies_beside(
    local: Cloud, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    local.s3.put_object(Bucket="lake", Key="raw/old.csv", Body=b"")
    uploads = [Upload(folder / "a.csv", "lake", "raw/a.csv"), Upload(folder / "a.csv", "elsewhere", "b.csv")]
    upload_all(local, uploads, "lake")
    assert local.s3.get_object(Bucket="lake", Key="raw/a.csv")["Body"].read() == b"a.csv"
    assert local.s3.get_object(Bucket="elsewhere", Key="b.csv")["Body"].read() == b"a.csv"
    said = capsys.readouterr().err
    assert "created the bucket elsewhere" in said
    assert f"uploading {folder / 'a.csv'} to s3://lake/raw/a.csv" in said
    assert "other objects exist under s3://lake/raw/, such as old.csv" in said


def test_on_aws_it_is_said_where_to_before_anything_is_uploaded(
    aws: Cloud, folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    real = aws.s3.upload_file

    def upload_file(path: str, bucket: str, key: str) -> None:
        said.append(capsys.readouterr().err)
        real(path, bucket, key)

    monkeypatch.setattr(aws.s3, "upload_file", upload_file)
    uploads = [Upload(folder / name, "lake", f"raw/{name}") for name in ("a.csv", "sub/b.csv", "sub/.hidden")]
    upload_all(aws, uploads, "lake")
    assert said[0].splitlines() == [
        f"uploading {folder / 'a.csv'} to s3://lake/raw/a.csv",
        "uploading 2 files to s3://lake/raw/sub/",
    ]
    assert aws.s3.get_object(Bucket="lake", Key="raw/sub/b.csv")["Body"].read() == b"sub/b.csv"
    upload_all(aws, uploads, "lake")  # the lake keeps earlier versions, so that nothing is lost


def test_on_aws_no_bucket_is_created_and_nothing_of_anothers_is_replaced(aws: Cloud, folder: Path) -> None:
    uploads = [Upload(folder / "a.csv", "lake", "raw/a.csv"), Upload(folder / "a.csv", "theirs", "b.csv")]
    with pytest.raises(CommandError, match="the bucket theirs does not exist"):
        upload_all(aws, uploads, "lake")
    aws.s3.create_bucket(Bucket="theirs", CreateBucketConfiguration={"LocationConstraint": LOCAL_REGION})
    aws.s3.put_object(Bucket="theirs", Key="b.csv", Body=b"theirs")
    with pytest.raises(CommandError, match=r"s3://theirs/b\.csv exists already.*nothing was uploaded") as caught:
        upload_all(aws, uploads, "lake")
    assert f"aws s3 cp {folder / 'a.csv'} s3://theirs/b.csv" in str(caught.value.remedy)
    assert aws.s3.list_objects_v2(Bucket="lake")["KeyCount"] == 0
    aws.s3.delete_object(Bucket="theirs", Key="b.csv")
    upload_all(aws, uploads, "lake")
    assert aws.s3.get_object(Bucket="theirs", Key="b.csv")["Body"].read() == b"a.csv"


def test_an_upload_that_fails_is_told_in_words(local: Cloud, folder: Path) -> None:
    upload: Any = Upload(folder / "gone.csv", "lake", "raw/gone.csv")
    with pytest.raises(CommandError, match=r"gone\.csv was not uploaded") as caught:
        upload_all(local, [upload], "lake")
    assert caught.value.exit_code == ExitCode.NO_CLOUD


@pytest.mark.parametrize("inside", [False, True])
@pytest.mark.parametrize(
    ("make", "kind"),
    [
        (os.mkfifo, "a FIFO"),
        (lambda path: path.symlink_to("/dev/zero"), "a device"),
        (lambda path: path.symlink_to("/nowhere"), "a link to nothing"),
    ],
)
def test_what_cannot_be_read_to_an_end_is_no_input(
    tmp_path: Path, make: Callable[[Path], None], kind: str, *, inside: bool
) -> None:
    (tmp_path / "a.csv").write_text("", encoding="utf-8")
    special = tmp_path / "special"
    make(special)
    with pytest.raises(CommandError) as caught:
        GivenInput.parse(f"raw={tmp_path if inside else special}")
    assert f"special is {kind}" in str(caught.value) or (not inside and "does not exist" in str(caught.value))
