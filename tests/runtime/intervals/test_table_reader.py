"""What a table tells of intervals: its catalog, marks, receipts, drops and rollbacks, or its folders."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

import pytest

from partitioned_pipelines.lake.intervals.cadence import Cadence
from partitioned_pipelines.lake.intervals.calendar import Calendar
from partitioned_pipelines.lake.intervals.clock import Clock
from partitioned_pipelines.lake.intervals.execution_input import IntervalRule
from partitioned_pipelines.lake.key_layout import interval_mark_key
from partitioned_pipelines.lake.partitions.key_value import PartitionKey
from partitioned_pipelines.lake.runs.interval_mark import IntervalMark
from partitioned_pipelines.operations.doctor import accept_dropped
from partitioned_pipelines.runtime.intervals.evidence import Answers
from partitioned_pipelines.runtime.intervals.mark_reader import write_missing_marks
from partitioned_pipelines.runtime.intervals.partitions import TableKeys
from partitioned_pipelines.runtime.intervals.table_reader import IntervalTable, explain, read_evidence
from partitioned_pipelines.runtime.registration.registration import register_partitions
from tests.moto_lake import STARTED_AT
from tests.runtime.registration.published_runs import DAY, START, address, lease_of, prepare_rollback, publish
from tests.runtime.registration.published_runs import Clock as MovedClock

if TYPE_CHECKING:
    from partitioned_pipelines.runtime.intervals.evidence import TableEvidence
    from tests.moto_lake import Lake

RULE = IntervalRule(Calendar(Cadence.parse("day"), Clock("UTC")), -1)


def table_of(lake: Lake, registration: Literal["lambda", "msck", "projection"] = "lambda") -> IntervalTable:
    keys = tuple(PartitionKey(key["name"] or "", key["type"] or "", key["date_format"]) for key in lake.keys)
    return IntervalTable(address(lake), TableKeys(keys, Clock("UTC")), registration, RULE)


def january(day: int) -> datetime:
    return datetime(2026, 1, day, tzinfo=UTC)


def evidence(lake: Lake, *days: int) -> TableEvidence:
    """Read what is published in the time from one day to another, or all that is known."""
    if days:
        return read_evidence(lake.s3, lake.glue, table_of(lake), (january(days[0]), january(days[1])))
    return explain(lake.s3, lake.glue, table_of(lake), read_evidence(lake.s3, lake.glue, table_of(lake), None))


def put_mark(lake: Lake, first: int, after: int, number: int = 1) -> IntervalMark:
    mark = IntervalMark(january(first), january(after), "published", f"20261101T00000{number}Z-0123abcd")
    lake.s3.put_object(Bucket="lake", Key=interval_mark_key("analytics", "features", mark.name))
    return mark


def test_a_part_of_a_table_is_read_with_one_call(lake: Lake) -> None:
    lake.create_table()
    publish(lake, "r1", START, *range(1, 29))
    lake.forget_calls()
    found = evidence(lake, 10, 12)
    assert found.answers is Answers.PARTITIONS
    assert {each.start.day for each in found.partitions} == {9, 10, 11, 12, 13}, "a day more at both ends"
    assert {each.run_id for each in found.partitions} == {"r1"}
    assert (lake.calls["GetPartitions"], lake.calls["ListObjectsV2"], lake.calls["GetObject"]) == (1, 1, 0)


def test_a_whole_table_is_read_in_segments(lake: Lake) -> None:
    lake.create_table()
    publish(lake, "r1", START, 1, 2)
    segments: list[Any] = []
    lake.glue.meta.events.register(
        "provide-client-params.glue.GetPartitions", lambda params, **_: segments.append(params["Segment"])
    )
    assert {each.start for each in evidence(lake).partitions} == {january(1), january(2)}
    # Requested concurrently, in any order.
    assert sorted(segments, key=lambda segment: segment["SegmentNumber"]) == [
        {"SegmentNumber": number, "TotalSegments": 10} for number in range(10)
    ]


def test_marks_are_listed_from_the_first_interval_on(lake: Lake) -> None:
    lake.create_table()
    marks = [put_mark(lake, day, day + 1, day) for day in range(1, 5)]
    lake.s3.put_object(Bucket="lake", Key=interval_mark_key("analytics", "features", "20260101.note"))
    assert evidence(lake, 3, 5).marks == marks[2:]
    assert evidence(lake, 2, 3).marks == marks[1:2]
    explained = explain(lake.s3, lake.glue, table_of(lake), evidence(lake, 3, 5))
    assert list(explained.marks) == marks, "a mark that begins earlier may reach into the time"


def test_receipts_without_a_mark_tell_what_it_would(lake: Lake) -> None:
    lake.create_table()
    publish(lake, "r1", START, 1)
    lake.send(lake.event("r2", STARTED_AT, allow_empty=True))
    marked = "20261103T000000Z-0123abcd"
    lake.write("dt=2026-01-03/a.csv", run=marked)
    event = lake.event(marked)
    event["run"]["interval"] = "20260103T000000Z-20260104T000000Z"
    register_partitions(event, lake.s3, lake.glue)
    receipts = "tables/analytics/features/receipts/"
    lake.s3.put_object(Bucket="lake", Key=f"{receipts}bad.json", Body=b"{}")
    lake.s3.copy_object(
        Bucket="lake", Key=f"{receipts}removed/r1.json", CopySource={"Bucket": "lake", "Key": f"{receipts}r1.json"}
    )
    lake.s3.delete_object(Bucket="lake", Key=f"{receipts}r1.json")  # as vacuum leaves it
    found = evidence(lake)
    assert {(mark.run_id, mark.outcome, mark.start.date().isoformat()) for mark in found.marks} == {
        ("r1", "published", "2021-12-15"),
        ("r2", "empty", "2021-12-15"),
        (marked, "published", "2026-01-03"),
    }


def test_missing_marks_are_written_once(lake: Lake) -> None:
    lake.create_table()
    run_ids = [f"2026110{number}T000000Z-0123abcd" for number in (1, 2)]
    for day, run_id in enumerate(run_ids, 1):
        publish(lake, run_id, START + day * DAY, day)
    publish(lake, "r3", START + 3 * DAY, 3)  # not a run id of this project: its receipt goes on to tell
    before = evidence(lake).marks
    assert write_missing_marks(lake.s3, address(lake), RULE) == 2
    lake.forget_calls()
    assert sorted(evidence(lake).marks, key=lambda mark: mark.run_id) == list(before)
    assert lake.calls["GetObject"] == 1
    assert write_missing_marks(lake.s3, address(lake), RULE) == 0


def test_a_drop_on_purpose_is_read_from_its_receipt(lake: Lake) -> None:
    lake.create_table()
    publish(lake, "r1", START, 1, 2)
    lake.glue.delete_partition(DatabaseName="analytics", TableName="features", PartitionValues=["2026-01-02"])
    accept_dropped(lake.s3, lake.glue, address(lake), lambda: lease_of(lake, MovedClock(START + DAY))())
    assert evidence(lake).dropped == [(january(2), january(3))]
    assert evidence(lake, 1, 3).dropped == (), "read only to explain"


@pytest.fixture
def by_store(lake: Lake) -> Lake:
    """Return a lake whose table has no time in its keys: three runs wrote two stores, the last one only the first store."""
    lake.create_table(keys="store:string:")
    for number, stores in enumerate(("a", "ab", "ab"), 1):
        for store in stores:
            lake.write(f"store={store}/x.csv", run=f"r{number}")
        started = START + number * DAY
        register_partitions(lake.event(f"r{number}", started), lake.s3, lake.glue, now=MovedClock(started))
    return lake


def test_runs_tell_where_keys_name_no_time(by_store: Lake) -> None:
    found = evidence(by_store, 1, 2)
    assert (found.answers, found.partitions, found.withdrawn) == (Answers.RUNS, (), {})
    assert {mark.run_id for mark in found.marks} == {"r1", "r2", "r3"}


def test_a_rollback_withdraws_the_runs_after_its_target(by_store: Lake) -> None:
    prepare_rollback(by_store, "store=b", to="r2").run()
    assert evidence(by_store).withdrawn == {}, "the other store still shows the newest run"
    prepare_rollback(by_store, "store=a", to="r2", clock=MovedClock(START + 12 * DAY)).run()
    assert evidence(by_store).withdrawn == {"r3": "rolled back"}
    prepare_rollback(by_store, to="r3", clock=MovedClock(START + 14 * DAY)).run()
    assert evidence(by_store).withdrawn == {}, "forward again"


def test_folders_tell_under_partition_projection(lake: Lake) -> None:
    lake.create_table("in_place", keys="dt:string:%Y-%m-%d store:string:")
    for key in (
        "dt=2026-01-01/store=a/x",
        "dt=2026-01-02/store=a/x",
        "dt=2026-01-02/store=b/x",
        "dt=oops/x",
        "other/x",
    ):
        lake.write(key)
    lake.forget_calls()
    found = read_evidence(lake.s3, lake.glue, table_of(lake, "projection"), (january(1), january(3)))
    assert [(each.start, each.end) for each in found.partitions] == [
        (january(day), january(day) + timedelta(days=1)) for day in (1, 2)
    ]
    assert not found.marks_publishing
    assert lake.calls == {"ListObjectsV2": 2}, "the marks, and one level of folders"
