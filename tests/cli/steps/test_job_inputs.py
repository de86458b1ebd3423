"""Tests of the inputs of a job that ran in a cloud: what they are now, and their copy on this machine."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from partitioned_pipelines.cli.errors import CommandError
from partitioned_pipelines.cli.steps.job_inputs import JobInput, download, list_inputs
from tests.moto_lake import aws, s3

if TYPE_CHECKING:
    from pathlib import Path

    from mypy_boto3_s3 import S3Client

__all__ = ["aws", "s3"]  # fixtures
FOLDER = "/opt/ml/processing/input/raw"


def entry(uri: str, data_type: str = "S3Prefix", **source: Any) -> dict[str, Any]:
    given = {"S3Uri": uri, "LocalPath": FOLDER, "S3DataType": data_type, "S3InputMode": "File", **source}
    return {"InputName": "raw", "S3Input": given}


def listed(s3: S3Client, *entries: dict[str, Any]) -> JobInput:
    (found,) = list_inputs(s3, {"ProcessingInputs": list(entries)})
    return found


def put(s3: S3Client, *keys: str) -> None:
    for key in keys:
        s3.put_object(Bucket="lake", Key=key, Body=key.encode())


def files(root: Path) -> dict[str, str]:
    return {path.relative_to(root).as_posix(): path.read_text() for path in root.rglob("*") if path.is_file()}


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        ("s3://lake/raw/day/", {"a.csv": "raw/day/a.csv", "sub/b.csv": "raw/day/sub/b.csv"}),
        ("s3://lake/raw/day", {"a.csv": "raw/day/a.csv", "sub/b.csv": "raw/day/sub/b.csv"}),
        ("s3://lake/raw/day.csv", {"day.csv": "raw/day.csv"}),
    ],
)
def test_a_prefix_arrives_as_the_job_had_it(s3: S3Client, tmp_path: Path, uri: str, expected: dict[str, str]) -> None:
    put(s3, "raw/day/a.csv", "raw/day/sub/b.csv", "raw/day.csv", "raw/day.csv.bak", "raw/day/sub/")
    found = listed(s3, entry(uri))
    assert found.bytes == sum(map(len, expected.values()))
    download(s3, [found], tmp_path)
    assert files(tmp_path / "processing/input/raw") == expected


def test_the_files_of_a_manifest_arrive_below_its_prefix_and_no_others(s3: S3Client, tmp_path: Path) -> None:
    put(s3, "tables/x/runs/1/dt=1/a.csv", "tables/x/runs/1/dt=1/b.csv", "tables/x/runs/2/dt=2/ü c.csv")
    manifest = [{"prefix": "s3://lake/tables/x/runs/"}, "1/dt=1/a.csv", "2/dt=2/ü c.csv"]
    s3.put_object(Bucket="lake", Key="m.json", Body=json.dumps(manifest).encode())
    found = listed(s3, entry("s3://lake/m.json", "ManifestFile"))
    download(s3, [found], tmp_path)
    assert files(tmp_path / "processing/input/raw") == {
        "1/dt=1/a.csv": "tables/x/runs/1/dt=1/a.csv",
        "2/dt=2/ü c.csv": "tables/x/runs/2/dt=2/ü c.csv",
    }


def test_what_was_written_after_a_moment_is_found(s3: S3Client) -> None:
    put(s3, "raw/old.csv", "raw/new.csv")
    found = listed(s3, entry("s3://lake/raw/"))
    now = datetime.now(UTC)
    assert found.changed_since(now) == []
    assert {item.key for item in found.changed_since(now - timedelta(minutes=1))} == {"raw/old.csv", "raw/new.csv"}


def test_what_was_deleted_since_is_named(s3: S3Client) -> None:
    put(s3, "tables/x/1/a.csv")
    s3.put_object(
        Bucket="lake",
        Key="m.json",
        Body=json.dumps([{"prefix": "s3://lake/tables/x/"}, "1/a.csv", "2/b.csv", "2/c.csv"]).encode(),
    )
    for given, said in (
        (entry("s3://lake/raw/"), "s3://lake/raw/"),
        (entry("s3://nowhere/raw/"), "s3://nowhere/raw/"),
        (entry("s3://lake/gone.json", "ManifestFile"), "s3://lake/gone.json"),
        (entry("s3://lake/m.json", "ManifestFile"), "s3://lake/tables/x/2/b.csv and 1 other object"),
    ):
        with pytest.raises(CommandError) as caught:
            listed(s3, given)
        assert caught.value.message == f"the job's input 'raw' was deleted since: {said}"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"InputName": "raw", "DatasetDefinition": {}}, "is a DatasetDefinition"),
        (entry("s3://lake/raw/", S3InputMode="Pipe"), "is streamed (S3InputMode Pipe)"),
        (entry("s3://lake/raw/", S3CompressionType="Gzip"), "is decompressed by SageMaker"),
        ({**entry("s3://lake/raw/"), "AppManaged": True}, "AppManaged"),
    ],
)
def test_other_kinds_of_input_are_refused_by_name(s3: S3Client, given: dict[str, Any], said: str) -> None:
    put(s3, "raw/a.csv")
    with pytest.raises(CommandError) as caught:
        listed(s3, given)
    assert "the job's input 'raw'" in caught.value.message
    assert said in caught.value.message


def test_a_key_never_leads_out_of_its_folder(s3: S3Client, tmp_path: Path) -> None:
    put(s3, "raw/../../a.csv")
    with pytest.raises(CommandError, match="leads out of its folder"):
        listed(s3, entry("s3://lake/raw/"))


def test_a_key_that_is_a_file_and_a_folder_is_named(s3: S3Client, tmp_path: Path) -> None:
    put(s3, "raw/a", "raw/a/b")
    with pytest.raises(CommandError, match="is both a file and a folder"):
        download(s3, [listed(s3, entry("s3://lake/raw/"))], tmp_path)
