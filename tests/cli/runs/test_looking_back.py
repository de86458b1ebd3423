"""Tests of ``runs``, ``rollback``, ``vacuum`` and ``doctor`` on a table written by three runs."""

from __future__ import annotations

import json
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import boto3
import pytest

import partitioned_pipelines.cli.runs.published_table
from partitioned_pipelines.cli.commands.vacuum import parse_period
from partitioned_pipelines.cli.errors import CommandError, ExitCode
from partitioned_pipelines.cli.target.target import Cloud
from partitioned_pipelines.lake.key_layout import lease_key, receipt_key
from partitioned_pipelines.runtime.lease import hold_lease
from tests.moto_lake import REGION, Lake, aws, glue, lake, s3
from tests.runtime.registration.published_runs import keys_of, point, publish, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.cli.conftest import Invoke

__all__ = ["aws", "glue", "lake", "s3"]  # fixtures of moto's lake

PIPELINE = """
name: features
image: {uri: "123456789012.dkr.ecr.ap-northeast-1.amazonaws.com/x@sha256:%s"}
steps:
  - {name: extract, script: processing_scripts/extract.py}
table:
  source: extract
  database: analytics
  name: features
  layout: %s
  columns:
    - {name: feature1, type: string, comment: feature1の説明。}
    - {name: y, type: int}
  partition_keys:
    - {name: dt, type: string, date_format: "%%Y-%%m-%%d"}
"""
STACK = {
    "Resources": {"Topic": {"Type": "AWS::SNS::Topic"}},
    "Outputs": {"LakeBucketName": {"Value": "lake"}},
}
START = datetime(2026, 11, 1, tzinfo=UTC)


@pytest.fixture
def pipelines(lake: Lake, invoke: Invoke, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Return a function that runs a command on moto's lake; it returns the exit code and, with --json, the document."""
    (tmp_path / "pipelines").mkdir()
    (tmp_path / "processing_scripts").mkdir()
    (tmp_path / "processing_scripts" / "extract.py").write_text("")
    (tmp_path / "pipelines" / "features.yaml").write_text(PIPELINE % ("0" * 64, "versioned"), encoding="utf-8")
    boto3.client("cloudformation", region_name=REGION).create_stack(
        StackName="pipelines-data-lake", TemplateBody=json.dumps(STACK)
    )

    @contextmanager
    def open_cloud(_settings: object) -> Iterator[Cloud]:
        yield Cloud(boto3.Session(region_name=REGION), None)

    monkeypatch.setattr(partitioned_pipelines.cli.runs.published_table, "open_cloud", open_cloud)

    def run(*arguments: str, code: ExitCode = ExitCode.OK) -> Any:
        result = invoke(*arguments, "--project", tmp_path)
        assert result.exit_code == code, result.output
        return json.loads(result.stdout) if "--json" in arguments else result.output

    return run


@pytest.fixture
def three_runs(lake: Lake) -> Lake:
    """Return a lake in which r1 wrote days 1 and 2, r2 day 1 again, and r3 day 1 once more."""
    lake.create_table()
    publish(lake, "r1", START, 1, 2)
    publish(lake, "r2", START + timedelta(days=1), 1)
    publish(lake, "r3", START + timedelta(days=2), 1)
    return lake


@pytest.mark.parametrize("registration", ["msck", "projection"])
@pytest.mark.parametrize("command", [["rollback"], ["vacuum", "--keep", "7d"], ["doctor"], ["audit", "r9"]])
def test_a_table_without_receipts_has_no_history(
    pipelines: Callable[..., Any], lake: Lake, tmp_path: Path, command: list[str], registration: str
) -> None:
    pipeline = PIPELINE % ("0" * 64, f"in_place\n  registration: {registration}")
    if registration == "projection":
        pipeline = pipeline.replace('%Y-%m-%d"', '%Y-%m-%d", projection: {range: ["2026-01-01", NOW]}')
    (tmp_path / "pipelines" / "features.yaml").write_text(pipeline, encoding="utf-8")
    lake.create_table()
    lake.write("dt=2026-01-09/a.csv", run="r9")
    before = lake.object_keys()
    told = pipelines(command[0], "features", *command[1:], code=ExitCode.INVALID)
    assert {"analytics.features:", "receipt", "lambda"} <= {word.rstrip("s;,") for word in told.split()}
    assert lake.object_keys() == before


def test_runs_say_who_points_to_them(three_runs: Lake, pipelines: Callable[..., Any]) -> None:
    three_runs.write("dt=2026-01-09/a.csv", run="r9")
    runs = {run["run_id"]: run for run in pipelines("runs", "features", "--json")}
    assert {run_id: run["live"] for run_id, run in runs.items()} == {
        "r1": ["dt=2026-01-02"],
        "r2": [],
        "r3": ["dt=2026-01-01"],
        "r9": [],
    }
    assert (runs["r1"]["partitions"], runs["r1"]["objects"], runs["r1"]["bytes"]) == (2, 2, 10)
    assert runs["r1"]["receipt"] == f"s3://lake/{receipt_key('analytics', 'features', 'r1')}"
    assert runs["r2"]["ceased_at"] == "2026-11-03T00:00:00Z"
    assert (runs["r9"]["receipt"], runs["r9"]["objects"], runs["r9"]["bytes"]) == (None, 1, 4)
    assert [run["run_id"] for run in pipelines("runs", "features", "--live", "--json")] == ["r3", "r1"]
    table = pipelines("runs", "features")
    for words in ("replaced 2026-11-03T00:00:00Z", "no receipt", "4 runs of features"):
        assert words in table


def test_a_rollback_of_everything_is_asked_for(
    three_runs: Lake, pipelines: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    for arguments in ([], ["--json"], ["--table", "analytics.features"]):
        result = pipelines("rollback", "features", *arguments, code=ExitCode.INVALID)
        if not arguments:
            assert "pipelines rollback features --table analytics.features --dry-run --project" in result
            assert "pipelines rollback features --table analytics.features --yes --project" in result
    assert shown(three_runs) == {1: "r3", 2: "r1"}
    for module in ("commands.rollback", "terminal.output"):
        monkeypatch.setattr(f"partitioned_pipelines.cli.{module}.somebody_is_there", lambda: True)
    for answer, code, now in ((False, ExitCode.FAILED, "r3"), (True, ExitCode.OK, "r2")):
        monkeypatch.setattr(
            "partitioned_pipelines.cli.terminal.output.typer.confirm",
            lambda _question, err, answer=answer: answer and err,
        )
        told = pipelines("rollback", "features", code=code)
        assert "dt=2026-01-01: r3 -> r2" in told
        assert "1 of 2 partitions of analytics.features would be moved" in told
        assert shown(three_runs) == {1: now, 2: "r1"}


def test_rollback_moves_says_and_can_be_tried_first(three_runs: Lake, pipelines: Callable[..., Any]) -> None:
    planned = pipelines("rollback", "features", "--dry-run", "--json")
    assert shown(three_runs) == {1: "r3", 2: "r1"}
    done = pipelines("rollback", "features", "--yes", "--json")
    assert {**planned, "dry_run": False} == done
    assert [(move["partition"], move["from_run"], move["to_run"]) for move in done["moved"]] == [
        ("dt=2026-01-01", "r3", "r2")
    ]
    assert done["stays"] == [{"partition": "dt=2026-01-02", "run": "r1"}]
    assert shown(three_runs) == {1: "r2", 2: "r1"}
    said = pipelines("rollback", "features", "--partition", "dt=2026-01-01", "--to", "r1")
    assert "1 partition of analytics.features moved" in said
    assert shown(three_runs) == {1: "r1", 2: "r1"}


def test_what_a_rollback_refuses_is_told_with_a_remedy(
    three_runs: Lake, pipelines: Callable[..., Any], tmp_path: Path
) -> None:
    document = pipelines("rollback", "features", "--to", "r8", "--json", code=ExitCode.FAILED)
    assert document["error"] == {
        "message": "analytics.features has no run 'r8'",
        "remedy": f"see which there are: pipelines runs features --project {tmp_path}",
    }


def test_a_partition_that_is_none_is_a_wrong_command_line(three_runs: Lake, pipelines: Callable[..., Any]) -> None:
    said = pipelines("rollback", "features", "--partition", "day=1", code=ExitCode.INVALID)
    assert "the table has no partition key 'day'" in said
    assert "use dt=…" in said


def test_vacuum_removes_after_keep(three_runs: Lake, pipelines: Callable[..., Any]) -> None:
    document = pipelines("vacuum", "features", "--keep", "36500d", "--json")
    assert document["removed"] == []
    planned = pipelines("vacuum", "features", "--keep", "0h", "--dry-run", "--json")
    assert len(keys_of(three_runs, "r2")) == 1
    done = pipelines("vacuum", "features", "--keep", "0h", "--json")
    assert {**planned, "dry_run": False} == done
    assert done["removed"] == [{"run_id": "r2", "objects": 1, "bytes": 5, "ceased_at": "2026-11-03T00:00:00Z"}]
    assert keys_of(three_runs, "r2") == []
    assert "0 runs of analytics.features, 0 bytes, removed" in pipelines("vacuum", "features", "--keep", "0h")


def test_vacuum_needs_to_be_told_for_how_long(three_runs: Lake, pipelines: Callable[..., Any]) -> None:
    pipelines("vacuum", "features", code=ExitCode.INVALID)
    said = pipelines("vacuum", "features", "--keep", "soon", code=ExitCode.INVALID)
    assert "--keep: invalid duration 'soon'" in said
    assert len(keys_of(three_runs, "r2")) == 1


def test_vacuum_refuses_a_table_that_is_gone(three_runs: Lake, pipelines: Callable[..., Any]) -> None:
    three_runs.glue.delete_table(DatabaseName="analytics", Name="features")
    said = pipelines("vacuum", "features", "--keep", "0h", code=ExitCode.NO_CLOUD)
    assert "not in the Data Catalog" in said
    assert len(keys_of(three_runs, "r2")) == 1


def test_the_doctors_exit_code_says_whether_there_are_findings(three_runs: Lake, pipelines: Callable[..., Any]) -> None:
    healthy = pipelines("doctor", "features", "--json")
    assert (healthy["healthy"], healthy["findings"]) == (True, [])
    assert [note["subject"] for note in healthy["notes"]] == ["r2"]
    point(three_runs, 2, "s3://lake/elsewhere/")
    ill = pipelines("doctor", "features", "--json", code=ExitCode.FAILED)
    assert [(each["kind"], each["subject"]) for each in ill["findings"]] == [
        ("drift", "dt=2026-01-02"),
        ("dead_partition", "dt=2026-01-02"),
    ]
    said = pipelines("doctor", "features", code=ExitCode.FAILED)
    assert "pipelines doctor features --rebuild" in said
    assert "2 findings" in said
    repaired = pipelines("doctor", "features", "--rebuild", "--json")
    assert repaired["rebuilt"] == {"created": 0, "repointed": 1, "without_data": []}
    assert shown(three_runs) == {1: "r3", 2: "r1"}


def test_the_doctor_restores_a_table_that_was_deployed_again(three_runs: Lake, pipelines: Callable[..., Any]) -> None:
    three_runs.glue.delete_table(DatabaseName="analytics", Name="features")
    ill = pipelines("doctor", "features", "--json", code=ExitCode.FAILED)
    assert [each["kind"] for each in ill["findings"]] == ["table_missing"]
    three_runs.create_table()
    said = pipelines("doctor", "features", "--rebuild")
    assert "2 created" in said
    assert shown(three_runs) == {1: "r3", 2: "r1"}


def test_the_doctor_cascades_a_schema_when_told_to(three_runs: Lake, pipelines: Callable[..., Any]) -> None:
    for values, partition in three_runs.partitions().items():
        descriptor: Any = {**partition["StorageDescriptor"], "Columns": [{"Name": "feature1", "Type": "string"}]}
        three_runs.glue.update_partition(
            DatabaseName="analytics",
            TableName="features",
            PartitionValueList=values,
            PartitionInput={
                "Values": values,
                "StorageDescriptor": descriptor,
                "Parameters": partition["Parameters"],
            },
        )
    ill = pipelines("doctor", "features", "--json", code=ExitCode.FAILED)
    assert [each["kind"] for each in ill["findings"]] == ["old_schema", "old_schema"]
    fixed = pipelines("doctor", "features", "--fix", "--json")
    assert (fixed["healthy"], fixed["fixed"]) == (True, 2)


def test_the_doctor_takes_a_partition_for_dropped_when_told_to(three_runs: Lake, pipelines: Callable[..., Any]) -> None:
    three_runs.glue.delete_partition(DatabaseName="analytics", TableName="features", PartitionValues=["2026-01-02"])
    said = pipelines("doctor", "features", code=ExitCode.FAILED)
    assert "--accept-dropped" in said
    pipelines("doctor", "features", "--rebuild", "--accept-dropped", code=ExitCode.INVALID)
    noted = pipelines("doctor", "features", "--accept-dropped", "--json")
    assert (noted["healthy"], noted["dropped"]) == (True, ["dt=2026-01-02"])
    pipelines("vacuum", "features", "--keep", "0h")


@pytest.mark.parametrize(
    "arguments",
    [["rollback", "features", "--yes"], ["vacuum", "features", "--keep", "0h"], ["doctor", "features", "--fix"]],
)
def test_while_another_holds_the_lease_nothing_is_done(
    three_runs: Lake, pipelines: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    monkeypatch.setattr(
        partitioned_pipelines.cli.runs.published_table, "hold_lease", partial(hold_lease, wait_seconds=0)
    )
    before = shown(three_runs)
    with hold_lease(three_runs.s3, "lake", lease_key("analytics", "features"), "a registration"):
        said = pipelines(*arguments, code=ExitCode.FAILED)
    assert "is held by a registration until" in said
    assert shown(three_runs) == before
    assert len(keys_of(three_runs, "r2")) == 1


@pytest.mark.parametrize(
    ("text", "period"),
    [("7d", timedelta(days=7)), ("12h", timedelta(hours=12)), ("2w", timedelta(days=14)), ("0d", timedelta(0))],
)
def test_periods(text: str, period: timedelta) -> None:
    assert parse_period(text) == period


@pytest.mark.parametrize("text", ["", "7", "d", "7 d", "-7d", "7m", "1.5d", "999999w", "７d"])
def test_what_is_no_period(text: str) -> None:
    with pytest.raises(CommandError, match="invalid duration"):
        parse_period(text)
