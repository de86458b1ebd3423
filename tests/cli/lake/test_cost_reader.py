"""The costs of a lake: by month and pipeline, the same as ``runs --cost``, and read once."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from partitioned_pipelines.cli.errors import ExitCode
from partitioned_pipelines.cli.lake.cost_reader import read_costs
from partitioned_pipelines.cli.lake.lake_reader import PipelineReader
from partitioned_pipelines.cli.settings import Settings, Target
from partitioned_pipelines.cli.target.target import Cloud
from partitioned_pipelines.lake.runs.run_facts import build_run_id
from partitioned_pipelines.spec import load_project
from tests.cli.commands.test_runs_cost import STEM, job, keep_usage, start_job
from tests.cli.commands.test_status import Calls, calls, deploy, machine, status
from tests.cli.runs.test_looking_back import pipelines
from tests.moto_lake import REGION, Lake, aws, glue, lake, s3
from tests.operations.costs.priced import DOCUMENT
from tests.runtime.registration.published_runs import publish

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


__all__ = ["aws", "calls", "glue", "lake", "pipelines", "s3", "status"]

NOW = datetime.now(UTC)
LAST_MONTH = NOW.replace(day=1) - timedelta(days=3)
OLD = NOW - timedelta(days=400)


def run_at(moment: datetime) -> str:
    return build_run_id(moment, f"arn:{moment}")


@pytest.fixture
def used(lake: Lake, pipelines: Callable[..., Any]) -> str:
    """Let two runs publish, one of them last month, and one long ago; stop one; return the id of the stopped one."""
    lake.create_table()
    for moment, days, hours in ((NOW, (1,), 1.5), (LAST_MONTH, (2,), 0.5), (OLD, (3,), 7.0)):
        publish(lake, run_at(moment), moment, *days)
        keep_usage(lake, run_at(moment), job(f"{STEM}-{hours}", hours))
    outputs = machine()
    deploy(outputs)
    states = boto3.client("stepfunctions", region_name=REGION)
    arn = outputs["StateMachineArn"]["Value"]
    stopped = states.start_execution(stateMachineArn=arn, input='{"date": "2026-01-09"}')["executionArn"]
    states.stop_execution(executionArn=stopped)
    (listed,) = states.list_executions(stateMachineArn=arn)["executions"]
    run_id = build_run_id(listed["startDate"], stopped)
    start_job(f"{STEM}-stopped", run_id, 0.25)
    return run_id


def costs(status: Callable[..., Any], *options: str) -> dict[str, Any]:
    document = status("--cost", "--json", *options, code=ExitCode.FAILED)
    assert document["no_cost"] is None
    found: dict[str, Any] = document["cost"]
    return found


def test_by_month_and_pipeline(used: str, status: Callable[..., Any]) -> None:
    found = costs(status)
    months = [f"{NOW:%Y-%m}", f"{LAST_MONTH:%Y-%m}"]
    assert list(found) == months, "the newest first, and not the old one"
    assert found[months[0]]["features"] == {
        "runs": 2,
        "seconds": (1.5 * 2 + 0.25) * 3600,
        "amount": None,
        "without_amount": 2,
    }
    assert found[months[1]]["features"]["seconds"] == 0.5 * 2 * 3600
    said = status("--cost", "--target", "aws", code=ExitCode.FAILED)
    assert f"hours only, without a list of prices: pipelines prices --region {REGION}" in " ".join(said.split())


def test_amounts_are_those_of_runs_cost(
    used: str, status: Callable[..., Any], pipelines: Callable[..., Any], tmp_path: Path
) -> None:
    file = tmp_path / "prices.json"
    file.write_text(json.dumps({**DOCUMENT, "region": REGION}), encoding="utf-8")
    given = ("--prices", str(file), "--target", "aws")
    found = costs(status, *given)
    totals = {}
    for month in pipelines("runs", "features", "--cost", *given, "--json")["months"]:
        parts = (month["succeeded_or_running"], month["failed"])
        totals[month["month"]] = (
            sum(part["runs"] for part in parts),
            pytest.approx(sum(part["hours"] for part in parts) * 3600, abs=0.01),
            pytest.approx(sum(part["amount"] or 0 for part in parts), abs=1e-5),
        )
    for month, by_pipeline in found.items():
        cost = by_pipeline["features"]
        assert (cost["runs"], cost["seconds"], cost["amount"]) == totals[month]
    said = status("--cost", *given, code=ExitCode.FAILED)
    assert "at prices of 2026-11-29" in said


def read(tmp_path: Path, calls: Calls) -> dict[str, Any]:
    """Return the costs of this month, and forget the calls that were made before they are read."""
    settings = Settings(tmp_path, Target.AWS, None, json=True)
    reader = PipelineReader.open(settings, Cloud(calls.session(), None), now=NOW)
    calls.made.clear()
    return asdict(read_costs(reader, load_project(tmp_path).pipelines, None).cost[f"{NOW:%Y-%m}"]["features"])


def test_what_has_ended_is_read_once(used: str, calls: Calls, lake: Lake, tmp_path: Path) -> None:
    first = read(tmp_path, calls)
    assert {"GetObject", "ListProcessingJobs", "DescribeProcessingJob"} <= set(calls.made)
    assert read(tmp_path, calls) == first
    assert set(calls.made) == {"ListExecutions", "ListObjectsV2"}
    publish(lake, run_at(NOW + timedelta(seconds=5)), NOW, 4)
    assert read(tmp_path, calls)["runs"] == 3
    assert calls.made.count("GetObject") == 1


def test_a_job_that_has_not_ended_is_asked_for_again(used: str, calls: Calls, lake: Lake, tmp_path: Path) -> None:
    running = run_at(NOW + timedelta(seconds=9))
    publish(lake, running, NOW, 5)
    keep_usage(lake, running, replace(job("open", 1), ended_at=None))
    read(tmp_path, calls)
    assert read(tmp_path, calls)["runs"] == 3
    assert calls.made.count("GetObject") == 1


def test_a_denied_call_leaves_the_rest(used: str, calls: Calls, status: Callable[..., Any]) -> None:
    calls.denied = {"ListProcessingJobs"}
    document = status("--cost", "--json", code=ExitCode.FAILED)
    assert document["cost"] == {}
    assert [error["missing_permission"] for error in document["errors"]] == ["sagemaker:ListProcessingJobs"]
    assert document["tables"][0]["counts"]["t"] == 3


def test_only_this_user_can_read_what_is_kept(used: str, status: Callable[..., Any], tmp_path: Path) -> None:
    costs(status)
    (kept,) = tmp_path.glob(".pipelines/lake/*/features.usage.json")
    assert kept.stat().st_mode & 0o777 == 0o600
    kept.write_text("{", encoding="utf-8")
    assert costs(status), "what cannot be understood is read again"


def test_prices_without_cost_are_refused(used: str, status: Callable[..., Any]) -> None:
    assert "--prices has no effect without --cost" in status("--prices", "x.json", code=ExitCode.INVALID)
