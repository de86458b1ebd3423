"""Tests of ``status`` on moto's lake: verdict, what needs somebody, and what could not be read."""

from __future__ import annotations

import json
import shutil
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import boto3
import jsonschema
import pytest
from botocore.exceptions import ClientError

import partitioned_pipelines.cli.commands.status as status_command
from partitioned_pipelines.cli.errors import ExitCode
from partitioned_pipelines.cli.lake.lake_reader import read_lake
from partitioned_pipelines.cli.lake.problems import ACTIONS
from partitioned_pipelines.cli.settings import Settings, Target
from partitioned_pipelines.cli.target.target import Cloud
from partitioned_pipelines.lake.key_layout import interval_mark_key
from partitioned_pipelines.lake.runs.run_facts import build_run_id
from partitioned_pipelines.lake.schedule.pause import paused_description
from partitioned_pipelines.operations.lake_state.documents.document import schema_of
from partitioned_pipelines.operations.lake_state.documents.lake import Lake as LakeState
from partitioned_pipelines.spec import load_project
from tests.cli.commands.test_runs import executions
from tests.cli.runs.test_looking_back import PIPELINE, START, pipelines, three_runs
from tests.moto_lake import REGION, Lake, aws, glue, lake, s3
from tests.runtime.registration.published_runs import publish

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

__all__ = ["aws", "executions", "glue", "lake", "pipelines", "s3", "three_runs"]

SCHEDULED = PIPELINE.replace(
    "name: features\n", 'name: features\nschedule: {cron: "0 6 * * ? *", interval: day, offset: -1}\n', 1
)
HOSTILE = "\x1b[2Jgone \u202edesrever <script>alert(1)</script>"


class Calls:
    """The calls of a cloud's clients, some of which are denied."""

    def __init__(self) -> None:
        self.made: list[str] = []
        self.denied: set[str] = set()
        self.cause = ""

    def session(self) -> boto3.Session:
        session = boto3.Session(region_name=REGION)
        session.events.register("before-call", self._called)
        session.events.register("after-call.stepfunctions.DescribeExecution", self._described)
        return session

    def _described(self, parsed: dict[str, Any], **_: object) -> None:
        if self.cause:  # moto keeps none
            parsed["cause"] = self.cause

    def _called(self, model: Any, **_: object) -> None:
        self.made.append(model.name)
        if model.name in self.denied:
            raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": "denied\nby a test"}}, model.name)


@pytest.fixture
def calls() -> Calls:
    return Calls()


@pytest.fixture
def status(pipelines: Callable[..., Any], calls: Calls, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Return a function that runs ``status`` on moto's lake."""

    @contextmanager
    def open_cloud(_settings: object) -> Iterator[Cloud]:
        yield Cloud(calls.session(), None)

    monkeypatch.setattr(status_command, "open_cloud", open_cloud)

    def run(*arguments: str, code: ExitCode = ExitCode.OK) -> Any:
        found = pipelines("status", *arguments, code=code)
        if "--json" in arguments:
            jsonschema.validate(found, schema_of(LakeState))
        return found

    return run


def read(tmp_path: Path, calls: Calls, now: datetime, **options: Any) -> LakeState:
    settings = Settings(tmp_path, Target.AWS, None, json=True)
    project = load_project(tmp_path)
    return read_lake(settings, Cloud(calls.session(), None), project.pipelines, now=now, **options).lake


def deploy(outputs: dict[str, Any] | None = None, name: str = "features") -> None:
    template = {"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}, "Outputs": outputs or {}}
    boto3.client("cloudformation", region_name=REGION).create_stack(
        StackName=f"pipelines-{name}", TemplateBody=json.dumps(template)
    )


def machine() -> dict[str, Any]:
    role = "arn:aws:iam::123456789012:role/r"
    made = boto3.client("stepfunctions", region_name=REGION).create_state_machine(
        name="m", definition='{"StartAt": "A", "States": {}}', roleArn=role
    )
    return {"StateMachineArn": {"Value": made["stateMachineArn"]}}


def test_nothing_deployed_needs_nobody(lake: Lake, status: Callable[..., Any]) -> None:
    said = status()
    assert said.startswith("Nothing is deployed yet\n")
    assert "not deployed: features; deploy them: pipelines deploy --project" in said


def test_deployed_and_never_run(lake: Lake, status: Callable[..., Any]) -> None:
    lake.create_table()
    deploy(machine())
    assert status().startswith("Nothing has run yet\n")


def test_what_needs_somebody_comes_first_with_its_command(executions: list[str], status: Callable[..., Any]) -> None:
    """Two days of January are there; of three runs about November, one was stopped, and two run."""
    document = status("--json", code=ExitCode.FAILED)
    (table,) = document["tables"]
    assert (table["start"], table["counts"], table["newest"]) == ("2026-01-01", {"t": 2, "f": 1, "r": 2}, "2026-01-02")
    assert table["states"].endswith("fr2")
    (need,) = document["needs"]
    assert (need["state"], need["reason"], need["late"]) == ("f", "ABORTED", False)
    assert need["command"][:5] == ["pipelines", "run", "features", "--date", "2026-11-01"]
    assert document["pipelines"][0]["last"]["status"] == "RUNNING"
    said = status(code=ExitCode.FAILED).splitlines()
    assert said[0] == "1 of 1 table needs you"
    assert said[2:5] == [
        "analytics.features: 1 failed",
        "  2026-11-01: ABORTED",
        f"  the newest failed run: {need['run']}",
    ]
    assert said[5].startswith("  pipelines run features --date 2026-11-01")


def test_everything_there(three_runs: Lake, status: Callable[..., Any]) -> None:
    deploy(machine())
    assert status().startswith("Everything is there: 1 table, 2 intervals\n")


def test_a_schedule_makes_what_never_ran_missing(
    three_runs: Lake, calls: Calls, status: Callable[..., Any], tmp_path: Path
) -> None:
    (tmp_path / "pipelines" / "features.yaml").write_text(SCHEDULED % ("0" * 64, "versioned"), encoding="utf-8")
    deploy(machine())
    lake_state = read(tmp_path, calls, datetime(2026, 1, 5, 12, tzinfo=UTC))
    (table,) = lake_state.tables
    assert (table.start, table.states, table.late) == ("2026-01-01", "t2m2.", 2)
    assert lake_state.needs[0].command[1:7] == ("backfill", "features", "--from", "2026-01-03", "--to", "2026-01-05")
    assert read(tmp_path, calls, datetime(2026, 1, 5, 12, tzinfo=UTC), window=3).tables[0].states == "tm2."
    (need,) = status("--json", code=ExitCode.FAILED)["needs"]
    (span,) = need["intervals"]
    last = date.fromisoformat(span["to"]) - timedelta(days=1)
    assert f"  {span['from']} to {last}: " in status(code=ExitCode.FAILED), "the last day, not the exclusive end"


def test_marks_explain_what_partitions_cannot(
    three_runs: Lake, calls: Calls, status: Callable[..., Any], tmp_path: Path
) -> None:
    (tmp_path / "pipelines" / "features.yaml").write_text(SCHEDULED % ("0" * 64, "versioned"), encoding="utf-8")
    deploy(machine())
    for outcome, day in (("skipped", 3), ("empty", 4), ("published", 5)):
        name = f"202601{day:02}T000000Z-202601{day + 1:02}T000000Z.{outcome}.20260110T000000Z-0123abcd"
        three_runs.s3.put_object(Bucket="lake", Key=interval_mark_key("analytics", "features", name))
    lake_state = read(tmp_path, calls, datetime(2026, 1, 6, 12, tzinfo=UTC))
    assert lake_state.tables[0].states == "t2s2m."
    (need,) = lake_state.needs
    assert need.reason == "a run published it, and no partition shows it"
    assert need.command[:3] == ("pipelines", "doctor", "features")


def test_a_rollback_and_a_later_failure_are_told_apart(
    lake: Lake, calls: Calls, status: Callable[..., Any], tmp_path: Path
) -> None:
    (tmp_path / "pipelines" / "features.yaml").write_text(SCHEDULED % ("0" * 64, "versioned"), encoding="utf-8")
    lake.create_table()
    publish(lake, "20260110T000000Z-0123abcd", datetime(2026, 1, 10, tzinfo=UTC), 1, 2, 3)
    outputs = machine()
    deploy(outputs)
    states = boto3.client("stepfunctions", region_name=REGION)
    arn = outputs["StateMachineArn"]["Value"]
    failed = states.start_execution(stateMachineArn=arn, input='{"date": "2026-01-02"}')["executionArn"]
    states.stop_execution(executionArn=failed, cause="stopped\nby hand")
    partition = lake.partitions()["2026-01-01",]
    parameters = {**partition["Parameters"], "rollback_id": "rollback-1"}
    lake.glue.update_partition(
        DatabaseName="analytics",
        TableName="features",
        PartitionValueList=["2026-01-01"],
        PartitionInput={
            "Values": ["2026-01-01"],
            "StorageDescriptor": partition["StorageDescriptor"],
            "Parameters": parameters,
        },
    )
    lake_state = read(tmp_path, calls, datetime(2026, 1, 4, 12, tzinfo=UTC))
    assert lake_state.tables[0].states == "bot."
    assert lake_state.needs == ()


@pytest.mark.parametrize(
    ("operation", "right", "verdict"),
    [
        ("GetPartitions", "glue:GetPartitions", "Nothing is known to need you, but 1 of 1 table could not be read"),
        ("ListExecutions", "states:ListExecutions", "but a part of the lake could not be read"),
        ("DescribeStacks", "cloudformation:DescribeStacks", "but a part of the lake could not be read"),
    ],
)
def test_a_denied_call_is_told_in_its_place(
    three_runs: Lake, calls: Calls, status: Callable[..., Any], operation: str, right: str, verdict: str
) -> None:
    deploy(machine())
    calls.denied = {operation}
    said = status(code=ExitCode.FAILED)
    assert verdict in said.splitlines()[0]
    assert f"{operation}: AccessDeniedException: denied\n    the credentials lack {right}\n" in said
    document = status("--json", code=ExitCode.FAILED)
    problems = [*document["errors"], *(table["problem"] for table in document["tables"] if table["problem"])]
    assert [problem["missing_permission"] for problem in problems] == [right]
    if operation == "ListExecutions":
        assert document["tables"][0]["states"] == "t2", "the rest works"


def test_a_denied_schedule_leaves_the_rest(three_runs: Lake, calls: Calls, status: Callable[..., Any]) -> None:
    deploy({**machine(), "ScheduleName": {"Value": "s"}, "ScheduleGroupName": {"Value": "g"}})
    calls.denied = {"GetSchedule"}
    document = status("--json", code=ExitCode.FAILED)
    assert document["tables"][0]["states"] == "t2"
    assert document["errors"][0]["missing_permission"] == "scheduler:GetSchedule"


def test_a_table_that_was_deleted_by_hand(lake: Lake, status: Callable[..., Any]) -> None:
    deploy(machine())
    said = status(code=ExitCode.FAILED)
    assert "analytics.features: Glue GetPartitions: the table analytics.features is not in the Data Catalog" in said


@pytest.mark.parametrize("by_hand", [False, True])
def test_a_schedule_that_is_off(
    three_runs: Lake, calls: Calls, status: Callable[..., Any], tmp_path: Path, by_hand: bool
) -> None:
    """The third would have run on the 4th, before the pause; the fourth is missing because of it."""
    description = (
        "Runs features" if by_hand else paused_description("Runs features", datetime(2026, 1, 4, 8, tzinfo=UTC))
    )
    (tmp_path / "pipelines" / "features.yaml").write_text(SCHEDULED % ("0" * 64, "versioned"), encoding="utf-8")
    deploy({**machine(), "ScheduleName": {"Value": "s"}, "ScheduleGroupName": {"Value": "g"}})
    scheduler = boto3.client("scheduler", region_name=REGION)
    scheduler.create_schedule_group(Name="g")
    scheduler.create_schedule(
        Name="s",
        GroupName="g",
        State="DISABLED",
        Description=description,
        ScheduleExpression="cron(0 6 * * ? *)",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": "arn:aws:sqs:ap-northeast-1:123456789012:q", "RoleArn": "arn:aws:iam::123456789012:role/r"},
    )
    lake_state = read(tmp_path, calls, datetime(2026, 1, 5, 12, tzinfo=UTC))
    assert lake_state.tables[0].states == "t2m2."
    if by_hand:
        (off_since,) = {lake_state.pipelines[0].paused_since}
        assert off_since
        assert off_since > datetime(2026, 1, 4, tzinfo=UTC), "when moto was told, now"
        assert lake_state.needs[0].reason == "no run was started, or none is known any more", "off since later"
        assert "features is off: the schedule was switched off by hand; last changed" in status(code=ExitCode.FAILED)
        return
    assert lake_state.pipelines[0].paused_since == datetime(2026, 1, 4, 8, tzinfo=UTC)
    assert lake_state.needs[0].reason == "paused since 2026-01-04 08:00 UTC"
    before = read(tmp_path, calls, datetime(2026, 1, 4, 12, tzinfo=UTC))
    assert before.needs[0].reason == "no run was started, or none is known any more"
    said = status(code=ExitCode.FAILED)
    assert "features is off: paused since 2026-01-04 08:00 UTC; resume it: pipelines resume features" in said


def test_rows_are_those_of_the_stamps(lake: Lake, status: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    lake.create_table()
    publish(lake, "r1", START, 1, 2)
    deploy(machine())

    def count(day: int, rows: str) -> None:
        partition = lake.partitions()[f"2026-01-{day:02}",]
        stamp = {**partition["Parameters"], "rows": rows}
        lake.glue.update_partition(
            DatabaseName="analytics",
            TableName="features",
            PartitionValueList=partition["Values"],
            PartitionInput={
                "Values": partition["Values"],
                "StorageDescriptor": partition["StorageDescriptor"],
                "Parameters": stamp,
            },
        )

    monkeypatch.setattr("partitioned_pipelines.cli.lake.table_snapshots._TRUSTED", timedelta(seconds=-1))
    count(1, "1200")
    assert status("--json")["tables"][0]["rows"] is None, "the CSV of the second day was not counted"
    count(2, "34")
    document = status("--json")
    assert document["tables"][0]["rows"] == 1234
    assert document["cost"] is None
    assert "pipelines status --cost" in document["no_cost"]
    assert "1,234" in status()


def test_a_pipeline_that_waits_for_a_late_table_is_told_under_it(
    three_runs: Lake, calls: Calls, status: Callable[..., Any], tmp_path: Path
) -> None:
    """Until the deadline its run waits, and is missing afterwards; the table lacks the third either way."""
    (tmp_path / "pipelines" / "features.yaml").write_text(SCHEDULED % ("0" * 64, "versioned"), encoding="utf-8")
    deploy(machine())
    waits = "name: reader\nschedule: {when: inputs, interval: day, wait: 2d}\n"
    file = (PIPELINE % ("0" * 64, "versioned")).replace("features", "reader").replace("name: reader\n", waits, 1)
    file = file.replace("extract.py}", "extract.py, inputs: {all: {table: analytics.features, partitions: interval}}}")
    (tmp_path / "pipelines" / "reader.yaml").write_text(file, encoding="utf-8")
    role = "arn:aws:iam::123456789012:role/r"
    made = boto3.client("stepfunctions", region_name=REGION).create_state_machine(
        name="reader", definition='{"StartAt": "A", "States": {}}', roleArn=role
    )
    deploy({"StateMachineArn": {"Value": made["stateMachineArn"]}}, "reader")
    table = three_runs.glue.get_table(DatabaseName="analytics", Name="features")["Table"]
    described: Any = {"Name": "reader", **{key: table[key] for key in ("StorageDescriptor", "PartitionKeys")}}
    three_runs.glue.create_table(DatabaseName="analytics", TableInput=described)
    storage: Any = {"Values": ["2026-01-02"], "StorageDescriptor": table["StorageDescriptor"]}
    three_runs.glue.create_partition(DatabaseName="analytics", TableName="reader", PartitionInput=storage)

    for now, states in ((datetime(2026, 1, 4, 12, tzinfo=UTC), "t.2"), (datetime(2026, 1, 6, 12, tzinfo=UTC), "tm.3")):
        lake_state = read(tmp_path, calls, now)
        assert lake_state.table("analytics.reader").states == states
        (need,) = lake_state.needs
        assert need.tables == ("analytics.features",)
        (waiting,) = need.waiting
        assert (waiting.table, waiting.intervals[0].start) == ("analytics.reader", "2026-01-03")
        assert lake_state.pipeline("reader").when == "inputs"


def test_hostile_text_is_shown_as_code_points(
    three_runs: Lake, calls: Calls, status: Callable[..., Any], tmp_path: Path
) -> None:
    outputs = machine()
    deploy(outputs)
    states = boto3.client("stepfunctions", region_name=REGION)
    arn = outputs["StateMachineArn"]["Value"]
    failed = states.start_execution(stateMachineArn=arn, input='{"date": "2026-01-03"}')["executionArn"]
    states.stop_execution(executionArn=failed)
    calls.cause = HOSTILE
    said = status(code=ExitCode.FAILED)
    assert "2026-01-03: \\x1b[2Jgone \\u202edesrever <script>alert(1)</script>" in said
    assert "\x1b" not in said
    assert "\u202e" not in said
    assert status("--json", code=ExitCode.FAILED)["needs"][0]["reason"] == HOSTILE


def test_ended_executions_are_described_once(executions: list[str], calls: Calls, status: Callable[..., Any]) -> None:
    status(code=ExitCode.FAILED)
    assert calls.made.count("DescribeExecution") == 3
    calls.made.clear()
    status(code=ExitCode.FAILED)
    assert calls.made.count("DescribeExecution") == 2, "those that run"


def test_a_failure_that_the_service_has_forgotten_is_still_known(
    executions: list[str], status: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    status(code=ExitCode.FAILED)
    monkeypatch.setattr("partitioned_pipelines.cli.lake.runs.known_runs.list_executions", lambda *_: iter(()))
    assert status("--json", code=ExitCode.FAILED)["needs"][0]["reason"] == "ABORTED"


def test_names_choose_pipelines_with_their_sources(
    three_runs: Lake, status: Callable[..., Any], tmp_path: Path
) -> None:
    for name, reads in (("reader", "analytics.features"), ("other", None)):
        file = (PIPELINE % ("0" * 64, "versioned")).replace("features", name)
        if reads:
            file = file.replace("extract.py}", f"extract.py, inputs: {{all: {{table: {reads}}}}}}}")
        (tmp_path / "pipelines" / f"{name}.yaml").write_text(file, encoding="utf-8")
    assert [each["name"] for each in status("reader", "--json")["pipelines"]] == ["features", "reader"]
    assert [each["name"] for each in status("--json")["pipelines"]] == ["features", "other", "reader"]
    assert "no pipeline 'readr'" in status("readr", code=ExitCode.INVALID)


def test_only_the_window_counts(lake: Lake, calls: Calls, status: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "pipelines" / "features.yaml").write_text(SCHEDULED % ("0" * 64, "versioned"), encoding="utf-8")
    lake.create_table()
    publish(lake, "20260110T000000Z-0123abcd", datetime(2026, 1, 10, tzinfo=UTC), *range(1, 31))
    deploy(machine())
    lake_state = read(tmp_path, calls, datetime(2026, 1, 31, 12, tzinfo=UTC), window=10)
    assert lake_state.tables[0].states == "t10."
    assert (lake_state.tables[0].partitions, lake_state.tables[0].objects) == (10, 10)


def test_of_a_long_table_without_a_clock_the_newest_part_is_read(
    lake: Lake, calls: Calls, status: Callable[..., Any], tmp_path: Path
) -> None:
    """If that does not tell the whole window, all of it is read, which is then kept."""
    lake.create_table()
    publish(lake, "20260110T000000Z-0123abcd", datetime(2026, 1, 10, tzinfo=UTC), *range(1, 31))
    deploy(machine())
    for now, times in ((datetime(2026, 1, 31, 12, tzinfo=UTC), 1), (datetime(2026, 6, 1, tzinfo=UTC), 2)):
        shutil.rmtree(tmp_path / ".pipelines", ignore_errors=True)
        calls.made.clear()
        (table,) = read(tmp_path, calls, now, window=10).tables
        assert (table.start, table.states) == ("2026-01-21", "t10")
        assert calls.made.count("GetPartitions") == times


def test_an_unchanged_table_is_not_read_again(
    three_runs: Lake, calls: Calls, status: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("partitioned_pipelines.cli.lake.table_snapshots._CLOCKS_DIFFER", timedelta())
    deploy(machine())
    first = status("--json")
    calls.made.clear()
    second = status("--json")
    assert "GetPartitions" not in calls.made
    assert {**second, "as_of": 0, "tables": 0} == {**first, "as_of": 0, "tables": 0}
    assert second["tables"][0]["states"] == "t2"

    publish(three_runs, build_run_id(datetime.now(UTC), "r4"), datetime.now(UTC), 3, at=datetime.now(UTC))
    monkeypatch.setattr("partitioned_pipelines.cli.lake.table_snapshots._CLOCKS_DIFFER", timedelta(seconds=2))
    assert status("--json")["tables"][0]["states"] == "t3"


def test_a_table_with_an_open_execution_is_read_each_time(
    executions: list[str], calls: Calls, status: Callable[..., Any]
) -> None:
    for _ in range(2):
        calls.made.clear()
        status(code=ExitCode.FAILED)
        assert "GetPartitions" in calls.made


@pytest.mark.parametrize(
    ("registration", "told"),
    [("msck", "its runs leave no receipts"), ("projection", "Athena works the partitions out")],
)
def test_tables_whose_runs_leave_no_receipts(
    lake: Lake, status: Callable[..., Any], tmp_path: Path, registration: str, told: str
) -> None:
    """A partition and its folder are there; of two executions, the newer one was stopped."""
    pipeline = PIPELINE % ("0" * 64, f"in_place\n  registration: {registration}")
    if registration == "projection":
        pipeline = pipeline.replace('%Y-%m-%d"', '%Y-%m-%d", projection: {range: ["2026-01-01", NOW]}')
    (tmp_path / "pipelines" / "features.yaml").write_text(pipeline, encoding="utf-8")
    lake.create_table()
    storage = lake.glue.get_table(DatabaseName="analytics", Name="features")["Table"]["StorageDescriptor"]
    partition: Any = {"Values": ["2026-01-01"], "StorageDescriptor": storage}
    lake.glue.create_partition(DatabaseName="analytics", TableName="features", PartitionInput=partition)
    lake.s3.put_object(Bucket="lake", Key="tables/analytics/features/output/dt=2026-01-01/a.csv", Body=b"1,2\n")
    outputs = machine()
    deploy(outputs)
    states = boto3.client("stepfunctions", region_name=REGION)
    arn = outputs["StateMachineArn"]["Value"]
    stopped = states.start_execution(stateMachineArn=arn, input='{"date": "2026-01-03"}')["executionArn"]
    states.stop_execution(executionArn=stopped)
    document = status("--json", code=ExitCode.FAILED)
    (table,) = document["tables"]
    assert (table["start"], table["states"]) == ("2026-01-01", "t.f"), "without a cron expression nothing is due"
    assert told in table["note"]
    assert document["needs"][0]["run"]
    assert f"analytics.features: {told}" in status(code=ExitCode.FAILED)


def test_every_call_is_known_and_reads(executions: list[str], calls: Calls, status: Callable[..., Any]) -> None:
    """So that a denied call names its permission, and the documented permissions suffice."""
    status(code=ExitCode.FAILED)
    assert set(calls.made) - {"GetCallerIdentity"} <= set(ACTIONS)
