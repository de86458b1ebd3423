"""Tests that vacuum removes exactly the runs that nothing points to, regardless of concurrent changes."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from partitioned_pipelines.operations.operation import OperationRefusedError
from partitioned_pipelines.operations.vacuum.removal import RemovalError
from partitioned_pipelines.runtime.catalog import RegistrationError
from tests.operations.vacuum.preparation import NOW, WEEK, KnownExecutions, prepare, removed_runs
from tests.runtime.registration.published_runs import (
    DAY,
    RECEIPTS,
    START,
    Clock,
    keys_of,
    point,
    prepare_rollback,
    publish,
    read,
    shown,
)

if TYPE_CHECKING:
    from tests.moto_lake import Lake


def test_a_run_that_was_replaced_is_removed_and_its_receipt_moved(two_runs: Lake) -> None:
    report = prepare(two_runs).run()
    assert [(run.run_id, run.objects, run.bytes, run.ceased_at) for run in report.removed] == [
        ("r1", 1, 5, START + DAY)
    ]
    assert keys_of(two_runs, "r1") == []
    assert len(keys_of(two_runs, "r2")) == 2
    assert list(read(two_runs).runs) == ["r2"]
    moved = json.loads(two_runs.s3.get_object(Bucket="lake", Key=f"{RECEIPTS}removed/r1.json")["Body"].read())
    assert moved["run"]["run_id"] == "r1"
    assert moved["removed"] == {"at": "2026-11-21T00:00:00Z", "objects": 1, "bytes": 5}


def test_planning_says_the_same_and_touches_nothing(two_runs: Lake) -> None:
    before = two_runs.object_keys()
    two_runs.forget_calls()
    report = prepare(two_runs).plan()
    assert [(run.run_id, run.objects, run.bytes) for run in report.removed] == [("r1", 1, 5)]
    assert [(run.run_id, run.reason) for run in report.kept] == [("r2", "2 partitions point to it")]
    assert two_runs.object_keys() == before
    assert not set(two_runs.calls) & {"DeleteObjects", "DeleteObject", "PutObject"}


@pytest.mark.parametrize(("after", "expected"), [(WEEK - timedelta(seconds=1), []), (WEEK, ["r1"])])
def test_keep_counts_from_when_a_run_ceased_to_be_live(two_runs: Lake, after: timedelta, expected: list[str]) -> None:
    assert removed_runs(prepare(two_runs, now=START + DAY + after).run()) == expected
    assert (keys_of(two_runs, "r1") == []) is bool(expected)


def test_a_run_that_a_rollback_made_live_counts_from_when_that_ended(two_runs: Lake) -> None:
    prepare_rollback(two_runs, clock=Clock(START + 5 * DAY)).run()
    assert shown(two_runs) == {1: "r1", 2: "r2"}
    publish(two_runs, "r3", START + 15 * DAY, 1, 2)
    assert removed_runs(prepare(two_runs, now=START + 21 * DAY).run()) == []
    report = prepare(two_runs, now=START + 22 * DAY).run()
    assert removed_runs(report) == ["r1", "r2"]
    assert len(report.receipts) == 1, "the rollback's receipt goes with what it spoke of"
    assert read(two_runs).rollbacks == []
    assert read(two_runs).contradictions() == []


def test_the_receipt_of_a_rollback_that_is_live_stays(two_runs: Lake) -> None:
    prepare_rollback(two_runs, clock=Clock()).run()
    report = prepare(two_runs).run()
    assert report.receipts == []
    assert len(read(two_runs).rollbacks) == 1


@pytest.mark.parametrize(
    "location",
    [
        "s3://lake/tables/analytics/features/runs/r1/0b1c/dt=2026-01-01",
        "s3a://lake/tables/analytics/features/runs/r1/0b1c/dt=2026-01-01/",
        "s3://lake/tables/analytics/features/runs/r1/",
        "s3://lake/tables/analytics/features/runs/",
    ],
)
def test_a_partition_made_by_hand_keeps_the_run_that_it_reads(two_runs: Lake, location: str) -> None:
    two_runs.glue.create_partition(
        DatabaseName="analytics",
        TableName="features",
        PartitionInput={"Values": ["yesterday"], "StorageDescriptor": {"Location": location}},
    )
    assert removed_runs(prepare(two_runs).run()) == []
    assert keys_of(two_runs, "r1") != []


def test_a_table_that_is_gone_is_refused(two_runs: Lake) -> None:
    two_runs.glue.delete_table(DatabaseName="analytics", Name="features")
    for vacuum in (prepare(two_runs).plan, prepare(two_runs).run):
        with pytest.raises(RegistrationError, match="not in the Data Catalog"):
            vacuum()
    assert len(keys_of(two_runs, "r1")) == 1


def test_a_table_deployed_again_and_empty_is_refused(two_runs: Lake) -> None:
    two_runs.glue.delete_table(DatabaseName="analytics", Name="features")
    two_runs.create_table()
    with pytest.raises(OperationRefusedError, match=r"contradicts its receipts.*not in the catalog.*--rebuild"):
        prepare(two_runs).run()
    assert len(keys_of(two_runs, "r1")) == 1


def test_an_empty_catalog_is_refused_even_where_the_receipts_are_lost_too(two_runs: Lake) -> None:
    two_runs.glue.delete_table(DatabaseName="analytics", Name="features")
    two_runs.create_table()
    for run in ("r1", "r2"):
        two_runs.s3.delete_object(Bucket="lake", Key=f"{RECEIPTS}{run}.json")
    two_runs.age(100 * DAY)
    with pytest.raises(OperationRefusedError, match="has no partition, although there are 2 runs"):
        prepare(two_runs).run()


def test_a_partition_moved_by_hand_is_refused(two_runs: Lake) -> None:
    point(two_runs, 2, "s3://elsewhere/x/")
    with pytest.raises(OperationRefusedError, match="s3://elsewhere/x/"):
        prepare(two_runs).run()
    assert len(keys_of(two_runs, "r1")) == 1


def test_a_contradiction_that_comes_up_between_two_runs_ends_it(two_runs: Lake) -> None:
    publish(two_runs, "r3", START + 2 * DAY, 1, 2)
    with pytest.raises(OperationRefusedError, match="contradicts"):
        prepare(two_runs).run(on_removed=lambda _run: point(two_runs, 2, "s3://elsewhere/x/"))
    assert keys_of(two_runs, "r1") == []
    assert len(keys_of(two_runs, "r2")) == 2


@pytest.mark.parametrize("body", [b"", b'{"format_version": 1, "ta', b"\x00\xff", b"[1, 2]"])
def test_a_corrupt_receipt_is_refused_by_name(two_runs: Lake, body: bytes) -> None:
    two_runs.s3.put_object(Bucket="lake", Key=f"{RECEIPTS}r1.json", Body=body)
    with pytest.raises(OperationRefusedError, match=rf"s3://lake/{RECEIPTS}r1\.json.*restore an earlier version"):
        prepare(two_runs).run()
    assert len(keys_of(two_runs, "r1")) == 1


def test_a_table_that_lies_elsewhere_is_refused(two_runs: Lake) -> None:
    table = two_runs.glue.get_table(DatabaseName="analytics", Name="features")["Table"]
    descriptor: Any = {**table["StorageDescriptor"], "Location": "s3://lake/other/"}
    two_runs.glue.update_table(
        DatabaseName="analytics",
        TableInput={"Name": "features", "PartitionKeys": table["PartitionKeys"], "StorageDescriptor": descriptor},
    )
    with pytest.raises(OperationRefusedError, match="s3://lake/other/"):
        prepare(two_runs).run()


def test_in_place_is_refused_with_the_reason(lake: Lake) -> None:
    lake.create_table("in_place")
    lake.write("dt=2026-01-01/a.csv")
    lake.register()
    with pytest.raises(OperationRefusedError, match="written in place"):
        prepare(lake).run()
    assert len(lake.object_keys()) == 2


@pytest.mark.parametrize(
    ("state", "says"),
    [
        (("RUNNING", None), "its execution is RUNNING"),
        (("PENDING_REDRIVE", None), "its execution is PENDING_REDRIVE"),
        (("FAILED", NOW - 14 * DAY + timedelta(seconds=1)), "its execution ended at"),
        (("FAILED", NOW - 14 * DAY), None),
        (("SUCCEEDED", NOW - 30 * DAY), None),
    ],
)
def test_without_a_receipt_a_run_stays_until_its_execution_cannot_be_redriven(
    two_runs: Lake, state: tuple[str, datetime | None], says: str | None
) -> None:
    two_runs.write("dt=2026-01-01/a.csv", run="r0")
    report = prepare(two_runs, executions=KnownExecutions(r0=state)).run()
    reasons = {run.run_id: run.reason for run in report.kept}
    assert (keys_of(two_runs, "r0") == []) is (says is None)
    assert says is None or says in reasons["r0"]


def test_a_longer_keep_holds_for_runs_without_a_receipt_too(two_runs: Lake) -> None:
    two_runs.write("dt=2026-01-01/a.csv", run="r0")
    prepare(two_runs, keep=40 * DAY, executions=KnownExecutions(r0=("FAILED", NOW - 30 * DAY))).run()
    assert len(keys_of(two_runs, "r0")) == 1


def test_where_step_functions_knows_nothing_the_files_age_decides(two_runs: Lake) -> None:
    two_runs.write("dt=2026-01-01/a.csv", run="r0")
    (written,) = [
        item["LastModified"]
        for item in two_runs.s3.list_objects_v2(Bucket="lake", Prefix=two_runs.root("r0"))["Contents"]
    ]
    assert "r0" not in removed_runs(prepare(two_runs, now=written + 14 * DAY - timedelta(seconds=1)).run())
    assert "r0" in removed_runs(prepare(two_runs, now=written + 14 * DAY).run())
    assert keys_of(two_runs, "r0") == []


def test_a_run_that_died_before_its_receipt_is_kept_while_it_is_live(two_runs: Lake) -> None:
    two_runs.s3.delete_object(Bucket="lake", Key=f"{RECEIPTS}r2.json")
    report = prepare(two_runs).run()
    assert removed_runs(report) == ["r1"], "the stamps say since when r2 has replaced it"
    assert len(keys_of(two_runs, "r2")) == 2


def test_more_than_a_thousand_objects_go_in_batches_with_every_error_looked_at(two_runs: Lake) -> None:
    for number in range(1100):
        two_runs.write(f"dt=2026-01-01/more-{number}.csv", run="r1")
    refused = f"{two_runs.root('r1')}dt=2026-01-01/more-7.csv"

    def refuse(parsed: dict[str, Any]) -> None:
        parsed.setdefault("Errors", []).append({"Key": refused, "Code": "AccessDenied", "Message": "no"})

    def refuse_once(parsed: dict[str, Any]) -> None:
        if not healed:
            refuse(parsed)

    healed: list[bool] = []
    two_runs.amend("s3.DeleteObjects", refuse_once)
    two_runs.forget_calls()
    with pytest.raises(RemovalError, match=r"more-7\.csv: AccessDenied"):
        prepare(two_runs).run()
    assert two_runs.calls["DeleteObjects"] == 2
    assert read(two_runs).runs["r1"].receipt is not None, "what is not gone keeps its receipt"
    healed.append(True)
    assert removed_runs(prepare(two_runs).run()) == ["r1"]
    assert "r1" not in read(two_runs).runs


def test_an_empty_run_leaves_its_receipt_among_the_removed(two_runs: Lake) -> None:
    two_runs.register("r3", START + 2 * DAY, allow_empty=True)
    report = prepare(two_runs, now=datetime.now(START.tzinfo) + WEEK).run()
    assert "r3" in removed_runs(report)
    assert f"{RECEIPTS}removed/r3.json" in two_runs.object_keys()


def test_nothing_to_do_is_no_error(lake: Lake) -> None:
    lake.create_table()
    report = prepare(lake).run()
    assert (report.removed, report.kept, report.receipts) == ([], [], [])
