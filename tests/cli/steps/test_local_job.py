"""Tests of a job's folders for S3: what a Spark script finds under the URIs of a job that ran in a cloud."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from partitioned_pipelines.cli.steps.local_job import LocalJob

if TYPE_CHECKING:
    from pathlib import Path

INPUT = "/opt/ml/processing/input"


@pytest.fixture
def job(tmp_path: Path) -> LocalJob:
    """Return a Spark job with four inputs: a folder, a folder in it, one object, and its code."""
    sources = {
        "days": "s3://lake/raw/",
        "day": "s3://lake/raw/2026/",
        "rates": "s3://shared/rates.csv",
        "code": "s3://assets/h/x.py",
    }
    files = {"days": "2026/a.csv", "day": "a.csv", "rates": "rates.csv", "code": "x.py"}
    for name, path in files.items():
        file = tmp_path / "ml" / "processing" / "input" / name / path
        file.parent.mkdir(parents=True)
        file.write_text(f"{name} {path}", encoding="utf-8")
    description: dict[str, Any] = {
        "ProcessingInputs": [
            {"InputName": name, "S3Input": {"S3Uri": uri, "LocalPath": f"{INPUT}/{name}"}}
            for name, uri in sources.items()
        ],
        "ProcessingOutputConfig": {
            "Outputs": [
                _output("rows", "s3://lake/runs/1/rows/", "/opt/ml/processing/output"),
                _output("spark-event-logs", "s3://lake/runs/1/logs/", "/opt/ml/processing/spark-events/"),
            ]
        },
        "AppSpecification": {"ContainerEntrypoint": ["smspark-submit", f"{INPUT}/code/x.py"]},
    }
    made = LocalJob(tmp_path / "ml", description)
    made.prepare()
    return made


def _output(name: str, uri: str, path: str) -> dict[str, Any]:
    return {"OutputName": name, "S3Output": {"S3Uri": uri, "LocalPath": path, "S3UploadMode": "EndOfJob"}}


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("lake/raw/2026/a.csv", "days 2026/a.csv"),
        ("shared/rates.csv", "rates rates.csv"),
        ("assets/h/x.py", "code x.py"),
    ],
)
def test_an_input_is_where_its_uri_says(job: LocalJob, key: str, text: str) -> None:
    assert (job.s3 / key).read_text() == text


def test_the_description_is_what_the_container_reads(job: LocalJob) -> None:
    config = job.opt_ml / "config"
    assert json.loads((config / "processingjobconfig.json").read_text()) == job.description
    assert json.loads((config / "resourceconfig.json").read_text()) == {"current_host": "algo-1", "hosts": ["algo-1"]}


def test_what_is_written_to_an_outputs_uri_is_collected_without_event_logs(job: LocalJob, tmp_path: Path) -> None:
    assert not (job.s3 / "lake/runs/1/rows").exists()
    for path in "rows/dt=1/part.csv", "logs/events":
        file = job.s3 / "lake/runs/1" / path
        file.parent.mkdir(parents=True)
        file.touch()
    (job.opt_ml / "processing/spark-events/events").touch()
    assert job.collect(tmp_path / "out") == [tmp_path / "out/dt=1/part.csv"], "one output: no subfolder"
