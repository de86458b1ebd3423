"""Tests of starting and listing backfills on moto's S3 and Step Functions, which does not run the executions."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import boto3
import pytest

from partitioned_pipelines.cli.backfills.busy import busy_intervals
from partitioned_pipelines.cli.backfills.machine import NOT_LISTED, BackfillMachine
from partitioned_pipelines.cli.target.target import Cloud
from partitioned_pipelines.lake.key_layout import backfill_items_key, backfill_plan_key
from partitioned_pipelines.operations.backfill.plan import BackfillPlan
from partitioned_pipelines.spec.derived.interval_rule import interval_rule
from tests.moto_lake import REGION, aws, s3

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

    from partitioned_pipelines.lake.intervals.interval import Interval
    from partitioned_pipelines.spec import Pipeline, Project

__all__ = ["aws", "s3"]  # fixtures of moto's lake

ROLE = "arn:aws:iam::123456789012:role/r"
RECORD = {"mode": "all", "from": "2013-06-01", "to": "2013-06-04", "runs": 3}
PASS = json.dumps({"StartAt": "Pass", "States": {"Pass": {"Type": "Pass", "End": True}}})


@pytest.fixture
def pipeline(examples: Project) -> Pipeline:
    return examples.pipeline("flights")


@pytest.fixture
def machine(s3: S3Client, pipeline: Pipeline) -> BackfillMachine:
    sfn = boto3.client("stepfunctions", region_name=REGION)
    arns = [
        sfn.create_state_machine(name=name, definition=PASS, roleArn=ROLE)["stateMachineArn"]
        for name in ("pipelines-flights", "pipelines-flights_backfill")
    ]
    outputs = dict(zip(("StateMachineArn", "BackfillStateMachineArn"), arns, strict=True))
    return BackfillMachine(Cloud(boto3.Session(region_name=REGION), None), pipeline, outputs, "lake")


@pytest.fixture
def days(pipeline: Pipeline) -> tuple[Interval, ...]:
    calendar = interval_rule(pipeline).calendar
    start, end = (calendar.clock.boundary(datetime(2013, 6, day)) for day in (1, 4))  # noqa: DTZ001 - a local label
    return tuple(calendar.between(start, end))


@pytest.fixture
def plan(days: tuple[Interval, ...]) -> BackfillPlan:
    return BackfillPlan("flights", "all", days)


def names(machine: BackfillMachine) -> list[str]:
    sfn = machine.cloud.step_functions
    return sorted(each["name"] for each in sfn.list_executions(stateMachineArn=machine.arn)["executions"])


def test_a_start_puts_the_runs_and_the_record_first(machine: BackfillMachine, plan: BackfillPlan, s3: S3Client) -> None:
    started = machine.start(plan, RECORD, 4)
    assert (started.plan, started.was_running) == (plan, False)
    body = json.load(s3.get_object(Bucket="lake", Key=backfill_items_key("flights", plan.id))["Body"])
    assert [item["input"] for item in body] == [{"date": f"2013-06-0{day}"} for day in (1, 2, 3)]
    assert [item["name"] for item in body] == plan.run_names()
    record = json.load(s3.get_object(Bucket="lake", Key=backfill_plan_key("flights", plan.id))["Body"])
    assert {name: record[name] for name in RECORD} == RECORD
    assert (record["id"], record["attempt"]) == (plan.id, 0)
    described = machine.cloud.step_functions.describe_execution(executionArn=started.execution_arn)
    assert described["name"] == plan.name
    assert json.loads(described["input"]) == {
        "items_key": backfill_items_key("flights", plan.id),
        "max_concurrency": 4,
    }


@pytest.mark.parametrize("max_concurrency", [4, 2])
def test_the_same_plan_is_not_started_twice(machine: BackfillMachine, plan: BackfillPlan, max_concurrency: int) -> None:
    first = machine.start(plan, RECORD, 4)
    second = machine.start(plan, RECORD, max_concurrency)
    assert (second.execution_arn, second.was_running) == (first.execution_arn, True)
    assert names(machine) == [plan.name]


def test_a_command_that_was_killed_before_the_start_is_taken_up(
    machine: BackfillMachine, plan: BackfillPlan, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(**_request: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(machine.cloud.step_functions, "start_execution", die)
        with pytest.raises(KeyboardInterrupt):
            machine.start(plan, RECORD, 4)
    assert [(one.id, one.status) for one in machine.every()] == [(plan.id, NOT_LISTED)]
    started = machine.start(plan, RECORD, 4)
    assert (started.plan.id, started.was_running) == (plan.id, False)
    assert [(one.id, one.status) for one in machine.every()] == [(plan.id, "RUNNING")]


def test_one_that_has_ended_is_followed_by_another_attempt(machine: BackfillMachine, plan: BackfillPlan) -> None:
    first = machine.start(plan, RECORD, 4)
    machine.cloud.step_functions.stop_execution(executionArn=first.execution_arn)
    second = machine.start(plan, RECORD, 4)
    assert second.plan == plan.next_attempt()
    machine.cloud.step_functions.stop_execution(executionArn=second.execution_arn)
    third = machine.start(plan, RECORD, 4)
    assert third.plan == plan.next_attempt().next_attempt()
    assert len(names(machine)) == 3


def test_other_runs_under_the_same_id_are_left_alone(
    machine: BackfillMachine, plan: BackfillPlan, s3: S3Client
) -> None:
    """As after a change of a time limit, which changes how often a SageMaker pipeline is polled."""
    key = backfill_items_key("flights", plan.id)
    s3.put_object(Bucket="lake", Key=key, Body=b"[]")
    assert machine.start(plan, RECORD, 4).plan == plan.next_attempt()
    assert s3.get_object(Bucket="lake", Key=key)["Body"].read() == b"[]"


def test_all_runs_of_a_running_backfill_are_busy(
    machine: BackfillMachine, plan: BackfillPlan, days: tuple[Interval, ...]
) -> None:
    started = machine.start(plan, RECORD, 4)
    (running,) = machine.running()
    assert (running.id, running.record["mode"], running.runs) == (plan.id, "all", True)
    assert machine.intervals(running) == dict(zip(plan.run_names(), days, strict=True))
    assert busy_intervals(machine) == dict.fromkeys(days, f"in the running backfill {plan.name}")
    machine.cloud.step_functions.stop_execution(executionArn=started.execution_arn)
    assert busy_intervals(machine) == {}


def test_an_open_run_of_several_days_makes_each_of_them_busy(
    machine: BackfillMachine, days: tuple[Interval, ...]
) -> None:
    given = json.dumps({"from": "2013-06-01", "to": "2013-06-04"})
    machine.cloud.step_functions.start_execution(stateMachineArn=machine.outputs["StateMachineArn"], input=given)
    assert busy_intervals(machine) == dict.fromkeys(days, "running")


def test_an_execution_that_somebody_started_by_hand_is_no_backfill(machine: BackfillMachine) -> None:
    machine.cloud.step_functions.start_execution(stateMachineArn=machine.arn, name="by-hand", input="{}")
    assert machine.every() == machine.running() == []


def test_counts_tell_what_is_left(machine: BackfillMachine, plan: BackfillPlan) -> None:
    """The counts of a stopped Map Run: AWS says of items that never started that they were aborted."""
    machine.start(plan, RECORD, 4)
    (running,) = machine.running()
    counts = {"total": 8, "succeeded": 3, "failed": 1, "timedOut": 1, "running": 0, "aborted": 3, "pending": 0}
    fake = SimpleNamespace(
        list_map_runs=lambda **request: {"mapRuns": [{"mapRunArn": request["executionArn"]}]},
        describe_map_run=lambda **_request: {"itemCounts": counts},
    )
    cloud = cast("Cloud", SimpleNamespace(step_functions=fake))
    counted = BackfillMachine(cloud, machine.pipeline, machine.outputs, "lake").counts(running)
    assert counted is not None
    assert (counted.total, counted.succeeded, counted.failed, counted.running, counted.left) == (8, 3, 2, 0, 3)
    assert datetime.now(UTC) >= running.started_at
