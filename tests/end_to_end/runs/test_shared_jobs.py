"""Tests that a pipeline has the same rows, receipts and audit whether its steps share a job or not, with both orchestrators."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from partitioned_pipelines.lake.key_layout import receipt_key
from tests.end_to_end.deployment import PROJECTS, ROOT, Deployment, deployed, pipelines

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DAY = "2021-12-15"
# The pipelines with separate jobs, each with the steps that share one in its twins.
STEPS = {
    "feature_table": ["extract", "transform"],
    "flights": ["extract", "validate", "transform"],
    "chain": ["read", "check", "count"],
    "sales": ["transform"],
}
TABLES = {
    "feature_table": ["analytics.partitioned_table_sample"],
    "flights": ["analytics.flights"],
    "chain": ["chained.lines", "chained.sights"],
    "sales": ["analytics.sales"],
}
# Of the twins, the suffix of names, and the orchestrator.
TWINS = {"_shared": "step_functions", "_by_pipelines": "sagemaker_pipelines"}

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("end_to_end")]


def twin_of(text: str, pipeline: str, suffix: str, orchestrator: str) -> str:
    """Return a pipeline's file with ``jobs: shared``, another name, and other tables."""
    lines = [line for line in text.splitlines() if not line.startswith("jobs:")]
    twin = "\n".join(lines).replace(f"name: {pipeline}\n", f"name: {pipeline}{suffix}\n", 1)
    for table in TABLES[pipeline]:
        name = table.partition(".")[2]
        twin = twin.replace(f"  name: {name}\n", f"  name: {name}{suffix}\n")
    return f"{twin}\njobs: shared\norchestrator: {orchestrator}\n"


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """Yield the examples, the chain and what ``new`` writes, each with separate jobs, and with a shared job by each orchestrator."""
    project = tmp_path_factory.mktemp("shared") / "project"
    for folder in ("pipelines", "processing_scripts"):
        shutil.copytree(ROOT / folder, project / folder)
    shutil.copytree(PROJECTS / "chained", project, dirs_exist_ok=True)
    created = pipelines("new", "sales", project=project)
    assert created.returncode == 0, created.stderr
    for pipeline in STEPS:
        file = project / "pipelines" / f"{pipeline}.yaml"
        text = file.read_text(encoding="utf-8")
        file.write_text(text.replace("jobs: shared", "jobs: separate"), encoding="utf-8")
        for suffix, orchestrator in TWINS.items():
            twin = twin_of(text, pipeline, suffix, orchestrator)
            (project / "pipelines" / f"{pipeline}{suffix}.yaml").write_text(twin, encoding="utf-8")
    with deployed(project) as running:
        yield running


@pytest.fixture(scope="module")
def raw(shared: Deployment, raw_flights: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[str, Path]]:
    """Return a day and the raw file of each example."""
    folder = tmp_path_factory.mktemp("raw")
    flights, lines = folder / "flights.csv", folder / "lines.txt"
    pd.read_csv(raw_flights, dtype=str).query("month == '2' and day == '3'").to_csv(flights, index=False)
    lines.write_text("one\ntwo\nthree\n")
    return {
        "feature_table": (DAY, ROOT / "examples" / "feature_table" / "raw.csv"),
        "flights": ("2013-02-03", flights),
        "chain": (DAY, lines),
        "sales": (DAY, shared.project / "tests" / "sales" / "raw.csv"),
    }


def jobs_of_run(shared: Deployment, pipeline: str, run_id: str) -> list[dict[str, Any]]:
    """Return SageMaker's descriptions of a run's jobs, in order."""
    sagemaker = shared.client("sagemaker")
    names = [job["name"] for job in shared.json("show", run_id)["jobs"]]
    return [sagemaker.describe_processing_job(ProcessingJobName=name) for name in names]


def published(shared: Deployment, pipeline: str, suffix: str, report: dict[str, Any]) -> dict[str, Any]:
    """Return the rows, partitions, receipts and audit of a run, without names and what differs from run to run."""
    run_id, found = report["run_id"], {}
    for table in TABLES[pipeline]:
        database, _, name = table.partition(".")
        rows = shared.json("query", f"SELECT * FROM {table}{suffix}")  # noqa: S608  # literals
        key = receipt_key(database, f"{name}{suffix}", run_id)
        receipt = json.load(shared.client("s3").get_object(Bucket=shared.lake, Key=key)["Body"])
        for changing in ("table", "root", "registered_at"):
            receipt.pop(changing)
        for changing in ("execution_arn", "run_id", "pipeline", "started_at"):
            receipt["run"].pop(changing)
        for objects in receipt["inputs"]["objects"]:
            objects.pop("newest")
        for measured in ("jobs", "functions"):
            receipt["usage"].pop(measured)
        partitions = shared.json("partitions", f"{pipeline}{suffix}", "--table", f"{table}{suffix}")
        values = [(each["values"], each["location"].rpartition(run_id)[2] and True) for each in partitions]
        audit = shared.json("audit", f"{pipeline}{suffix}", run_id, "--table", f"{table}{suffix}")
        assert audit.pop("source")
        found[table] = (sorted(map(json.dumps, rows)), receipt, values, audit)
    return found


@pytest.mark.parametrize("pipeline", list(STEPS))
def test_everything_is_the_same(shared: Deployment, raw: dict[str, tuple[str, Path]], pipeline: str) -> None:
    day, file = raw[pipeline]
    results, usages = {}, {}
    for suffix in ("", *TWINS):
        name = f"{pipeline}{suffix}"
        report = shared.json("run", name, "--date", day, "--input", f"raw={file}", "--no-deploy")
        assert (report["status"], report["partitions"]["created"]) == ("SUCCEEDED", len(TABLES[pipeline]))
        results[suffix] = published(shared, pipeline, suffix, report)
        jobs = shared.json("show", report["run_id"])["jobs"]
        assert [job["status"] for job in jobs] == ["Completed"] * len(jobs)
        usages[suffix] = [job["steps"] or [job["step"]] for job in jobs]
        database, _, table = TABLES[pipeline][0].partition(".")
        key = receipt_key(database, f"{table}{suffix}", report["run_id"])
        used = json.load(shared.client("s3").get_object(Bucket=shared.lake, Key=key)["Body"])["usage"]["jobs"]
        assert [job.get("steps") or [job["step"]] for job in used] == usages[suffix], "the receipt names the steps"
        handed_over = shared.keys(f"intermediates/{name}/{report['run_id']}/")
        assert bool(handed_over) is (suffix == "" and len(STEPS[pipeline]) > 1), (
            "a shared job uploads nothing that it only hands over"
        )
    assert usages[""] == [[step] for step in STEPS[pipeline]]
    for suffix in TWINS:
        assert usages[suffix] == [STEPS[pipeline]]
        assert results[suffix] == results[""]
    assert all(rows for rows, *_ in results[""].values())


def test_each_step_has_its_log(shared: Deployment, raw: dict[str, tuple[str, Path]]) -> None:
    day, file = raw["chain"]
    for suffix in TWINS:
        pipeline = f"chain{suffix}"
        run_id = shared.json("run", pipeline, "--date", day, "--input", f"raw={file}", "--no-deploy")["run_id"]
        logs = shared.json("logs", pipeline, run_id)["jobs"]
        said = {job["step"]: [line["message"] for line in job["lines"]] for job in logs}
        assert said == {"read": ["3 lines"], "check": ["\ufffd\x00 checked, without an end"], "count": ["counted"]}
        assert len({job["job_name"] for job in logs}) == 1
        (only,) = shared.json("logs", pipeline, run_id, "count")["jobs"]
        assert [line["message"] for line in only["lines"]] == ["counted"]
        shown = shared.command("show", run_id)
        assert "  count | counted" in shown.stdout
        assert "read, check, count" in shown.stdout


@pytest.mark.parametrize("suffix", list(TWINS))
def test_a_failing_step_is_named_and_retried(shared: Deployment, suffix: str, tmp_path: Path) -> None:
    pipeline, day = f"chain{suffix}", "2021-12-20" if suffix == "_shared" else "2021-12-21"
    sqs = shared.client("sqs")
    topic = shared.outputs(shared.stack(pipeline))["NotificationTopicArn"]
    queue = shared.subscribed_queue(f"notices{suffix}", topic)
    bad = tmp_path / "lines.txt"
    bad.write_text("one\nbad\n")
    message = "step check failed with exit code 3: a line is bad: 特徴量"

    finished = shared.command("run", pipeline, "--date", day, "--input", f"raw={bad}", "--no-deploy", "--json")
    assert finished.returncode == 1, finished.stdout + finished.stderr
    report = json.loads(finished.stdout)
    assert report["error"]["state"] == "check"
    assert message in report["error"]["message"]
    assert "ZeroDivisionError: division by zero" in finished.stderr
    assert f"logs {pipeline} {report['run_id']} check" in finished.stderr, "the remedy names the step"
    (job,) = jobs_of_run(shared, pipeline, report["run_id"])
    assert (job["ExitMessage"], job["FailureReason"]) == (message, f"AlgorithmError: {message}, exit code: 3")
    for table in TABLES["chain"]:
        assert [
            each for each in shared.json("partitions", pipeline, "--table", f"{table}{suffix}")
            if each["values"] == {"dt": day}
        ] == [], "nothing of a failed run is published"  # fmt: skip

    shown = shared.command("show", report["run_id"])
    assert f"check failed: {report['error']['error']}: " in shown.stdout
    assert "ZeroDivisionError: division by zero" in shown.stdout
    assert f"step {pipeline} check --run {report['run_id']}" in shown.stdout

    (notice,) = shared.wait_until(lambda: sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=1).get("Messages"))
    told = json.loads(json.loads(notice["Body"])["Message"])
    assert (told["kind"], told["step"], told["message"]) == ("failed", "check", message)
    assert "ZeroDivisionError: division by zero" in told["last_lines"]
    assert not any(line.startswith("[steps") or "2 lines" in line for line in told["last_lines"])

    out = tmp_path / "out"
    repeated = shared.command("step", pipeline, "check", "--run", report["run_id"], "--output", out, "--json")
    assert json.loads(repeated.stdout)["exit_message"] == message, repeated.stderr

    good = tmp_path / "good.txt"
    good.write_text("one\ntwo\n")
    shared.client("s3").upload_file(str(good), shared.lake, f"raw/chain/{day}/lines.txt")
    retried = shared.json("retry", pipeline, report["run_id"])
    assert (retried["status"], retried["run_id"]) == ("SUCCEEDED", report["run_id"])
    rows = shared.json("query", f"SELECT line FROM chained.lines{suffix} WHERE dt = '{day}' ORDER BY line")  # noqa: S608
    assert [row["line"] for row in rows] == ["one", "two"]


def test_an_inner_step_is_repeated_here(shared: Deployment, raw: dict[str, tuple[str, Path]], tmp_path: Path) -> None:
    """With what the steps before it write, for nothing of that is in S3."""
    day, file = raw["chain"]
    run_id = shared.json("run", "chain_shared", "--date", day, "--input", f"raw={file}", "--no-deploy")["run_id"]
    done = shared.json("step", "chain_shared", "count", "--run", run_id, "--output", tmp_path / "count")
    assert (done["exit_code"], len(done["files"])) == (0, 1)
    rows = [json.loads(line) for line in (tmp_path / "count" / f"dt={day}" / "sights.json").read_text().splitlines()]
    run = shared.json("query", f"SELECT step, sight, lines FROM chained.sights_shared WHERE dt = '{day}'")  # noqa: S608
    assert sorted(rows, key=str) == sorted(run, key=str)
    alone = shared.json("step", "chain_shared", "read", "--run", run_id, "--output", tmp_path / "read")
    assert [each["name"] for each in alone["run"]["inputs"]] == ["raw", "code"]
    refused = shared.command("step", "chain_shared", "count", "--run", run_id, "--output", tmp_path / "d", "--debug")
    assert refused.returncode != 0
