"""Tests of ``pipelines outdated``: exit codes, the table, and the document."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import boto3
import pytest

import partitioned_pipelines.cli.commands.outdated
import partitioned_pipelines.cli.runs.published_table
from partitioned_pipelines.cli.errors import ExitCode
from tests.cli.runs.test_looking_back import STACK, pipelines
from tests.moto_lake import REGION, aws, glue, lake, s3
from tests.operations.outdated.test_outdated import RAW, derived, publish

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.moto_lake import Lake

__all__ = ["aws", "derived", "glue", "lake", "pipelines", "s3"]  # fixtures


@pytest.fixture
def outdated(pipelines: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Return a function that runs the command on moto's lake."""
    replaced = vars(partitioned_pipelines.cli.runs.published_table)["open_cloud"]  # by the fixture `pipelines`
    monkeypatch.setattr(partitioned_pipelines.cli.commands.outdated, "open_cloud", replaced)

    def run(*arguments: str, code: ExitCode = ExitCode.OK) -> Any:
        return pipelines("outdated", *arguments, code=code)

    return run


def test_nothing_is_outdated(derived: Lake, outdated: Callable[..., Any]) -> None:
    said = outdated("features")
    assert "no run has an input that changed since" in said
    assert "features: 1 older run has a receipt that does not say what was read" in said
    assert outdated("features", "--json") == []


def test_what_is_outdated_is_listed_with_its_days(derived: Lake, outdated: Callable[..., Any]) -> None:
    publish(derived, "r2", 15, hours=2)
    derived.s3.put_object(Bucket="lake", Key=f"{RAW}c.csv", Body=b"2")
    said = outdated("features", code=ExitCode.FAILED)
    assert "derived" in said
    assert "extract.features" in said
    assert "1 of 2 partitions were published again, such as 2021-12-15 by r2" in said
    assert "1 run; to repeat them: pipelines backfill features --outdated" in said
    (document,) = outdated("features", "--json", code=ExitCode.FAILED)
    changes = {change.pop("source"): change for change in document.pop("changes")}
    assert document == {
        "pipeline": "features", "run_id": "derived", "process_start": "2021-12-15", "process_end": "2021-12-16",
    }  # fmt: skip
    assert changes.keys() == {"analytics.features", f"s3://lake/{RAW}"}
    assert (changes["analytics.features"]["step"], changes["analytics.features"]["input"]) == ("extract", "features")
    assert changes["analytics.features"]["changed"] == 1


def test_every_deployed_pipeline_is_examined(derived: Lake, outdated: Callable[..., Any]) -> None:
    publish(derived, "r2", 15, hours=2)
    assert "features is not deployed" in outdated()
    boto3.client("cloudformation", region_name=REGION).create_stack(
        StackName="pipelines-features", TemplateBody=json.dumps(STACK)
    )
    assert [run["run_id"] for run in outdated("--json", code=ExitCode.FAILED)] == ["derived"]


def test_a_list_that_was_changed_is_named(derived: Lake, outdated: Callable[..., Any]) -> None:
    (key,) = (key for key in derived.object_keys() if key.endswith(".jsonl"))
    derived.s3.put_object(Bucket="lake", Key=key, Body=b"[]\n")
    said = outdated("features", code=ExitCode.FAILED)
    assert f"error: s3://lake/{key} is not what PlanRun wrote" in said
    assert "restore an earlier version of the object" in said


def test_the_runs_name_what_they_read(derived: Lake, pipelines: Callable[..., Any]) -> None:
    runs = {run["run_id"]: run["inputs"] for run in pipelines("runs", "features", "--json")}
    assert runs["r1"] is None
    (table,), (objects,) = runs["derived"]["tables"], runs["derived"]["objects"]
    assert (table["table"], table["partitions"], table["runs"]) == ("analytics.features", 2, 1)
    assert (objects["uri"], objects["objects"], objects["complete"]) == (f"s3://lake/{RAW}", 2, True)
