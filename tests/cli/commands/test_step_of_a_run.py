"""Tests of ``pipelines step --run``: a job of an earlier run, repeated on this machine with what it was given."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import partitioned_pipelines.cli.commands.step
from partitioned_pipelines.cli.errors import ExitCode
from partitioned_pipelines.lake.runs.run_facts import build_run_id
from tests.cli.commands.test_step import FROM, read_until
from tests.moto_lake import aws, s3

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_s3 import S3Client

    from tests.cli.conftest import Invoke

__all__ = ["aws", "s3"]  # fixtures
START = datetime(2026, 11, 20, 5, tzinfo=UTC)
RUN = build_run_id(START, "arn:0")
SECRET = "arn:aws:secretsmanager:ap-northeast-1:123456789012:secret:warehouse-a1B2c3"
PIPELINE_EXECUTION = {
    "PipelineExecutionArn": "arn:aws:sagemaker:::pipeline/x/execution/1",
    "PipelineExecutionStatus": "Failed",
    "StartTime": START,
}
# The job's own script, which the project has changed since.
SCRIPT = """\
import json, os, sys
from pathlib import Path
import beside
config = json.loads(Path("/opt/ml/config/processingjobconfig.json").read_text())
print(beside.WORD, sys.argv[1:], os.environ["LEVEL"], os.environ["WAREHOUSE"][-6:], config["ProcessingJobName"])
text = Path("/opt/ml/processing/input/text/20261120.txt").read_text()
folder = Path("/opt/ml/processing/output/dt=2026-11-20")
folder.mkdir()
(folder / "words.csv").write_text(text)
raise ValueError(f"no word in {text!r}")
"""


class Cloud:
    """A fake cloud with one execution, whose last job failed; its objects are in moto's S3."""

    is_local = False
    poll_seconds = 0.01

    def __init__(self, s3: S3Client) -> None:
        self.s3 = s3
        self.step_functions = self.sagemaker = self
        self.outputs = {"StateMachineArn": "arn:m"}
        self.jobs = ["first", "last"]
        self.description: dict[str, Any] = {
            "ProcessingJobName": "last",
            "ProcessingJobStatus": "Failed",
            "FailureReason": "AlgorithmError: , exit code: 1",
            "CreationTime": datetime.now(UTC) + timedelta(minutes=1),
            "ProcessingInputs": [
                _input("text", "s3://lake/raw/word_count/20261120.txt"),
                _input("code", "s3://lake/assets/code/"),
            ],
            "ProcessingOutputConfig": {
                "Outputs": [
                    {
                        "OutputName": "count",
                        "S3Output": {"S3Uri": "s3://lake/out/", "LocalPath": "/opt/ml/processing/output"},
                    }
                ]
            },
            "ProcessingResources": {"ClusterConfig": {"InstanceType": "ml.t3.medium", "InstanceCount": 1}},
            "AppSpecification": {
                "ImageUri": "123456789012.dkr.ecr.ap-northeast-1.amazonaws.com/assets:0",
                "ContainerEntrypoint": ["python3", "/opt/ml/processing/input/code/count_words.py"],
                "ContainerArguments": ["--words", "7"],
            },
            "Environment": {"LEVEL": "loud", "WAREHOUSE": SECRET},
            "StoppingCondition": {"MaxRuntimeInSeconds": 600},
        }

    def stack_outputs(self, stack: str) -> dict[str, str]:
        assert stack == "pipelines-word-count"
        return self.outputs

    def get_paginator(self, operation: str) -> Any:
        return {
            "list_executions": Pages(
                {"executions": [{"executionArn": "arn:0", "name": "0", "status": "FAILED", "startDate": START}]}
            ),
            "get_execution_history": Pages({"events": self._events()}),
            "list_pipeline_executions": Pages({"PipelineExecutionSummaries": [PIPELINE_EXECUTION]}),
            "list_pipeline_execution_steps": Pages({"PipelineExecutionSteps": self._pipeline_steps()}),
        }[operation]

    def describe_processing_job(self, ProcessingJobName: str) -> dict[str, Any]:  # noqa: N803
        assert ProcessingJobName == self.jobs[-1]
        return self.description

    def _events(self) -> list[dict[str, Any]]:
        entered = {"stateEnteredEventDetails": {"name": "count"}}
        events: list[dict[str, Any]] = [
            {"id": 1, "previousEventId": 0, "type": "TaskStateEntered", "timestamp": START, **entered}
        ]
        for number, job in enumerate(self.jobs, start=2):
            details = {"parameters": json.dumps({"ProcessingJobName": job})}
            events.append(
                {"id": number, "previousEventId": 1, "type": "TaskScheduled", "taskScheduledEventDetails": details}
            )
        return events

    def _pipeline_steps(self) -> list[dict[str, Any]]:
        arn = "arn:aws:sagemaker:::processing-job/last"
        return [
            {
                "StepName": "count",
                "StepStatus": "Failed",
                "StartTime": START,
                "Metadata": {"ProcessingJob": {"Arn": arn}},
            }
        ]


class Pages:
    def __init__(self, page: dict[str, Any]) -> None:
        self.page = page

    def paginate(self, **_request: str) -> list[dict[str, Any]]:
        return [self.page]


def _input(name: str, uri: str) -> dict[str, Any]:
    source = {"S3Uri": uri, "LocalPath": f"/opt/ml/processing/input/{name}", "S3DataType": "S3Prefix"}
    return {"InputName": name, "S3Input": {**source, "S3InputMode": "File"}}


@pytest.fixture
def cloud(s3: S3Client, project: Path, monkeypatch: pytest.MonkeyPatch) -> Cloud:
    (project / "code" / "Dockerfile").write_text(FROM, encoding="utf-8")
    for key, body in {
        "raw/word_count/20261120.txt": "a cat",
        "raw/word_count/20261120.txt.bak": "another object",
        "assets/code/count_words.py": SCRIPT,
        "assets/code/beside.py": "WORD = 'of the run'",
    }.items():
        s3.put_object(Bucket="lake", Key=key, Body=body.encode())
    made = Cloud(s3)

    @contextmanager
    def open_cloud(_settings: object) -> Iterator[Cloud]:
        yield made

    monkeypatch.setattr(partitioned_pipelines.cli.commands.step, "open_cloud", open_cloud)
    return made


def arguments(project: Path, *options: str) -> list[str]:
    return ["step", "word_count", "count", "--output", str(project / "out"), "--project", str(project), *options]


@pytest.mark.parametrize("run", [RUN, "last", "arn:0"])
def test_the_job_is_repeated_with_what_it_was_given(cloud: Cloud, invoke: Invoke, project: Path, run: str) -> None:
    done = invoke(*arguments(project, "--run", run, "--json"))
    assert done.exit_code == ExitCode.FAILED, done.output
    assert "count | of the run ['--words', '7'] loud a1B2c3 last" in done.stderr
    assert "ValueError: no word in 'a cat'" in done.stderr
    document = json.loads(done.stdout)
    assert document["files"] == [str(project / "out/dt=2026-11-20/words.csv")]
    assert (document["run"]["run_id"], document["run"]["job_name"]) == (RUN, "last")
    assert document["run"]["inputs"][0] == {
        "name": "text", "uri": "s3://lake/raw/word_count/20261120.txt", "objects": 1, "bytes": 5, "changed": 0,
    }  # fmt: skip


def test_a_job_of_a_sagemaker_pipeline_is_found(cloud: Cloud, invoke: Invoke, project: Path) -> None:
    cloud.outputs = {"PipelineName": "x"}
    done = invoke(*arguments(project, "--run", "last", "--json"))
    assert "ValueError: no word in 'a cat'" in done.stderr
    assert json.loads(done.stdout)["run"]["job_name"] == "last"


def test_a_secret_is_not_printed(cloud: Cloud, invoke: Invoke, project: Path) -> None:
    done = invoke(*arguments(project, "--run", RUN))
    assert "LEVEL=loud" in done.stderr
    assert "WAREHOUSE=(a secret, not shown)" in done.stderr
    assert SECRET not in done.output


def test_what_changed_since_is_said(cloud: Cloud, invoke: Invoke, project: Path) -> None:
    cloud.description["CreationTime"] = datetime.now(UTC) - timedelta(minutes=1)
    done = invoke(*arguments(project, "--run", RUN, "--json"))
    assert "input text is not what the job read: 1 of 1 files were written after the job's start" in done.stderr
    assert "s3://lake/raw/word_count/20261120.txt" in done.stderr
    assert json.loads(done.stdout)["run"]["inputs"][0]["changed"] == 1


def test_too_much_is_refused_before_anything_is_downloaded(
    cloud: Cloud, invoke: Invoke, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cloud.s3, "download_file", None)
    done = invoke(*arguments(project, "--run", RUN, "--max-size", "10B"))
    assert done.exit_code == ExitCode.INVALID
    assert "more than 10 bytes; nothing was downloaded" in done.stderr
    assert "text: 5 bytes in 1 file" in done.stderr
    assert "--max-size 1MB" in done.stderr


def test_the_projects_script_can_be_tried_on_the_runs_inputs(cloud: Cloud, invoke: Invoke, project: Path) -> None:
    fixed = SCRIPT.replace("import beside\n", "").replace("beside.WORD", "'fixed'").partition("raise")[0]
    (project / "code" / "count_words.py").write_text(fixed, encoding="utf-8")
    done = invoke(*arguments(project, "--run", RUN, "--project-code"))
    assert done.exit_code == ExitCode.OK, done.output
    assert "count | fixed ['--words', '7'] loud a1B2c3 last" in done.stderr
    assert (project / "out/dt=2026-11-20/words.csv").read_text() == "a cat"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--run", RUN, "--date", "2026-11-20"], "--run takes inputs and dates from the run"),
        (["--run", RUN[:-1] + "x"], f"did you mean {RUN!r}?"),
        (["--run", RUN, "--max-size", "2 cats"], "--max-size: invalid size '2 cats'"),
        (["--project-code"], "--project-code has no effect without --run"),
        (["--run", RUN, "--debug"], "--debug needs a terminal"),
    ],
)
def test_options_that_contradict_each_other(
    cloud: Cloud, invoke: Invoke, project: Path, options: list[str], said: str
) -> None:
    done = invoke(*arguments(project, *options))
    assert done.exit_code == ExitCode.INVALID
    assert said in done.stderr


def test_a_step_that_the_run_did_not_start(cloud: Cloud, invoke: Invoke, project: Path) -> None:
    cloud.jobs = []
    done = invoke(*arguments(project, "--run", RUN))
    assert done.exit_code == ExitCode.FAILED
    assert f"step count was not started in run {RUN}, which is FAILED" in done.stderr


def test_a_job_of_an_unsupported_kind_is_refused_by_name(cloud: Cloud, invoke: Invoke, project: Path) -> None:
    cloud.description["ProcessingOutputConfig"]["Outputs"] = [{"OutputName": "features", "FeatureStoreOutput": {}}]
    done = invoke(*arguments(project, "--run", RUN))
    assert done.exit_code == ExitCode.INVALID
    assert "the job's output 'features' is not in S3" in done.stderr


def test_instances_that_shared_an_input_are_one_here(cloud: Cloud, invoke: Invoke, project: Path) -> None:
    cloud.description["ProcessingInputs"][0]["S3Input"]["S3DataDistributionType"] = "ShardedByS3Key"
    cloud.description["ProcessingResources"]["ClusterConfig"]["InstanceCount"] = 3
    done = invoke(*arguments(project, "--run", RUN))
    assert "each of the job's 3 instances got a part of text; here, one gets all" in done.stderr


def test_the_debugger_stops_where_the_script_fails(project: Path) -> None:
    """A step on files, as the debugger does not depend on where its inputs come from."""
    (project / "code" / "Dockerfile").write_text(FROM, encoding="utf-8")
    (project / "code" / "count_words.py").write_text("answer = 41\nraise ValueError(answer)\n", encoding="utf-8")
    (project / "text").write_text("a cat", encoding="utf-8")
    ours, theirs = pty.openpty()
    program = [str(Path(sys.executable).with_name("pipelines")), *arguments(project, "--debug")]
    process = subprocess.Popen(
        [*program, "--input", f"text={project / 'text'}", "--date", "2026-11-20"],
        stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True,
    )  # fmt: skip
    os.close(theirs)
    assert "count_words.py(1)" in read_until(ours, "(Pdb)")
    os.write(ours, b"continue\n")
    assert "ValueError: 41" in read_until(ours, "(Pdb)")
    os.write(ours, b"p 'seen', answer\n")
    assert "('seen', 41)" in read_until(ours, "(Pdb)")
    os.write(ours, b"quit\n")
    said = read_until(ours, "(Pdb)")  # the script starts again
    os.write(ours, b"quit\n")
    said += read_until(ours, None)
    os.close(ours)
    assert process.wait(60) == 0, said


def test_spark_has_no_debugger(invoke: Invoke, cloud: Cloud, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(partitioned_pipelines.cli.commands.step, "somebody_is_there", lambda: True)
    cloud.description["AppSpecification"]["ContainerEntrypoint"] = ["smspark-submit", "x.py"]
    done = invoke(*arguments(project, "--run", RUN, "--debug"))
    assert done.exit_code == ExitCode.INVALID
    assert "--debug: the step runs 'smspark-submit'" in done.stderr
