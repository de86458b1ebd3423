"""Tests of registering runs that overwrite each other: which objects are touched or deleted, and when."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from partitioned_pipelines.lake.function_events.requests import InvalidRequestError
from partitioned_pipelines.runtime.registration.checks import EmptyOutputError
from partitioned_pipelines.runtime.registration.finished_job import (
    InvalidCreationTimeError,
    parse_creation_time,
)
from partitioned_pipelines.runtime.registration.sweep import SweepError

if TYPE_CHECKING:
    from tests.moto_lake import Lake

OUTPUT = "tables/analytics/features/output/"
STARTED_AT = datetime(2026, 11, 23, 16, 0, 0, tzinfo=UTC)


@pytest.fixture
def in_place(lake: Lake) -> Lake:
    lake.create_table("in_place")
    return lake


def test_only_touched_partitions_are_registered_and_stamped(in_place: Lake) -> None:
    in_place.write("dt=2021-12-14/partition.csv")
    in_place.register("r1", STARTED_AT)
    in_place.age()
    in_place.write("dt=2021-12-15/partition.csv")
    result = in_place.register("r2", STARTED_AT)
    assert (result["created"], result["unchanged"], result["objects"], result["swept"]) == (1, 0, 1, 0)
    assert in_place.stamps("run_id") == {("2021-12-14",): "r1", ("2021-12-15",): "r2"}
    assert in_place.locations()["2021-12-15",] == f"s3://lake/{OUTPUT}dt=2021-12-15/"


def test_a_rerun_with_fewer_files_sweeps_what_is_older_after_registering(in_place: Lake) -> None:
    in_place.write("dt=2021-12-15/a.csv")
    in_place.write("dt=2021-12-15/b.csv")
    in_place.write("dt=2021-12-15/nested/old.csv")
    in_place.write("dt=2021-12-14/a.csv")
    in_place.write("dt=2021-12-15/_SUCCESS")
    in_place.age()
    in_place.write("dt=2021-12-15/a.csv")
    in_place.forget_calls()
    result = in_place.register()
    assert (result["swept"], result["objects"]) == (2, 1)
    assert [key for key in in_place.object_keys() if key.startswith(OUTPUT)] == [
        f"{OUTPUT}dt=2021-12-14/a.csv",
        f"{OUTPUT}dt=2021-12-15/_SUCCESS",
        f"{OUTPUT}dt=2021-12-15/a.csv",
    ]
    writes = ("PutObject", "BatchCreatePartition", "BatchUpdatePartition", "DeleteObjects", "DeleteObject")
    assert [name for name in in_place.order if name in writes] == [
        "PutObject",  # the lease
        "BatchCreatePartition",
        "DeleteObjects",
        "PutObject",  # the receipt
        "DeleteObject",  # the lease
    ]


def test_a_rerun_is_stamped_anew_and_counts_as_unchanged(in_place: Lake) -> None:
    in_place.write("dt=2021-12-15/a.csv")
    in_place.register("r1", STARTED_AT)
    in_place.write("dt=2021-12-15/a.csv", b"longer,2\n")
    result = in_place.register("r2", STARTED_AT + timedelta(days=1))
    assert (result["created"], result["repointed"], result["unchanged"]) == (0, 0, 1)
    assert in_place.stamps("run_id") == {("2021-12-15",): "r2"}
    assert in_place.stamps("bytes") == {("2021-12-15",): "9"}


def test_an_earlier_run_that_ends_late_is_what_is_there(in_place: Lake) -> None:
    in_place.write("dt=2021-12-15/a.csv")
    in_place.register("r2", STARTED_AT + timedelta(days=1))
    in_place.write("dt=2021-12-15/a.csv", b"earlier,1\n")
    assert in_place.register("r1", STARTED_AT)["kept_newer"] == 0
    assert in_place.stamps("run_id") == {("2021-12-15",): "r1"}


def test_an_old_bad_path_is_no_fault_of_this_run(in_place: Lake) -> None:
    in_place.write("stray.csv")
    in_place.write("dt=2020-02-30/a.csv")
    in_place.age()
    in_place.write("dt=2021-12-15/a.csv")
    assert in_place.register()["bad_path_count"] == 0
    assert f"{OUTPUT}stray.csv" in in_place.object_keys()


def test_nothing_new_is_no_data(in_place: Lake) -> None:
    in_place.write("dt=2021-12-15/a.csv")
    in_place.age()
    with pytest.raises(EmptyOutputError):
        in_place.register()
    assert in_place.object_keys() == [f"{OUTPUT}dt=2021-12-15/a.csv"]


def test_objects_of_the_very_second_are_the_runs(in_place: Lake) -> None:
    in_place.write("dt=2021-12-15/a.csv")
    modified = in_place.s3.head_object(Bucket="lake", Key=f"{OUTPUT}dt=2021-12-15/a.csv")["LastModified"]
    event = in_place.event()
    event["source"]["creation_time"] = modified.replace(microsecond=999000).isoformat()
    assert in_place.send(event)["created"] == 1
    event["source"]["creation_time"] = int((modified + timedelta(seconds=1)).timestamp() * 1000)
    with pytest.raises(EmptyOutputError):
        in_place.send(event)


def test_sweeping_in_batches_of_a_thousand(in_place: Lake) -> None:
    for number in range(1005):
        in_place.write(f"dt=2021-12-15/{number}.csv")
    in_place.age()
    in_place.write("dt=2021-12-15/new.csv")
    in_place.forget_calls()
    assert in_place.register()["swept"] == 1005
    assert in_place.calls["DeleteObjects"] == 2
    assert [key for key in in_place.object_keys() if key.startswith(OUTPUT)] == [f"{OUTPUT}dt=2021-12-15/new.csv"]


def failing_deletion(code: str) -> Any:  # what S3 answers
    return lambda _: {"Errors": [{"Key": f"{OUTPUT}dt=2021-12-15/old.csv", "Code": code}]}


def test_each_error_of_a_deletion_is_looked_at(in_place: Lake) -> None:
    in_place.write("dt=2021-12-15/old.csv")
    in_place.age()
    in_place.write("dt=2021-12-15/new.csv")
    in_place.answer("s3.DeleteObjects", failing_deletion("InternalError"))
    with pytest.raises(SweepError, match=r"s3://lake/.*/dt=2021-12-15/old\.csv: InternalError"):
        in_place.register()
    assert not any("receipts" in key for key in in_place.object_keys())


def test_an_object_that_was_overwritten_since_it_was_listed_stays(in_place: Lake) -> None:
    in_place.write("dt=2021-12-15/old.csv")
    in_place.age()
    in_place.write("dt=2021-12-15/new.csv")
    etag = in_place.s3.head_object(Bucket="lake", Key=f"{OUTPUT}dt=2021-12-15/old.csv")["ETag"]
    sent: list[dict[str, Any]] = []
    in_place.s3.meta.events.register(
        "provide-client-params.s3.DeleteObjects", lambda params, **_: sent.append(params["Delete"])
    )
    in_place.answer("s3.DeleteObjects", failing_deletion("PreconditionFailed"))
    assert in_place.register()["swept"] == 0
    assert sent[0]["Objects"] == [{"Key": f"{OUTPUT}dt=2021-12-15/old.csv", "ETag": etag}]


def test_the_job_must_have_written_to_the_tables_own_folder(in_place: Lake) -> None:
    event = in_place.event()
    event["source"]["s3_uri"] = f"s3://lake/{OUTPUT}sub/"
    with pytest.raises(InvalidRequestError, match="written in place"):
        in_place.send(event)


NOW = datetime(2026, 11, 23, 17, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "value",
    [
        1795453200999,
        1795453200999.5,
        "2026-11-23T17:00:00.999Z",
        "2026-11-23T17:00:00Z",
        "2026-11-24T02:00:00+09:00",
    ],
)
def test_a_creation_time_is_floored_to_the_second(value: object) -> None:
    assert parse_creation_time(value, NOW) == NOW


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        "",
        "yesterday",
        "2026-11-23T17:00:00",
        1795453200,  # seconds: 1970
        1795453200999000,  # microseconds
        10**30,
        float("nan"),
        float("inf"),
        0,
        "2016-01-01T00:00:00Z",
        "2026-11-23T18:00:01Z",  # in the future
        [],
    ],
)
def test_an_implausible_creation_time_is_refused(value: object) -> None:
    with pytest.raises(InvalidCreationTimeError) as caught:
        parse_creation_time(value, NOW)
    assert repr(value) in str(caught.value)


def test_an_implausible_creation_time_touches_nothing(in_place: Lake) -> None:
    in_place.write("dt=2021-12-15/a.csv")
    event = in_place.event()
    event["source"]["creation_time"] = 1795453200
    with pytest.raises(InvalidCreationTimeError):
        in_place.send(event)
    assert in_place.partitions() == {}
