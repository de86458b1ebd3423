"""Tests of two concurrent registrations of a table, and of an older run that ends last."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from partitioned_pipelines.runtime.lease import LEASE_SECONDS, LeaseLostError
from partitioned_pipelines.runtime.registration.registration import register_partitions
from tests.moto_lake import REGION, STARTED_AT
from tests.runtime.faults.table_reader import TableReader

if TYPE_CHECKING:
    from partitioned_pipelines.lake.function_events.payloads import RegistrationAnswer
    from tests.moto_lake import Lake

RUNS = {f"r{number}": STARTED_AT + timedelta(minutes=number) for number in range(1, 5)}
COUNT = 30


def write_runs(lake: Lake) -> None:
    lake.create_table(keys="n:int")
    for run in RUNS:
        for number in range(COUNT):
            lake.write(f"n={number}/a.csv", run=run)


def locations_of(lake: Lake, run: str) -> dict[tuple[str, ...], str]:
    return {(str(number),): f"s3://lake/{lake.root(run)}n={number}/" for number in range(COUNT)}


@pytest.mark.parametrize("order", [["r1", "r2", "r3", "r4"], ["r4", "r3", "r2", "r1"], ["r2", "r4", "r1", "r3"]])
def test_in_any_order_the_run_that_started_last_is_live(lake: Lake, order: list[str]) -> None:
    write_runs(lake)
    for run in order:
        lake.register(run, RUNS[run])
    assert TableReader.locations() == locations_of(lake, "r4")


def test_registrations_at_once_take_turns_and_converge(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    write_runs(lake)
    under_way: list[str] = []
    most: list[int] = []

    def note(model: Any, **_: object) -> None:
        if model.name.startswith("Batch"):
            under_way.append("")
            most.append(len(under_way))

    def forget(model: Any, **_: object) -> None:
        if model.name.startswith("Batch"):
            under_way.pop()

    lake.glue.meta.events.register("before-call", note)
    lake.glue.meta.events.register("after-call", forget)

    def register(run: str) -> RegistrationAnswer:
        return register_partitions(lake.event(run, RUNS[run]), lake.s3, lake.glue, threads=1)

    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(register, RUNS))
    assert max(most) == 1
    assert TableReader.locations() == locations_of(lake, "r4")
    assert all(result["created"] + result["repointed"] + result["kept_newer"] == COUNT for result in results)


def test_a_holder_that_was_taken_over_writes_nothing_more(lake: Lake) -> None:
    """It pauses after its first batch for longer than its lease lasts; another one registers; then it resumes."""
    lake.create_table(keys="n:int")
    for run, count in (("r1", 250), ("r2", 5)):
        for number in range(count):
            lake.write(f"n={number}/a.csv", run=run)
    asleep = [True]
    other = replace(lake, glue=boto3.client("glue", region_name=REGION))  # another function has its own client

    def sleep_and_let_the_other_register(_parsed: dict[str, Any]) -> None:
        if asleep:
            asleep.clear()
            lake.slept.append(LEASE_SECONDS * 3)
            other.register("r2", RUNS["r2"])

    lake.amend("glue.BatchCreatePartition", sleep_and_let_the_other_register)
    with pytest.raises(LeaseLostError, match=r"was deleted|before Glue had answered"):
        lake.register("r1", RUNS["r1"])
    first_batch = set(sorted(str(number) for number in range(250))[:100])
    assert {values[0] for values in TableReader.locations()} == first_batch | {"0", "1", "2", "3", "4"}
    lake.register("r1", RUNS["r1"])
    runs = {location.split("/runs/")[1][:2] for location in TableReader.locations().values()}
    assert runs == {"r1", "r2"}
    assert sum("/r2/" in location for location in TableReader.locations().values()) == 5
