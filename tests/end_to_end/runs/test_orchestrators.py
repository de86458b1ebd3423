"""Tests that the article's pipeline has the same rows, partitions and receipts under Step Functions and SageMaker Pipelines."""

import json
from typing import Any

import pytest

from partitioned_pipelines.lake.intervals.instants import format_instant
from partitioned_pipelines.lake.key_layout import receipt_key
from partitioned_pipelines.lake.runs.usage import JobUsage
from tests.end_to_end.deployment import ROOT, Deployment

RAW = ROOT / "examples" / "feature_table" / "raw.csv"
# The tables by pipeline. Both read the same raw data.
TABLES = {"feature_table": "partitioned_table_sample", "by_pipelines": "sample_by_pipelines"}
VERSIONED = "versioned_by_pipelines"

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("end_to_end")]


def run(both: Deployment, pipeline: str, day: str) -> dict[str, Any]:
    document: dict[str, Any] = both.json("run", pipeline, "--date", day, "--input", f"raw={RAW}", "--no-deploy")
    return document


def partition(both: Deployment, table: str, day: str) -> dict[str, Any]:
    found = both.client("glue").get_partition(DatabaseName="analytics", TableName=table, PartitionValues=[day])
    described: dict[str, Any] = found["Partition"]
    return described


def receipt(both: Deployment, table: str, run_id: str) -> dict[str, Any]:
    key = receipt_key("analytics", table, run_id)
    document: dict[str, Any] = json.load(both.client("s3").get_object(Bucket=both.lake, Key=key)["Body"])
    return document


def check_usage(both: Deployment, pipeline: str, usage: dict[str, Any]) -> None:
    """Compare the usage in a receipt with the descriptions of the run's jobs, and of the pipeline's functions."""
    sagemaker = both.client("sagemaker")
    for job in usage["jobs"]:
        described = sagemaker.describe_processing_job(ProcessingJobName=job["job_name"])
        cluster = described["ProcessingResources"]["ClusterConfig"]
        assert job == {
            "step": job["step"],
            "job_name": job["job_name"],
            "instance_type": cluster["InstanceType"],
            "instance_count": cluster["InstanceCount"],
            "volume_gb": cluster["VolumeSizeInGB"],
            "started_at": format_instant(described["ProcessingStartTime"], "milliseconds"),
            "ended_at": format_instant(described["ProcessingEndTime"], "milliseconds"),
        }
        tags = sagemaker.list_tags(ResourceArn=described["ProcessingJobArn"])["Tags"]
        assert {"Key": "pipeline", "Value": pipeline} in tags
    assert [job["step"] for job in usage["jobs"]] == ["extract", "transform"]
    outputs = both.outputs(f"pipelines-{pipeline.replace('_', '-')}")
    names = [outputs["PlanRunFunctionName"], outputs["RegisterPartitionsFunctionName"]]
    assert [(each["name"], each["memory_mb"], each["calls"]) for each in usage["functions"]] == [
        (names[0], 256, 1),
        (names[1], 1024, 1),
    ]
    assert all(0 < each["milliseconds"] < 60_000 for each in usage["functions"])
    # PlanRun lists the input; RegisterPartitions lists the output, and creates and confirms the partition.
    assert usage["requests"]["s3_list"] >= 2
    assert usage["requests"]["glue"] >= 4


def test_both_come_to_the_same(both: Deployment) -> None:
    day = "2021-12-15"
    reports = {pipeline: run(both, pipeline, day) for pipeline in TABLES}
    rows, partitions, receipts = [], [], []
    for pipeline, table in TABLES.items():
        report = reports[pipeline]
        assert (report["status"], report["partitions"]["created"]) == ("SUCCEEDED", 1)
        of_day = f"SELECT * FROM analytics.{table} WHERE process_date_jst = '{day}' ORDER BY feature2"  # noqa: S608  # literals
        rows.append(both.json("query", of_day))
        described = partition(both, table, day)
        location = described["StorageDescriptor"].pop("Location")
        assert location == f"s3://{both.lake}/tables/analytics/{table}/output/process_date_jst={day}/"
        partitions.append((described["Values"], described["StorageDescriptor"], sorted(described["Parameters"])))
        document = receipt(both, table, report["run_id"])
        assert document["run"].pop("execution_arn") == report["execution_arn"]
        assert document["run"].pop("run_id") == report["run_id"]
        assert document["run"].pop("pipeline") == pipeline
        for changing in ("table", "root", "registered_at"):
            document.pop(changing)
        document["run"].pop("started_at")
        (objects,) = document["inputs"]["objects"]
        objects.pop("newest")  # each run uploads its input
        check_usage(both, pipeline, document["usage"])
        costs = both.json("runs", pipeline, "--cost")
        (cost,) = (each for each in costs["runs"] if each["run_id"] == report["run_id"])
        seconds = [JobUsage.parse(job).seconds or 0 for job in document["usage"]["jobs"]]
        assert cost["hours"] == pytest.approx(sum(seconds) / 3600, abs=1e-6)
        assert (cost["failed"], cost["untimed_jobs"], cost["amount"]) == (False, 0, None)
        for measured in ("jobs", "functions"):
            document["usage"].pop(measured)
        receipts.append(document)
    assert rows[0]
    assert rows[0] == rows[1]
    assert partitions[0] == partitions[1]
    assert receipts[0] == receipts[1]


def test_what_the_scripts_were_told_is_the_same(both: Deployment) -> None:
    """The requests of both, except for names, run ids and the table's prefix."""
    day = "2021-12-16"
    for pipeline in TABLES:
        run(both, pipeline, day)
    sagemaker = both.client("sagemaker")
    names = [
        job["ProcessingJobName"]
        for job in sagemaker.list_processing_jobs(SortOrder="Descending")["ProcessingJobSummaries"]
    ]
    kept = ("ProcessingResources", "StoppingCondition", "AppSpecification", "Environment")
    told: dict[str, dict[str, Any]] = {pipeline: {} for pipeline in TABLES}
    for name in names:
        job = sagemaker.describe_processing_job(ProcessingJobName=name)
        if job["Environment"]["PROCESS_DATE"] != day:
            continue
        pipeline = "by_pipelines" if name.startswith("by-pipelines") else "feature_table"
        job["Environment"].pop("RUN_ID")
        told[pipeline][name.split("--")[1].split("-")[0]] = {part: job[part] for part in kept}
    assert set(told["feature_table"]) == {"extract", "transform"}
    assert told["feature_table"] == told["by_pipelines"]


def test_a_scheduled_event_runs_once_for_the_day_before_in_tokyo(both: Deployment) -> None:
    both.client("s3").upload_file(str(RAW), both.lake, "raw/feature_table/2021/12/20/raw.csv")
    first, second = (both.json("local", "fire", "by_pipelines", "--at", "2021-12-20T21:00:00Z") for _ in range(2))
    assert (first["status"], first["process_start"], first["partitions"]["created"]) == ("SUCCEEDED", "2021-12-20", 1)
    assert first["execution_arn"] != second["execution_arn"]
    assert (second["status"], second["partitions"]["created"]) == ("SUCCEEDED", 0)


def test_a_run_that_fails_is_told(both: Deployment) -> None:
    sqs = both.client("sqs")
    queue = both.subscribed_queue("failed-runs", both.outputs("pipelines-by-pipelines")["NotificationTopicArn"])
    failed = both.command("run", "by_pipelines", "--date", "1999-01-01", "--no-deploy", "--json")
    assert failed.returncode == 1, failed.stdout + failed.stderr
    report = json.loads(failed.stdout)
    assert (report["status"], report["error"]["state"]) == ("FAILED", "PlanRun")
    assert "no objects under s3://" in report["error"]["message"]
    (message,) = both.wait_until(lambda: sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=1).get("Messages"))
    notice = json.loads(json.loads(message["Body"])["Message"])
    assert (notice["kind"], notice["execution_arn"]) == ("failed", report["execution_arn"])
    assert (notice["step"], notice["interval"]) == ("PlanRun", "1999-01-01")


def test_a_versioned_table_is_repointed(both: Deployment) -> None:
    day, table = "2021-12-21", f"sample_{VERSIONED}"
    first = run(both, VERSIONED, day)
    second = run(both, VERSIONED, day)
    assert (first["partitions"]["created"], second["partitions"]["repointed"]) == (1, 1)
    location = partition(both, table, day)["StorageDescriptor"]["Location"]
    execution = second["execution_arn"].rpartition("/")[2]
    assert location.startswith(f"s3://{both.lake}/tables/analytics/{table}/runs/{second['run_id']}/{execution}/")


@pytest.mark.parametrize("reader", ["reader", "reader_by_pipelines"])
def test_a_run_is_outdated_once_what_it_read_is_published_again(both: Deployment, reader: str) -> None:
    day = "2021-12-22" if reader == "reader" else "2021-12-23"
    first = run(both, VERSIONED, day)
    read = both.json("run", reader, "--date", day, "--no-deploy")
    (table,) = receipt(both, f"{reader}_counts", read["run_id"])["inputs"]["tables"]
    assert (table["table"], table["partitions"], table["runs"]) == (f"analytics.sample_{VERSIONED}", 1, 1)
    listed = both.client("s3").get_object(
        Bucket=both.lake, Key=table["partition_list"].removeprefix(f"s3://{both.lake}/")
    )
    assert json.loads(listed["Body"].read()) == [first["run_id"], [day]]
    assert both.json("outdated", reader) == []

    second = run(both, VERSIONED, day)
    outdated = both.command("outdated", reader, "--json")
    assert outdated.returncode == 1, outdated.stderr
    (found,) = json.loads(outdated.stdout)
    assert (found["run_id"], found["process_start"]) == (read["run_id"], day)
    assert found["changes"][0]["problem"].endswith(f"such as {day} by {second['run_id']}")
    around = ("--from", "2021-12-21", "--to", "2021-12-25", "--every-interval")
    again = both.json("backfill", reader, "--outdated", *around, "--dry-run")
    assert [run["from"] for run in again["runs"]] == [day]
    both.json("run", reader, "--date", day, "--no-deploy")
    assert both.json("outdated", reader) == [], "the day was read again"
    assert both.json("backfill", reader, "--outdated", *around, "--dry-run")["runs"] == []


def test_a_run_is_outdated_once_its_raw_input_is_newer(both: Deployment) -> None:
    day = "2021-12-24"
    report = run(both, VERSIONED, day)
    key = f"raw/feature_table/{day.replace('-', '/')}/raw.csv"
    both.client("s3").upload_file(str(RAW), both.lake, key)
    outdated = json.loads(both.command("outdated", VERSIONED, "--json").stdout)
    (found,) = [each for each in outdated if each["process_start"] == day]
    assert found["run_id"] == report["run_id"]
    assert found["changes"][0]["problem"] == f"1 of 1 objects are newer, such as {key}"


@pytest.mark.parametrize(("pipeline", "suffix"), [("two_tables", ""), ("two_by_pipelines", "_by_pipelines")])
def test_of_two_tables_one_is_published_and_the_other_refused(both: Deployment, pipeline: str, suffix: str) -> None:
    finished = both.command("run", pipeline, "--date", "2026-11-20", "--no-deploy", "--json")
    assert finished.returncode == 1, finished.stdout + finished.stderr
    report = json.loads(finished.stdout)
    outcomes = {each["table"].removesuffix(suffix): each for each in report["tables"]}
    good, bad = outcomes["misbehaving.good"], outcomes["misbehaving.bad"]
    assert (good["outcome"], good["created"], good["bad_path_count"], good["skipped_partitions"]) == (
        "registered",
        1,
        1,
        1,
    )
    assert good["ignored"] == {"hidden": 1, "empty": 1, "marker": 0}
    (path,) = good["bad_paths"]
    assert "dt=2026-11-21/hour=1/b.csv: " in path
    assert (bad["outcome"], bad["published"]) == ("not_published", 0)
    assert "dt=z\x01/a.csv: dt='z\\x01' contains the control character U+0001" in report["error"]["message"]
    assert f"misbehaving.good{suffix}: published: 1 partition\n" in finished.stderr
    assert f"misbehaving.bad{suffix}: nothing was published\n" in finished.stderr
    assert "\x01" not in finished.stderr, "what comes from data cannot control the terminal"
    assert both.json("partitions", pipeline, "--table", f"misbehaving.bad{suffix}") == []
    (run,) = both.json("runs", pipeline, "--table", f"misbehaving.good{suffix}")
    assert (run["bad_path_count"], run["bad_paths"]) == (1, [path])
