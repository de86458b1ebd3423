"""Tests of rollbacks to an earlier run: which partitions move, which stay, and the effect of a run that ends late."""

from __future__ import annotations

import json
from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from partitioned_pipelines.lake.key_layout import lease_key
from partitioned_pipelines.operations.operation import OperationRefusedError
from partitioned_pipelines.runtime.catalog import RegistrationError
from partitioned_pipelines.runtime.lease import LeaseLostError
from tests.runtime.registration.published_runs import (
    DAY,
    RECEIPTS,
    START,
    Clock,
    point,
    prepare_rollback,
    publish,
    read,
    shown,
)

if TYPE_CHECKING:
    from partitioned_pipelines.operations.rollback import RollbackPlan
    from tests.moto_lake import Lake

NOW = START + 10 * DAY


def roll_back(lake: Lake, *partitions: str, to: str | None = None, clock: Clock | None = None) -> RollbackPlan:
    return prepare_rollback(lake, *partitions, to=to, clock=clock).run()


@pytest.fixture
def three_runs(lake: Lake) -> Lake:
    """Return a lake in which r1 wrote days 1 and 2, r2 both again, r3 day 2 again and day 3."""
    lake.create_table()
    publish(lake, "r1", START, 1, 2)
    publish(lake, "r2", START + DAY, 1, 2)
    publish(lake, "r3", START + 2 * DAY, 2, 3)
    assert shown(lake) == {1: "r2", 2: "r3", 3: "r3"}
    return lake


def test_each_partition_goes_to_the_run_before_its_own(three_runs: Lake) -> None:
    plan = roll_back(three_runs)
    assert shown(three_runs) == {1: "r1", 2: "r2", 3: "r3"}
    assert plan.stays == {("2026-01-03",): "r3"}, "what has no earlier run stays, and is told"


def test_again_goes_one_further(three_runs: Lake) -> None:
    roll_back(three_runs)
    plan = roll_back(three_runs, clock=Clock(NOW + DAY))
    assert shown(three_runs) == {1: "r1", 2: "r1", 3: "r3"}
    assert plan.stays == {("2026-01-01",): "r1", ("2026-01-03",): "r3"}


def test_to_a_run_that_is_named(three_runs: Lake) -> None:
    plan = roll_back(three_runs, to="r1")
    assert shown(three_runs) == {1: "r1", 2: "r1", 3: "r3"}
    assert plan.stays == {("2026-01-03",): "r3"}


def test_forward_again(three_runs: Lake) -> None:
    roll_back(three_runs)
    roll_back(three_runs, to="r3", clock=Clock(NOW + DAY))
    assert shown(three_runs) == {1: "r1", 2: "r3", 3: "r3"}


def test_a_partition_that_is_named(three_runs: Lake) -> None:
    roll_back(three_runs, "dt=2026-01-02")
    assert shown(three_runs) == {1: "r2", 2: "r2", 3: "r3"}


def test_the_partition_is_read_as_registering_would_have_it_read(three_runs: Lake) -> None:
    roll_back(three_runs, "dt=2026-01-02")
    partition = three_runs.partitions()["2026-01-02",]
    table = three_runs.glue.get_table(DatabaseName="analytics", Name="features")["Table"]
    location = f"{three_runs.location}r2/0b1c/dt=2026-01-02/"
    assert partition["StorageDescriptor"] == {**table["StorageDescriptor"], "Location": location}
    stamp = dict(partition["Parameters"])
    assert stamp.pop("rollback_id").startswith("20261111T000000Z-")
    assert stamp == {
        "run_id": "r2",
        "run_started_at": "2026-11-11T00:00:00.000Z",
        "pipeline": "feature_table",
        "script_hash": "abc",
        "image_uri": "image@sha256:1",
        "objects": "1",
        "bytes": "5",
        "registered_at": "2026-11-11T00:00:00Z",
    }


def test_a_run_that_started_before_the_rollback_and_ends_after_it_does_not_undo_it(three_runs: Lake) -> None:
    roll_back(three_runs)
    result = publish(three_runs, "r4", NOW - timedelta(hours=1), 1, 2, 4, at=NOW + timedelta(hours=1))
    assert result["kept_newer"] == 2
    assert shown(three_runs) == {1: "r1", 2: "r2", 3: "r3", 4: "r4"}


def test_registering_the_run_again_that_was_undone_does_not_undo_it(three_runs: Lake) -> None:
    roll_back(three_runs, "dt=2026-01-02")
    three_runs.register("r3", START + 2 * DAY)
    assert shown(three_runs)[2] == "r2"


def test_a_run_that_starts_after_the_rollback_publishes_as_always(three_runs: Lake) -> None:
    roll_back(three_runs)
    publish(three_runs, "r5", NOW + timedelta(milliseconds=1), 1, 2)
    assert shown(three_runs) == {1: "r5", 2: "r5", 3: "r3"}


def test_the_rollbacks_time_is_after_what_it_replaces_even_by_a_clock_that_is_behind(three_runs: Lake) -> None:
    roll_back(three_runs, clock=Clock(START - DAY))
    assert three_runs.stamps("run_started_at")["2026-01-02",] == "2026-11-03T00:00:00.001Z"
    three_runs.register("r3", START + 2 * DAY)
    assert shown(three_runs)[2] == "r2"


def test_its_receipt_says_what_is_live_now(three_runs: Lake) -> None:
    roll_back(three_runs)
    history = read(three_runs)
    assert history.contradictions() == []
    assert history.unreceipted() == []
    (rollback,) = history.rollbacks
    assert {entry.values[0][-2:]: entry.run_id for entry in rollback.partitions} == {"01": "r1", "02": "r2"}
    ceased = {run.run_id: run.ceased_at for run in history.runs.values()}
    assert ceased == {"r1": None, "r2": None, "r3": None}
    roll_back(three_runs, to="r1", clock=Clock(NOW + DAY))
    assert read(three_runs).runs["r2"].ceased_at == NOW + DAY


def test_a_run_that_was_never_live_can_be_gone_back_to(lake: Lake) -> None:
    lake.create_table()
    publish(lake, "r2", START + DAY, 1)
    publish(lake, "r1", START, 1, at=START + 2 * DAY)
    assert shown(lake) == {1: "r2"}
    roll_back(lake)
    assert shown(lake) == {1: "r1"}


def test_a_partition_that_was_dropped_comes_back_with_its_run(three_runs: Lake) -> None:
    three_runs.glue.delete_partition(DatabaseName="analytics", TableName="features", PartitionValues=["2026-01-02"])
    plan = roll_back(three_runs, to="r3")
    assert shown(three_runs) == {1: "r2", 2: "r3", 3: "r3"}
    assert [(move.values, move.from_run) for move in plan.moves] == [(("2026-01-02",), None)]


def test_a_partition_moved_by_hand_is_moved_back(three_runs: Lake) -> None:
    point(three_runs, 2, "s3://elsewhere/x/")
    roll_back(three_runs, to="r3")
    assert shown(three_runs)[2] == "r3"


def test_planning_touches_nothing(three_runs: Lake) -> None:
    three_runs.forget_calls()
    plan = prepare_rollback(three_runs).plan()
    assert {move.values[0]: (move.from_run, move.target.receipt_id) for move in plan.moves} == {
        "2026-01-01": ("r2", "r1"),
        "2026-01-02": ("r3", "r2"),
    }
    assert not set(three_runs.calls) & {"BatchUpdatePartition", "BatchCreatePartition", "PutObject", "DeleteObjects"}


@pytest.mark.parametrize("key", ["dt=2026-01-01/a.csv", "dt=2026-01-02/a.csv"])
def test_missing_files_are_refused_before_anything_is_touched(three_runs: Lake, key: str) -> None:
    three_runs.s3.delete_object(Bucket="lake", Key=f"{three_runs.root('r1')}{key}")
    before = three_runs.partitions()
    for rollback in (prepare_rollback(three_runs, to="r1").plan, prepare_rollback(three_runs, to="r1").run):
        with pytest.raises(OperationRefusedError, match="holds 0 of 1 objects") as caught:
            rollback()
        assert f"r1/0b1c/{key.partition('/')[0]}" in str(caught.value)
    assert three_runs.partitions() == before
    assert not read(three_runs).rollbacks


def test_a_file_cut_short_is_missing_too(three_runs: Lake) -> None:
    three_runs.s3.put_object(Bucket="lake", Key=f"{three_runs.root('r1')}dt=2026-01-01/a.csv", Body=b"r")
    with pytest.raises(OperationRefusedError, match="1 of 5 bytes"):
        roll_back(three_runs, "dt=2026-01-01", to="r1")


def test_what_is_not_asked_for_may_be_missing(three_runs: Lake) -> None:
    three_runs.s3.delete_object(Bucket="lake", Key=f"{three_runs.root('r1')}dt=2026-01-01/a.csv")
    roll_back(three_runs, "dt=2026-01-02", to="r1")
    assert shown(three_runs)[2] == "r1"


def test_in_place_is_refused_with_the_reason(lake: Lake) -> None:
    lake.create_table("in_place")
    lake.write("dt=2026-01-01/a.csv")
    lake.register()
    with pytest.raises(OperationRefusedError, match=r"written in place.*earlier files no longer exist"):
        roll_back(lake)


@pytest.mark.parametrize(
    ("to", "partitions", "says"),
    [
        ("r9", [], "has no run 'r9'"),
        ("r3", ["dt=2026-01-03"], "it shows r3 already"),
        (None, ["dt=2026-01-03"], "no partition has an earlier run"),
        (None, ["dt=2026-01-09"], "no partition of analytics.features matches 'dt=2026-01-09'"),
        (None, ["dt="], "not key=value"),
        (None, ["2026-01-01"], "not key=value"),
        (None, ["day=1"], "no partition key 'day'"),
        (None, ["dt=1/dt=2"], "is repeated"),
    ],
)
def test_what_cannot_be_is_refused(three_runs: Lake, to: str | None, partitions: list[str], says: str) -> None:
    before = three_runs.partitions()
    with pytest.raises(OperationRefusedError, match=says):
        roll_back(three_runs, *partitions, to=to)
    assert three_runs.partitions() == before


def test_a_run_without_a_receipt_is_no_target(three_runs: Lake) -> None:
    three_runs.write("dt=2026-01-01/a.csv", run="r0")
    with pytest.raises(OperationRefusedError, match=r"r0 .* has no receipt"):
        roll_back(three_runs, to="r0")


def test_a_run_whose_receipt_is_corrupt_is_no_target(three_runs: Lake) -> None:
    three_runs.s3.put_object(Bucket="lake", Key=f"{RECEIPTS}r1.json", Body=b'{"format_version": 1, ')
    with pytest.raises(OperationRefusedError, match=r"receipt of r1 cannot be read.*restore an earlier version"):
        roll_back(three_runs, to="r1")


def test_a_rollback_is_no_target(three_runs: Lake) -> None:
    roll_back(three_runs)
    (rollback,) = read(three_runs).rollbacks
    with pytest.raises(OperationRefusedError, match="is a rollback"):
        roll_back(three_runs, to=rollback.receipt_id)


def test_a_table_that_is_gone_is_named(three_runs: Lake) -> None:
    three_runs.glue.delete_table(DatabaseName="analytics", Name="features")
    with pytest.raises(RegistrationError, match=r"analytics\.features"):
        roll_back(three_runs)


def test_an_item_that_glue_refuses_is_named_and_there_is_no_receipt(three_runs: Lake) -> None:
    def refuse_second(parsed: dict[str, Any]) -> None:
        detail = {"ErrorCode": "InternalServiceException", "ErrorMessage": "later"}
        parsed["Errors"] = [{"PartitionValueList": ["2026-01-02"], "ErrorDetail": detail}]

    three_runs.amend("glue.BatchUpdatePartition", refuse_second)
    with pytest.raises(RegistrationError, match=r"2026-01-02.*InternalServiceException"):
        roll_back(three_runs)
    assert not read(three_runs).rollbacks


def test_a_rollback_that_died_before_its_receipt_is_repeated_and_goes_no_further(three_runs: Lake) -> None:
    healed: list[bool] = []

    def fail(params: dict[str, Any]) -> dict[str, Any] | None:
        if healed or RECEIPTS not in params["url"]:
            return None
        return {"Error": {"Code": "InternalError", "Message": "x"}}

    three_runs.answer("s3.PutObject", fail)
    with pytest.raises(three_runs.s3.exceptions.ClientError):
        roll_back(three_runs)
    assert shown(three_runs) == {1: "r1", 2: "r2", 3: "r3"}
    assert len(read(three_runs).unreceipted()) == 2
    healed.append(True)
    roll_back(three_runs, clock=Clock(NOW + DAY))
    assert shown(three_runs) == {1: "r1", 2: "r2", 3: "r3"}
    history = read(three_runs)
    assert (history.unreceipted(), history.contradictions()) == ([], [])


def test_batches_of_a_hundred_with_the_lease_checked_before_each(lake: Lake) -> None:
    lake.create_table(keys="n:int:")
    for run, start in (("r1", START), ("r2", START + DAY)):
        for number in range(250):
            lake.write(f"n={number}/a.csv", run=run)
        lake.register(run, start)
    lake.forget_calls()
    assert len(roll_back(lake).moves) == 250
    assert lake.calls["BatchUpdatePartition"] == 3
    assert lake.calls["BatchCreatePartition"] == 0
    assert set(lake.stamps("run_id").values()) == {"r1"}


def test_who_loses_the_lease_stops_and_a_second_rollback_finishes(lake: Lake) -> None:
    lake.create_table(keys="n:int:")
    for run, start in (("r1", START), ("r2", START + DAY)):
        for number in range(150):
            lake.write(f"n={number}/a.csv", run=run)
        lake.register(run, start)
    key = lease_key("analytics", "features")

    def take_over(_parsed: dict[str, Any]) -> None:
        if not taken:
            taken.append(json.loads(lake.s3.get_object(Bucket="lake", Key=key)["Body"].read()))
            body = {"owner": "another", "nonce": "x", "expires_at": "2026-11-11T00:00:01Z"}
            lake.s3.put_object(Bucket="lake", Key=key, Body=json.dumps(body).encode())

    taken: list[dict[str, Any]] = []
    lake.amend("glue.BatchUpdatePartition", take_over)
    with pytest.raises(LeaseLostError, match="taken over by another"):
        roll_back(lake)
    assert taken[0]["owner"] == "a test", "the lease was held while partitions were written"
    runs = Counter(lake.stamps("run_id").values())
    assert runs == {"r1": 100, "r2": 50}
    assert not read(lake).rollbacks
    assert len(roll_back(lake, clock=Clock(NOW + DAY)).moves) == 150
    assert set(lake.stamps("run_id").values()) == {"r1"}
    assert [len(rollback.partitions) for rollback in read(lake).rollbacks] == [150]


def test_some_levels_select_what_lies_below(lake: Lake) -> None:
    lake.create_table(keys="year:int: month:int: city:string:")
    for run, start in (("r1", START), ("r2", START + DAY)):
        for folder in ("year=2013/month=1/city=a%2Fb", "year=2013/month=2/city=東京", "year=2014/month=1/city=東京"):
            lake.write(f"{folder}/a.csv", run=run)
        lake.register(run, start)

    def of_r1() -> set[tuple[str, ...]]:
        return {values for values, run in lake.stamps("run_id").items() if run == "r1"}

    roll_back(lake, "year=2013/month=1/city=a%2Fb")
    assert of_r1() == {("2013", "1", "a/b")}
    roll_back(lake, "year=2014", "city=東京/month=2", clock=Clock(NOW + DAY))
    assert of_r1() == {("2013", "1", "a/b"), ("2014", "1", "東京"), ("2013", "2", "東京")}


def test_the_receipt_is_readable_by_whoever_puts_root_and_folder_together(three_runs: Lake) -> None:
    roll_back(three_runs, "dt=2026-01-02")
    (rollback,) = read(three_runs).rollbacks
    document = json.loads(three_runs.s3.get_object(Bucket="lake", Key=rollback.key)["Body"].read())
    assert document["kind"] == "rollback"
    assert document["to_runs"] == {"r2": 1}
    assert document["root"] + document["partitions"][0]["folder"] == three_runs.locations()["2026-01-02",]
