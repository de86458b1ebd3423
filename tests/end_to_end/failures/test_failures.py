"""Tests that failures are reported to the caller, published to nobody, and sent to the topic."""

import json
import time
from pathlib import Path

import pytest

from tests.end_to_end.deployment import Deployment

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("end_to_end")]


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    path = tmp_path / "lines.csv"
    path.write_text("one\ntwo\n")
    return path


def test_a_script_that_raises(deployment: Deployment, raw: Path) -> None:
    sqs = deployment.client("sqs")
    queue = deployment.subscribed_queue("notices", deployment.outputs("pipelines-raises")["NotificationTopicArn"])

    finished = deployment.command("run", "raises", "--date", "2026-11-20", "--input", f"raw={raw}", "--json")
    document = json.loads(finished.stdout)
    assert finished.returncode == 1
    assert document["status"] == "FAILED"
    assert document["partitions"] == {"created": 0, "repointed": 0, "unchanged": 0, "kept_newer": 0}
    assert "ZeroDivisionError: division by zero in misbehaving" in finished.stderr, "the script's last lines"
    assert "the 特徴量 could not be divided" in finished.stderr, "its exit message"
    assert "the 特徴量 could not be divided" in json.dumps(document["error"], ensure_ascii=False)

    assert deployment.json("partitions", "raises") == []
    status = deployment.client("stepfunctions").describe_execution(executionArn=document["execution_arn"])
    assert status["status"] == "FAILED"

    notices: list[str] = []
    deadline = time.monotonic() + 20
    while not notices and time.monotonic() < deadline:
        received = sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=1).get("Messages", [])
        notices += [json.loads(message["Body"])["Message"] for message in received]
    (notice,) = map(json.loads, notices)
    assert (notice["kind"], notice["execution_arn"]) == ("failed", document["execution_arn"])
    assert (notice["step"], notice["interval"]) == ("transform", "2026-11-20")
    assert notice["message"] == "the 特徴量 could not be divided"
    assert "ZeroDivisionError: division by zero in misbehaving" in notice["last_lines"]


def test_a_failed_step_fails_at_home_as_it_did_there(deployment: Deployment, raw: Path, tmp_path: Path) -> None:
    ran = deployment.command("run", "raises", "--date", "2026-11-21", "--input", f"raw={raw}", "--json")
    run_id, error = json.loads(ran.stdout)["run_id"], json.loads(ran.stdout)["error"]
    out = tmp_path / "out"
    repeated = deployment.command("step", "raises", "transform", "--run", run_id, "--output", out, "--json")
    assert repeated.returncode == 1
    document = json.loads(repeated.stdout)
    assert document["exit_message"] == "the 特徴量 could not be divided"
    assert "ZeroDivisionError: division by zero in misbehaving" in repeated.stderr
    assert document["files"] == [str(out / "dt=2026-11-21" / "part.csv")], "its day is the run's"
    assert (document["run"]["run_id"], document["run"]["job_name"]) == (run_id, error["job_name"])
    assert {entry["name"]: entry["changed"] for entry in document["run"]["inputs"]} == {"raw": 0, "code": 0}

    deployment.client("s3").put_object(Bucket=deployment.lake, Key="raw/raises/later.csv", Body=b"three")
    changed = deployment.command("step", "raises", "transform", "--run", "last", "--output", out)
    assert "1 of 2 files were written after the job's start" in changed.stderr
    refused = deployment.command("step", "raises", "transform", "--run", "last", "--output", out, "--max-size", "2B")
    assert refused.returncode == 2
    assert "nothing was downloaded" in refused.stderr


def test_a_path_that_is_not_the_tables_registers_nothing_of_the_run(deployment: Deployment) -> None:
    finished = deployment.command("run", "bad_path", "--date", "2026-11-20")
    assert finished.returncode == 1
    said = finished.stdout + finished.stderr
    assert "DT=2026-02-30" in said
    assert "InvalidPartitionPathError" in said
    assert deployment.json("partitions", "bad_path") == []
    assert len(deployment.keys("tables/misbehaving/bad_path/runs/")) == 2, "the job's files stay for a look"
    _assert_log_of(deployment, "bad_path", "RegisterPartitions", "InvalidPartitionPathError")


def test_missing_input_can_end_a_run_well(deployment: Deployment) -> None:
    document = deployment.json("run", "empty_handed", "--date", "2026-11-20")
    assert document["status"] == "SUCCEEDED"
    assert document["partitions"] == {"created": 0, "repointed": 0, "unchanged": 0, "kept_newer": 0}
    assert deployment.json("partitions", "empty_handed") == []
    (mark,) = deployment.keys("tables/misbehaving/empty_handed/receipts/")
    assert mark.endswith(f".skipped.{document['run_id']}")
    asked = ("missing", "empty_handed", "--from", "2026-11-20", "--to", "2026-11-21")
    assert deployment.json(*asked)["counts"]["skipped"] == 1
    assert deployment.command(*asked, "--strict").returncode == 1


def test_missing_input_fails_by_name_where_it_must_not_be_missing(deployment: Deployment) -> None:
    finished = deployment.command("run", "feature_table", "--date", "1999-01-01")
    assert finished.returncode == 1
    said = finished.stdout + finished.stderr
    assert "MissingInputError" in said
    assert "raw/feature_table/1999/01/01/" in said
    _assert_log_of(deployment, "feature_table", "PlanRun", "MissingInputError")


def _assert_log_of(deployment: Deployment, pipeline: str, function: str, said: str) -> None:
    """Check that the log of a function in which the newest run failed is printed, by default and if it is named."""
    for arguments in ([], [function]):
        (log,) = deployment.json("logs", pipeline, *arguments)["functions"]
        messages = [line["message"] for line in log["lines"]]
        assert log["step"] == function
        lines = [json.loads(message) for message in messages]
        assert [lines[0]["type"], lines[-1]["type"]] == ["platform.start", "platform.report"]
        told = [line for line in lines[1:-1] if "errorType" not in line]
        assert {line["pipeline"] for line in told} == {pipeline}
        assert all(line["run_id"] and line["execution"] for line in told)
        assert [line["errorType"] for line in lines if "errorType" in line] == [said]


def test_an_execution_that_is_stopped_stops_its_job(deployment: Deployment, raw: Path) -> None:
    sfn, sagemaker = deployment.client("stepfunctions"), deployment.client("sagemaker")
    deployment.client("s3").upload_file(str(raw), deployment.lake, "raw/sleeps/lines.csv")
    machine = deployment.outputs("pipelines-sleeps")["StateMachineArn"]
    execution = sfn.start_execution(stateMachineArn=machine, input='{"date": "2026-11-20"}')["executionArn"]
    job = deployment.wait_until(
        lambda: sagemaker.list_processing_jobs(NameContains="sleeps", StatusEquals="InProgress")[
            "ProcessingJobSummaries"
        ]
    )[0]["ProcessingJobName"]
    sfn.stop_execution(executionArn=execution, cause="enough")
    assert deployment.wait_until(
        lambda: sagemaker.describe_processing_job(ProcessingJobName=job)["ProcessingJobStatus"] == "Stopped"
    )
    assert sfn.describe_execution(executionArn=execution)["status"] == "ABORTED"
    assert deployment.json("partitions", "sleeps") == []


def test_a_job_that_was_stopped_is_published_by_nobody_even_where_its_state_succeeds(
    deployment: Deployment, raw: Path
) -> None:
    sfn, sagemaker = deployment.client("stepfunctions"), deployment.client("sagemaker")
    deployment.client("s3").upload_file(str(raw), deployment.lake, "raw/sleeps/lines.csv")
    machine = deployment.outputs("pipelines-sleeps")["StateMachineArn"]
    deployment.admin("POST", "undocumented/stopped_job/succeeds")
    try:
        execution = sfn.start_execution(stateMachineArn=machine, input='{"date": "2026-11-21"}')["executionArn"]
        job = deployment.wait_until(
            lambda: sagemaker.list_processing_jobs(NameContains="sleeps", StatusEquals="InProgress")[
                "ProcessingJobSummaries"
            ]
        )[0]["ProcessingJobName"]
        deployment.wait_until(lambda: "a part is written" in deployment.log_of(job))
        sagemaker.stop_processing_job(ProcessingJobName=job)
        deployment.wait_until(lambda: sfn.describe_execution(executionArn=execution)["status"] != "RUNNING")
    finally:
        deployment.admin("POST", "undocumented/stopped_job/fails")
    ended = sfn.describe_execution(executionArn=execution)
    assert (ended["status"], ended["error"]) == ("FAILED", "UnfinishedJobError")
    assert f"the job {job} is Stopped, not Completed; nothing was published" in ended["cause"]
    assert any(key.endswith("dt=2026-11-21/part.csv") for key in deployment.keys("tables/misbehaving/sleeps/runs/"))
    assert deployment.json("partitions", "sleeps") == []


def test_an_unknown_pipeline_is_named_with_the_nearest(deployment: Deployment) -> None:
    finished = deployment.command("run", "flight", "--date", "2013-01-01")
    assert finished.returncode == 2
    assert "flights" in finished.stderr
    assert "Traceback" not in finished.stderr
