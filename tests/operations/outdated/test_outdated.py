"""Tests of ``outdated``: runs that readers see, and whose inputs were published or written again after they had read them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from partitioned_pipelines.lake.runs.inputs import InvalidRunInputsError
from partitioned_pipelines.operations.outdated import InputChanges, OutdatedRun, find_outdated
from partitioned_pipelines.runtime.history.reader import HistoryReader
from partitioned_pipelines.runtime.history.receipts import read_receipt
from partitioned_pipelines.runtime.history.table_address import TableAddress
from partitioned_pipelines.runtime.planning import step_inputs
from partitioned_pipelines.runtime.planning.planning import plan_run
from tests.moto_lake import STARTED_AT
from tests.runtime.planning.test_manifest import table_input
from tests.runtime.planning.test_planning import event

if TYPE_CHECKING:
    from tests.moto_lake import Lake

RAW = "raw/feature_table/2021/12/16/"
FEATURES = TableAddress("lake", "analytics", "features", "versioned")


def planned(lake: Lake, **extract: Any) -> str:
    """Plan a run of 16 December, and return the record of its inputs."""
    request = event({"date": "2021-12-16"}, **extract)
    request["spec"]["run_inputs"] = "s3://{lake}/tables/analytics/features/receipts/inputs/{run_id}/"
    return plan_run(request, lake.s3, glue=lambda: lake.glue)["inputs_record"]


def publish(lake: Lake, run: str, *days: int, record: str = "", hours: int = 0) -> None:
    """Publish days of December as a run, which began some hours after the first."""
    for day in days:
        lake.write(f"dt=2021-12-{day}/{run}.csv", run=run)
    request = lake.event(run, STARTED_AT + timedelta(hours=hours))
    if record:
        request["run"]["inputs_record"] = record
    assert lake.send(request)["outcome"] == "registered"


@pytest.fixture
def derived(lake: Lake) -> Lake:
    """Return a lake in which r1 wrote two days of a table, and `derived` read them and a day's raw data for a third."""
    lake.create_table()
    publish(lake, "r1", 14, 15)
    for name in "a.csv", "b.csv":
        lake.s3.put_object(Bucket="lake", Key=f"{RAW}{name}", Body=b"1")
    lake.age()
    record = planned(lake, table_inputs=[table_input()])
    publish(lake, "derived", 16, record=record, hours=1)
    return lake


def found(lake: Lake) -> list[OutdatedRun]:
    changes = InputChanges(lake.s3, lake.glue, lambda name: FEATURES if name == "analytics.features" else None)
    runs, _ = find_outdated([HistoryReader(lake.s3, lake.glue, FEATURES).read()], changes)
    return runs


def test_a_receipt_names_what_the_run_read(derived: Lake) -> None:
    receipt: Any = read_receipt(derived.s3, FEATURES, f"{FEATURES.receipts.prefix}derived.json")
    (table,), (objects,) = receipt.inputs.tables, receipt.inputs.objects
    assert (table.table, table.partitions, table.runs, len(table.sha256)) == ("analytics.features", 2, 1, 64)
    assert (objects.uri, objects.objects) == (f"s3://lake/{RAW}", 2)
    older: Any = read_receipt(derived.s3, FEATURES, f"{FEATURES.receipts.prefix}r1.json")
    assert older.inputs is None


def test_nothing_is_outdated_as_long_as_nothing_changes(derived: Lake) -> None:
    assert found(derived) == []
    publish(derived, "r2", 17, hours=2)
    derived.s3.put_object(Bucket="lake", Key="raw/feature_table/2021/12/17/c.csv", Body=b"1")
    assert found(derived) == [], "a new day, which the run could not have read"


def test_a_partition_that_was_published_again(derived: Lake) -> None:
    publish(derived, "r2", 15, hours=2)
    (run,) = found(derived)
    (change,) = run.changes
    assert (run.receipt.receipt_id, change.source, change.count) == ("derived", "analytics.features", 1)
    assert change.problem == "1 of 2 partitions were published again, such as 2021-12-15 by r2"


def test_a_partition_that_was_dropped_was_not_published_again(derived: Lake) -> None:
    derived.glue.delete_partition(DatabaseName="analytics", TableName="features", PartitionValues=["2021-12-15"])
    assert found(derived) == []


@pytest.mark.parametrize("name", ["a.csv", "c.csv"])
def test_an_object_that_was_written_later(derived: Lake, name: str) -> None:
    derived.s3.put_object(Bucket="lake", Key=f"{RAW}{name}", Body=b"2")
    ((change,),) = (run.changes for run in found(derived))
    assert (change.step, change.name, change.source, change.count) == ("extract", "raw", f"s3://lake/{RAW}", 1)
    assert f"1 of {3 if name == 'c.csv' else 2} objects are newer, such as {RAW}{name}" in change.problem


def test_an_object_that_was_added_in_the_same_second(derived: Lake) -> None:
    derived.s3.put_object(Bucket="lake", Key=f"{RAW}c.csv", Body=b"2")
    derived.age(timedelta(hours=4))
    ((change,),) = (run.changes for run in found(derived))
    assert change.problem == "1 of 3 objects were added"


def test_an_input_that_was_counted_in_part_is_compared_with_the_runs_start(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(step_inputs, "MOST_COUNTED", 1)
    lake.create_table()
    for name in "a.csv", "b.csv":
        lake.s3.put_object(Bucket="lake", Key=f"{RAW}{name}", Body=b"1")
    lake.age()
    written = lake.s3.head_object(Bucket="lake", Key=f"{RAW}b.csv")["LastModified"]
    publish(lake, "derived", 16, record=planned(lake), hours=int((written - STARTED_AT).total_seconds() // 3600) + 1)
    assert found(lake) == []
    lake.s3.put_object(Bucket="lake", Key=f"{RAW}c.csv", Body=b"1")
    assert [change.count for run in found(lake) for change in run.changes] == [1]


def test_a_run_that_was_replaced_is_not_listed(derived: Lake) -> None:
    publish(derived, "r2", 15, hours=2)
    publish(derived, "again", 16, record=planned(derived, table_inputs=[table_input("interval")], inputs=[]), hours=3)
    assert found(derived) == []


def test_a_run_without_a_record_is_counted(derived: Lake) -> None:
    changes = InputChanges(derived.s3, derived.glue, lambda _: FEATURES)
    assert find_outdated([HistoryReader(derived.s3, derived.glue, FEATURES).read()], changes) == ([], 1)


def test_a_list_that_is_gone_or_changed_is_named(derived: Lake) -> None:
    (key,) = (key for key in derived.object_keys() if key.endswith(".jsonl"))
    derived.s3.put_object(Bucket="lake", Key=key, Body=b"[]\n")
    with pytest.raises(InvalidRunInputsError, match="its content has another SHA-256"):
        found(derived)
    derived.s3.delete_object(Bucket="lake", Key=key)
    with pytest.raises(InvalidRunInputsError, match="a list of partitions that a run read, was deleted"):
        found(derived)


def test_a_record_that_is_gone_stops_the_registration_before_it_publishes(derived: Lake) -> None:
    record = planned(derived)
    derived.s3.delete_object(Bucket="lake", Key=record.removeprefix("s3://lake/"))
    with pytest.raises(InvalidRunInputsError, match=r"the record of the run's inputs, was deleted"):
        publish(derived, "late", 18, record=record)
    assert ("2021-12-18",) not in derived.partitions()
