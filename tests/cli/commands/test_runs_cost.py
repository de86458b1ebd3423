"""Tests of ``runs --cost``: usage from receipts and from SageMaker, failed runs apart, amounts only with prices."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from moto.sagemaker.models import sagemaker_backends

from partitioned_pipelines.cli.errors import ExitCode
from partitioned_pipelines.lake.key_layout import receipt_key
from partitioned_pipelines.lake.runs.usage import FunctionUsage, JobUsage, RunUsage
from partitioned_pipelines.spec import job_stem
from tests.cli.commands.test_runs import executions
from tests.cli.runs.test_looking_back import START, pipelines, three_runs
from tests.moto_lake import REGION, Lake, aws, glue, lake, s3
from tests.operations.costs.priced import DOCUMENT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

__all__ = ["aws", "executions", "glue", "lake", "pipelines", "s3", "three_runs"]

STEM = job_stem("features", "extract")


def keep_usage(lake: Lake, run_id: str, *jobs: JobUsage) -> None:
    """Add usage to a run's receipt, which the fixture's registration did not measure."""
    key = receipt_key("analytics", "features", run_id)
    receipt = json.loads(lake.s3.get_object(Bucket="lake", Key=key)["Body"].read())
    receipt["usage"] = RunUsage(jobs, (FunctionUsage("f", 1024, "arm64", 1, 1000),)).document()
    lake.s3.put_object(Bucket="lake", Key=key, Body=json.dumps(receipt).encode())


def job(name: str, hours: float, kind: str = "ml.m5.xlarge") -> JobUsage:
    return JobUsage("extract", name, kind, 2, 0, START, START + timedelta(hours=hours))


def start_job(name: str, run_id: str, hours: float) -> None:
    """Create a job in SageMaker, as a step of a run would, and give it times."""
    boto3.client("sagemaker", region_name=REGION).create_processing_job(
        ProcessingJobName=name,
        ProcessingResources={
            "ClusterConfig": {"InstanceType": "ml.t3.medium", "InstanceCount": 1, "VolumeSizeInGB": 30}
        },
        AppSpecification={"ImageUri": "image"},
        RoleArn=f"arn:aws:iam::123456789012:role/{'x' * 20}",
        Environment={"RUN_ID": run_id},
    )
    made: Any = sagemaker_backends["123456789012"][REGION].processing_jobs[name]
    made.environment = {"RUN_ID": run_id}
    made.processing_resources = {
        "ClusterConfig": {"InstanceType": "ml.t3.medium", "InstanceCount": 1, "VolumeSizeInGB": 30}
    }
    made.processing_start_time = START.timestamp()
    made.processing_end_time = (START + timedelta(hours=hours)).timestamp()


@pytest.fixture
def price_file(tmp_path: Path) -> Path:
    file = tmp_path / "prices.json"
    file.write_text(json.dumps({**DOCUMENT, "region": REGION}), encoding="utf-8")
    return file


def test_hours_without_prices_and_failed_runs_apart(
    three_runs: Lake, executions: list[str], pipelines: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    keep_usage(three_runs, "r1", job("a", 1.5))
    keep_usage(three_runs, "r2", job("b", 0.5), job("c", 1.0, "ml.t3.medium"))
    listed = {run["execution_arn"]: run["run_id"] for run in pipelines("runs", "features", "--json")}
    aborted = listed[executions[0]]
    start_job(f"{STEM}-1", aborted, 0.25)
    start_job(f"{STEM}x-1", aborted, 10)  # the stem of another step
    start_job(f"{STEM}-2", "r2", 2)  # an attempt that failed, of a run with a receipt
    document = pipelines("runs", "features", "--cost", "--target", "aws", "--json")
    assert document["prices"] is None
    runs = {run["run_id"]: run for run in document["runs"]}
    assert len(runs) == len(document["runs"]) == 6
    assert runs["r1"]["instance_hours"] == {"ml.m5.xlarge": 3.0}
    assert runs["r2"]["instance_hours"] == {"ml.m5.xlarge": 1.0, "ml.t3.medium": 4.0}
    assert (runs["r3"]["hours"], runs["r3"]["failed"]) == (0, False)
    assert (runs[aborted]["status"], runs[aborted]["failed"], runs[aborted]["hours"]) == ("ABORTED", True, 0.25)
    assert {run["amount"] for run in document["runs"]} == {None}

    # The executions start now, the runs of the fixture in November 2026.
    def sums(part: str) -> list[float]:
        return [sum(month[part][name] for month in document["months"]) for name in ("runs", "hours")]

    assert "2026-11" in [month["month"] for month in document["months"]]
    assert sums("succeeded_or_running") == [5, 8.0]
    assert sums("failed") == [1, 0.25]
    shown = pipelines("runs", "features", "--cost", "--target", "aws")
    assert "failed runs: 1 run, 0.250 hours" in shown
    assert f"hours only, without a list of prices: pipelines prices --region {REGION}" in " ".join(shown.split())


def test_amounts_at_the_prices_of_a_list(
    three_runs: Lake, pipelines: Callable[..., Any], price_file: Path, tmp_path: Path
) -> None:
    keep_usage(three_runs, "r1", job("a", 1.5))
    keep_usage(three_runs, "r2", job("b", 1, "ml.p5.48xlarge"))
    given = ("runs", "features", "--cost", "--target", "aws")
    document = pipelines(*given, "--prices", str(price_file), "--json")
    assert document["prices"] == {"region": REGION, "currency": "USD", "as_of": "2026-11-29", "source": "a test"}
    runs = {run["run_id"]: run for run in document["runs"]}
    # Three hours, a GB-second and a request.
    assert runs["r1"]["amount"] == pytest.approx(3 * 0.36 + 0.001 + 0.01)
    assert (runs["r2"]["amount"], runs["r2"]["unpriced"]) == (None, ["an hour of ml.p5.48xlarge"])
    assert document["months"][0]["succeeded_or_running"]["without_amount"] == 1
    (tmp_path / "deployment.yaml").write_text("prices: prices.json\n")
    assert pipelines(*given, "--json") == document
    shown = pipelines(*given)
    assert "at prices of 2026-11-29" in shown
    assert "1.0910" in shown
    assert "the list lacks: an hour of ml.p5.48xlarge" in shown
    assert "3 runs, 5.000 hours, 1.0910 USD and 1 without an amount" in shown


def test_nothing_is_paid_on_the_local_cloud(
    three_runs: Lake, pipelines: Callable[..., Any], price_file: Path, tmp_path: Path
) -> None:
    keep_usage(three_runs, "r1", job("a", 0.01))
    (tmp_path / "deployment.yaml").write_text("prices: prices.json\n")
    shown = pipelines("runs", "features", "--cost")
    assert "job seconds" in shown
    assert "72.0" in shown
    assert "nothing is paid here" in shown
    assert "USD" not in shown
    assert "at prices of 2026-11-29" in pipelines("runs", "features", "--cost", "--prices", str(price_file))


def test_older_runs_are_counted_and_not_added_up(three_runs: Lake, pipelines: Callable[..., Any]) -> None:
    assert "and 2 older runs, which are not added up: --limit 3" in pipelines(
        "runs", "features", "--cost", "--limit", "1"
    )


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("{", "is not JSON"),
        (
            json.dumps({**DOCUMENT, "region": REGION, "s3_put": -1}),
            "bad.json: s3_put is -1: write a number of at least 0",
        ),
        (json.dumps({**DOCUMENT, "region": "eu-west-1"}), f"prices of eu-west-1, and the pipeline runs in {REGION}"),
    ],
)
def test_a_list_that_does_not_fit_is_refused(
    three_runs: Lake, pipelines: Callable[..., Any], tmp_path: Path, content: str, says: str
) -> None:
    (tmp_path / "bad.json").write_text(content)
    given = ("--prices", str(tmp_path / "bad.json"), "--target", "aws")
    told = pipelines("runs", "features", "--cost", *given, code=ExitCode.INVALID)
    assert says in " ".join(told.split())


def test_options_that_have_no_effect_are_refused(
    three_runs: Lake, pipelines: Callable[..., Any], price_file: Path, tmp_path: Path
) -> None:
    told = pipelines("runs", "features", "--prices", str(price_file), code=ExitCode.INVALID)
    assert "--prices has no effect without --cost" in told
    (tmp_path / "deployment.yaml").write_text("prices: missing.json\n")
    told = pipelines("runs", "features", "--cost", code=ExitCode.INVALID)
    assert "deployment.yaml:1: prices: is 'missing.json': no such file" in " ".join(told.split())
