"""Tests that a registration that runs out of time ends between two batches, and the next call continues from there."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from partitioned_pipelines.lake.key_layout import receipt_key
from partitioned_pipelines.runtime.catalog import RegistrationError
from partitioned_pipelines.runtime.registration.progress import RESERVE_SECONDS, TimeBudget
from tests.moto_lake import STARTED_AT

if TYPE_CHECKING:
    from tests.moto_lake import Lake

WAVE = 100  # instead of 1,000 and 10,000, which are slow in moto
COUNT = 250  # three waves
LATER = STARTED_AT + timedelta(days=1)


@pytest.fixture(autouse=True)
def small_waves(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("FIRST_WAVE", "WAVE"):
        monkeypatch.setattr(f"partitioned_pipelines.runtime.registration.publication.{name}", WAVE)


def write_numbers(lake: Lake, count: int, run: str) -> None:
    for number in range(count):
        lake.write(f"n={number}/a.csv", run=run)


def limit(lake: Lake, operation: str, calls: int) -> None:
    """Set a time budget that ends after a number of calls of an operation."""
    lake.forget_calls()
    lake.budget = TimeBudget(lambda: RESERVE_SECONDS + (1 if lake.calls[operation] < calls else 0))


def register_in_calls(lake: Lake, run: str, operation: str, calls_each: int, **table: Any) -> list[dict[str, Any]]:
    """Register as the state machine does: repeat with the last result until it is not ``continue``."""
    results: list[dict[str, Any]] = []
    while not results or results[-1]["outcome"] == "continue":
        limit(lake, operation, calls_each)
        event = lake.event(run, LATER if run == "r2" else STARTED_AT, **table)
        event["registrations"] = {"analytics__features": json.loads(json.dumps(results[-1]))} if results else {}
        results.append(lake.send(event))
        assert len(results) < 20
    return results


def test_what_a_call_leaves_the_next_carries_on(lake: Lake) -> None:
    lake.create_table(keys="n:int")
    write_numbers(lake, COUNT, "r1")
    results = register_in_calls(lake, "r1", "BatchCreatePartition", 1)
    assert [result["created"] for result in results] == [100, 200, 250]
    assert [result["outcome"] for result in results] == ["continue", "continue", "registered"]
    assert [bool(result["receipt"]) for result in results] == [False, False, True]
    assert len(lake.partitions()) == COUNT
    receipt = json.loads(
        lake.s3.get_object(Bucket="lake", Key=receipt_key("analytics", "features", "r1"))["Body"].read()
    )
    assert len(receipt["partitions"]) == COUNT
    assert set(lake.stamps("registered_at").values()) == {receipt["registered_at"]}


def test_what_is_handed_on_does_not_grow_with_the_run(lake: Lake) -> None:
    lake.create_table(keys="n:int")
    write_numbers(lake, COUNT, "r1")
    first, *_ = register_in_calls(lake, "r1", "BatchCreatePartition", 1)
    assert len(json.dumps(first)) < 1000


def test_each_part_is_audited_and_registered_once(lake: Lake) -> None:
    lake.create_table(keys="n:int")
    write_numbers(lake, COUNT, "r1")
    total: dict[str, int] = {}

    def count(model: Any, **_: object) -> None:
        total[model.name] = total.get(model.name, 0) + 1

    lake.s3.meta.events.register("before-call", count)
    lake.glue.meta.events.register("before-call", count)
    results = register_in_calls(lake, "r1", "BatchCreatePartition", 1)
    assert total["BatchCreatePartition"] == 3
    assert total["BatchGetPartition"] == 1, "of some partitions, at the end"
    audits_and_checks = total["GetObject"]
    assert audits_and_checks <= 128 + 16 + 3 + len(results), "a sample, the smallest files, the lease and the receipt"


def test_the_counts_of_a_repointing_are_summed_up_and_its_receipt_knows_what_stayed_newer(lake: Lake) -> None:
    """The later run has every tenth partition; the earlier one, which ends late, gets all others."""
    lake.create_table(keys="n:int")
    for number in range(0, COUNT, 10):
        lake.write(f"n={number}/a.csv", run="r2")
    lake.register("r2", LATER)
    write_numbers(lake, COUNT, "r1")
    last = register_in_calls(lake, "r1", "BatchCreatePartition", 1)[-1]
    assert (last["created"], last["repointed"], last["unchanged"], last["kept_newer"]) == (225, 0, 0, 25)
    receipt = json.loads(
        lake.s3.get_object(Bucket="lake", Key=receipt_key("analytics", "features", "r1"))["Body"].read()
    )
    assert {entry["folder"] for entry in receipt["kept_newer"]} == {f"n={number}/" for number in range(0, COUNT, 10)}
    assert len(receipt["partitions"]) == 225


def test_a_sweep_is_carried_on_too(lake: Lake) -> None:
    lake.create_table("in_place", keys="n:int")
    for number in range(1500):
        lake.write(f"n=1/{number:04}.csv")
    lake.age()
    lake.write("n=1/new.csv")
    results = register_in_calls(lake, "r1", "DeleteObjects", 1)
    assert [result["swept"] for result in results] == [1000, 1500]
    assert len([key for key in lake.object_keys() if "/n=1/" in key]) == 1


def test_the_same_call_twice_gives_the_same_catalog(lake: Lake) -> None:
    lake.create_table(keys="n:int")
    write_numbers(lake, 150, "r1")
    limit(lake, "BatchCreatePartition", 1)
    first = lake.send(lake.event())
    lake.budget = TimeBudget()
    event = {**lake.event(), "registrations": {"t": first}}
    assert lake.send(event)["created"] == 150
    before = lake.partitions()
    assert lake.send(event)["unchanged"] == 50
    assert lake.partitions() == before


def test_a_continuation_of_another_attempts_output_is_none(lake: Lake) -> None:
    """A redrive that reruns the job writes to another root: all of that is registered."""
    lake.create_table(keys="n:int")
    write_numbers(lake, 150, "r1")
    limit(lake, "BatchCreatePartition", 1)
    first = lake.send(lake.event())
    lake.budget = TimeBudget()
    event = {**lake.event(), "registrations": {"t": first}}
    event["source"]["s3_uri"] = event["source"]["s3_uri"].replace("0b1c", "9f00")
    for number in range(3):
        key = f"{lake.root().replace('0b1c', '9f00')}n={number}/a.csv"
        lake.s3.put_object(Bucket="lake", Key=key, Body=b"a,1\n")
    assert lake.send(event)["repointed"] == 3


def test_a_call_that_gets_nothing_done_fails_instead_of_going_round_for_ever(lake: Lake) -> None:
    lake.create_table(keys="n:int")
    write_numbers(lake, 3, "r1")
    lake.budget = TimeBudget(lambda: 0)
    first = lake.send(lake.event())
    assert (first["outcome"], first["continuation"]["audited"]) == ("continue", True)
    with pytest.raises(RegistrationError, match="one call was not enough"):
        lake.send({**lake.event(), "registrations": {"t": first}})
    assert lake.partitions() == {}
