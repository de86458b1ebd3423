"""Tests of the read model: a table's runs, the partitions that point to them, and since when none does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from partitioned_pipelines.lake.runs.run_facts import build_run_id, started_at_of
from partitioned_pipelines.runtime.catalog import RegistrationError
from partitioned_pipelines.runtime.history.reader import HistoryReader
from partitioned_pipelines.runtime.history.table_address import comparable_location
from tests.runtime.registration.published_runs import DAY, RECEIPTS, START, address, point, publish, read

if TYPE_CHECKING:
    from tests.moto_lake import Lake


def test_runs_know_who_points_to_them_and_since_when_nobody_does(lake: Lake) -> None:
    lake.create_table()
    publish(lake, "r1", START, 1, 2)
    publish(lake, "r2", START + DAY, 1)
    publish(lake, "r3", START + 2 * DAY, 2, 3)
    history = read(lake)
    assert list(history.runs) == ["r1", "r2", "r3"]
    assert {run.run_id: run.live for run in history.runs.values()} == {
        "r1": [],
        "r2": [("2026-01-01",)],
        "r3": [("2026-01-02",), ("2026-01-03",)],
    }
    assert {run.run_id: run.ceased_at for run in history.runs.values()} == {
        "r1": START + 2 * DAY,
        "r2": None,
        "r3": None,
    }
    assert history.contradictions() == []
    assert history.unreceipted() == []


def test_a_run_that_was_never_live_ceased_when_it_was_registered(lake: Lake) -> None:
    lake.create_table()
    publish(lake, "r2", START + DAY, 1)
    publish(lake, "r1", START, 1, at=START + 2 * DAY)
    run = read(lake).runs["r1"]
    assert (run.live, run.ceased_at) == ([], START + 2 * DAY)


def test_a_run_without_a_receipt_is_known_by_its_folder(lake: Lake) -> None:
    lake.create_table()
    publish(lake, "r1", START, 1)
    run_id = build_run_id(START + DAY, "arn:x")
    lake.write("dt=2026-01-01/a.csv", run=run_id)
    run = read(lake).runs[run_id]
    assert (run.receipt, run.has_folder, run.live, run.ceased_at) == (None, True, [], None)
    assert run.started_at == START + DAY


def test_a_run_that_died_before_its_receipt_is_live_and_no_contradiction(lake: Lake) -> None:
    lake.create_table()
    publish(lake, "r1", START, 1)
    publish(lake, "r2", START + DAY, 1)
    lake.s3.delete_object(Bucket="lake", Key=f"{RECEIPTS}r2.json")
    history = read(lake)
    assert history.contradictions() == []
    assert [partition.run_id for partition in history.unreceipted()] == ["r2"]
    assert history.runs["r2"].live == [("2026-01-01",)]
    assert history.runs["r1"].ceased_at == START + DAY, "by the stamp of the partition, since no receipt says it"


def test_a_run_that_waited_for_the_lease_comes_after_the_one_that_it_waited_for(lake: Lake) -> None:
    """r2 started later, and took its time first; r1 registered while r2 waited."""
    lake.create_table()
    publish(lake, "r1", START, 1, at=START + 3 * DAY)
    publish(lake, "r2", START + DAY, 1, at=START + 2 * DAY)
    history = read(lake)
    assert [claim.receipt.receipt_id for claim in history.claims["2026-01-01",]] == ["r1", "r2"]
    assert history.contradictions() == []
    assert history.runs["r1"].ceased_at == START + 3 * DAY


@pytest.mark.parametrize(
    "location",
    [
        "s3://lake/tables/analytics/features/runs/r1/0b1c/dt=2026-01-01",
        "s3a://lake/tables/analytics/features/runs/r1/0b1c/dt=2026-01-01/",
        "s3://lake/tables/analytics/features/runs/r1",
        "s3://lake/tables/analytics/features/runs/",
        "s3://lake/tables/",
    ],
)
def test_whatever_reads_a_runs_files_points_to_it(lake: Lake, location: str) -> None:
    lake.create_table()
    publish(lake, "r1", START, 1)
    publish(lake, "r2", START + DAY, 1)
    point(lake, 1, location)
    assert read(lake).runs["r1"].live == [("2026-01-01",)]


def test_a_sibling_is_not_pointed_to(lake: Lake) -> None:
    lake.create_table()
    publish(lake, "r1", START, 1)
    publish(lake, "r11", START + DAY, 1)
    assert read(lake).runs["r1"].live == []


def test_a_partition_moved_by_hand_contradicts(lake: Lake) -> None:
    lake.create_table()
    publish(lake, "r1", START, 1, 2)
    point(lake, 1, "s3://elsewhere/dt=1/")
    (contradiction,) = read(lake).contradictions()
    assert contradiction.values == ("2026-01-01",)
    assert "s3://elsewhere/dt=1/" in str(contradiction)


def test_a_partition_that_is_gone_contradicts_and_nobody_can_tell_since_when(lake: Lake) -> None:
    lake.create_table()
    publish(lake, "r1", START, 1)
    lake.glue.delete_partition(DatabaseName="analytics", TableName="features", PartitionValues=["2026-01-01"])
    history = read(lake)
    assert [each.found for each in history.contradictions()] == [None]
    assert history.runs["r1"].ceased_at is None


def test_a_bad_receipt_is_told_and_the_others_are_read(lake: Lake) -> None:
    lake.create_table()
    publish(lake, "r1", START, 1)
    lake.s3.put_object(Bucket="lake", Key=f"{RECEIPTS}r2.json", Body=b'{"format_v')
    history = read(lake)
    assert [bad.uri for bad in history.bad_receipts] == [f"s3://lake/{RECEIPTS}r2.json"]
    assert history.runs["r1"].receipt is not None


def test_a_receipt_is_read_once_until_it_changes(lake: Lake) -> None:
    lake.create_table()
    publish(lake, "r1", START, 1)
    publish(lake, "r2", START + DAY, 1)
    reader = HistoryReader(lake.s3, lake.glue, address(lake))
    reader.read()
    lake.forget_calls()
    reader.read()
    assert lake.calls["GetObject"] == 0
    publish(lake, "r3", START + 2 * DAY, 1)
    lake.forget_calls()
    assert reader.read().runs["r1"].ceased_at == START + DAY
    assert lake.calls["GetObject"] == 1


def test_a_receipt_that_goes_while_it_is_read_is_left_out(lake: Lake) -> None:
    lake.create_table()
    publish(lake, "r1", START, 1)
    lake.answer("s3.GetObject", lambda _: {"Error": {"Code": "NoSuchKey", "Message": "gone"}})
    assert read(lake).runs["r1"].receipt is None


def test_removed_receipts_are_no_runs(lake: Lake) -> None:
    lake.create_table()
    publish(lake, "r1", START, 1)
    lake.s3.put_object(Bucket="lake", Key=f"{RECEIPTS}removed/r0.json", Body=b"{}")
    history = read(lake)
    assert (list(history.runs), history.bad_receipts) == (["r1"], [])


def test_in_place_runs_are_told_apart_by_the_stamps(lake: Lake) -> None:
    lake.create_table("in_place")
    for run, day in (("r1", 1), ("r2", 2)):
        lake.write(f"dt=2026-01-{day:02}/a.csv", run=run)
        lake.register(run, START + day * DAY)
        lake.age()
    history = read(lake)
    assert {run.run_id: run.live for run in history.runs.values()} == {
        "r1": [("2026-01-01",)],
        "r2": [("2026-01-02",)],
    }
    assert not any(run.has_folder for run in history.runs.values())
    assert history.contradictions() == []


def test_a_table_that_is_gone_is_named(lake: Lake) -> None:
    lake.create_table()
    publish(lake, "r1", START, 1)
    lake.glue.delete_table(DatabaseName="analytics", Name="features")
    with pytest.raises(RegistrationError, match=r"analytics\.features"):
        read(lake)
    alone = HistoryReader(lake.s3, lake.glue, address(lake)).read_receipts_alone()
    assert list(alone.claims) == [("2026-01-01",)]


def test_a_run_id_gives_its_start_back() -> None:
    assert started_at_of(build_run_id(START, "arn")) == START
    for other in ("r1", "20261399T000000Z-00000000", "20261101T000000Z-0000000", ""):
        assert started_at_of(other) is None


def test_locations_are_compared_in_one_spelling() -> None:
    assert comparable_location("S3A://lake/x//") == "s3://lake/x/"
    assert comparable_location("") == "/"
