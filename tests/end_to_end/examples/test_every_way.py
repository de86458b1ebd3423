"""End-to-end tests of parallel steps, several hosts, image commands, tables as inputs, MSCK and projection."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from tests.end_to_end.deployment import PROJECTS, REGION, Deployment, deployed
from tests.end_to_end.permissions.recording import Recording, begin, machine_recording
from tests.iam.calls.logged_calls import glue_calls, list_call, object_call
from tests.iam.permissions_on_record import STARS, stars, unused_permissions
from tests.iam.simulator import ACCOUNT, IamCall

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("end_to_end")]

DAYS = {"2026-11-20": ["one two", "three"], "2026-11-21": ["four", "five six seven"]}


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    project = tmp_path_factory.mktemp("every_way") / "project"
    shutil.copytree(PROJECTS / "every_way", project)
    with deployed(project) as deployment:
        begin(deployment)
        yield deployment


def claimed(cloud: Deployment, pipeline: str, day: str) -> list[str]:
    """Run a scheduled event for a day twice: the second finds that the first has claimed it. Return the executions."""
    machine = cloud.outputs(cloud.stack(pipeline))["StateMachineArn"]
    executions = []
    for outcome in ("run", "duplicate"):
        started = cloud.client("stepfunctions").start_execution(
            stateMachineArn=machine, input=json.dumps({"scheduled_time": f"{day}T06:00:00Z"})
        )
        assert cloud.finished(started["executionArn"])["plan"]["outcome"] == outcome
        executions.append(started["executionArn"])
    return executions


@pytest.fixture(scope="module")
def words(cloud: Deployment) -> list[str]:
    """Run the pipeline for each day; return the executions."""
    s3 = cloud.client("s3")
    for day, files in DAYS.items():
        for number, text in enumerate(files):
            s3.put_object(Bucket=cloud.lake, Key=f"raw/letters/{day}/{number}.txt", Body=text.encode())
    first, second = DAYS
    run = cloud.json("run", "letters", "--date", first)
    assert run["status"] == "SUCCEEDED"
    return [run["execution_arn"], *claimed(cloud, "letters", second)]


@pytest.fixture(scope="module")
def summaries(cloud: Deployment, words: list[str]) -> list[dict[str, Any]]:
    """Run the pipeline that reads the other's table for one day, then for three; return its reports."""
    assert words
    day, days = ("--date", "2026-11-21"), ("--from", "2026-11-20", "--to", "2026-11-22")
    return [cloud.json("run", "summary", *interval) for interval in (day, days)]


@pytest.fixture(scope="module")
def letters_calls(cloud: Deployment, words: list[str]) -> Recording:
    return machine_recording(cloud, "letters", words, backfilled="2026-11-21")


@pytest.fixture(scope="module")
def summary_calls(cloud: Deployment, summaries: list[dict[str, Any]]) -> Recording:
    executions = claimed(cloud, "summary", "2026-11-21")
    return machine_recording(
        cloud, "summary", [*(report["execution_arn"] for report in summaries), *executions], backfilled="2026-11-21"
    )


@pytest.fixture(params=["letters_calls", "summary_calls"])
def recording(request: pytest.FixtureRequest) -> Recording:
    made: Recording = request.getfixturevalue(request.param)
    return made


def test_a_run_whose_table_athena_repairs(cloud: Deployment, words: list[str]) -> None:
    assert len(words) == 3
    rows = cloud.json("query", "SELECT word, total, dt FROM letters.words ORDER BY dt, word")
    assert [(row["dt"], row["word"], int(row["total"])) for row in rows] == [
        ("2026-11-20", "ONE", 3),
        ("2026-11-20", "THREE", 3),
        ("2026-11-20", "TWO", 3),
        ("2026-11-21", "FIVE", 4),
        ("2026-11-21", "FOUR", 4),
        ("2026-11-21", "SEVEN", 4),
        ("2026-11-21", "SIX", 4),
    ]
    registered = cloud.json("partitions", "letters")
    assert [partition["values"]["dt"] for partition in registered] == list(DAYS)


def test_the_layers_and_the_repair_are_in_the_execution(cloud: Deployment, words: list[str]) -> None:
    output = cloud.finished(words[0])
    assert set(output["results"]) == {"Layer1", "join"}
    assert set(output["results"]["Layer1"]) == {"upper", "total"}
    (registration,) = output["registrations"].values()
    assert (registration["table"], registration["outcome"]) == ("letters.words", "repaired")
    assert [isinstance(scanned, int) for scanned in registration["athena_bytes"]] == [True]
    sagemaker = cloud.client("sagemaker")
    name = output["results"]["Layer1"]["upper"]["ProcessingJobArn"].rpartition("/")[2]
    assert (
        sagemaker.describe_processing_job(ProcessingJobName=name)["ProcessingResources"]["ClusterConfig"][
            "InstanceCount"
        ]
        == 2
    )


def test_a_table_as_input_and_projected_partitions(cloud: Deployment, summaries: list[dict[str, Any]]) -> None:
    for report in summaries:
        assert report["partitions"] == {"created": 0, "repointed": 0, "unchanged": 0, "kept_newer": 0}
    assert cloud.json("partitions", "summary") == []
    rows = cloud.json("query", "SELECT dt, files, words FROM letters.summary WHERE dt >= '2026-11-20' ORDER BY dt")
    assert [(row["dt"], row["files"], int(row["words"])) for row in rows] == [
        ("2026-11-20", "dt=2026-11-20/words.csv;dt=2026-11-21/words.csv", 7),
        ("2026-11-21", "dt=2026-11-21/words.csv", 4),
    ]


def test_a_table_as_input_may_lie_by_its_whole_keys(cloud: Deployment, summaries: list[dict[str, Any]]) -> None:
    assert summaries
    question = "SELECT dt, files, words FROM letters.summary WHERE dt >= '2026-11-20' ORDER BY dt"
    before = cloud.json("query", question)
    cloud.admin("POST", "undocumented/manifest_files/whole_key")
    try:
        cloud.json("run", "summary", "--date", "2026-11-21")
    finally:
        cloud.admin("POST", "undocumented/manifest_files/below_prefix")
    assert cloud.json("query", question) == before


def test_a_day_that_the_table_does_not_have_is_a_missing_input(cloud: Deployment, words: list[str]) -> None:
    assert len(words) == 3
    failed = cloud.command("run", "summary", "--date", "2026-11-25")
    assert failed.returncode == 1
    assert "the partitions of the run's interval of letters.words contain no files" in failed.stderr


def test_every_call_of_these_runs_is_allowed(recording: Recording) -> None:
    assert {call.principal for call in recording.calls} == set(recording.roles), "each role must have been at work"
    assert recording.denied(recording.calls) == []


def test_every_right_of_these_pipelines_is_used_or_has_a_reason(recording: Recording) -> None:
    assert unused_permissions(recording.calls, recording.statements, recording.policies) == []
    assert stars(recording.statements) <= STARS.keys()


def test_what_these_pipelines_have_permissions_for_beyond_others_was_asked_for(
    letters_calls: Recording, summary_calls: Recording
) -> None:
    """For a repaired table and a table as input: by the log for a function's calls, else derived from the run."""
    repaired = {call.action for call in letters_calls.calls if call.principal == letters_calls.workflow_role}
    assert repaired >= {"athena:StartQueryExecution", "glue:BatchCreatePartition", "s3:ListBucketMultipartUploads"}
    planned = {call.action for call in summary_calls.calls if "PlanRun" in call.principal}
    assert planned >= {"glue:GetPartitions", "s3:ListBucket", "s3:PutObject"}
    (read,) = {call.resource for call in summary_calls.calls if call.resource.endswith("dt=2026-11-20/words.csv")}
    assert "/tables/letters/words/output/" in read


def test_what_these_pipelines_must_not_do_is_denied(letters_calls: Recording, summary_calls: Recording) -> None:
    machine = letters_calls.workflow_role
    (planner,) = {call.principal for call in summary_calls.calls if "PlanRun" in call.principal}
    reader, lake = summary_calls.outputs["ProcessingRoleArn"], letters_calls.lake
    primary = f"arn:aws:athena:{REGION}:{ACCOUNT}:workgroup/primary"
    repairs = [
        *list(glue_calls(machine, "glue:BatchCreatePartition", "letters", "summary"))[2:],
        *glue_calls(machine, "glue:BatchDeletePartition", "letters", "words"),
        IamCall(machine, "athena:StartQueryExecution", primary),
        object_call(machine, "s3:PutObject", lake, "tables/letters/words/output/dt=2026-11-20/words.csv"),
        object_call(machine, "s3:GetObject", lake, "tables/letters/summary/output/dt=2026-11-20/summary.csv"),
        list_call(machine, lake, "raw/letters/"),
    ]
    assert len(letters_calls.denied(repairs)) == len(repairs)
    reads = [
        *list(glue_calls(planner, "glue:GetPartitions", "letters", "summary"))[2:],
        *glue_calls(planner, "glue:BatchCreatePartition", "letters", "words"),
        object_call(planner, "s3:PutObject", lake, "intermediates/letters/run/manifests/summarize.words.json"),
        object_call(planner, "s3:PutObject", lake, "intermediates/summary/run/summarize/x"),
        object_call(reader, "s3:PutObject", lake, "tables/letters/words/output/dt=2026-11-20/words.csv"),
        object_call(reader, "s3:PutObject", lake, "intermediates/summary/run/manifests/summarize.words.json"),
        object_call(reader, "s3:GetObject", lake, "raw/letters/2026-11-20/0.txt"),
    ]
    assert len(summary_calls.denied(reads)) == len(reads)
