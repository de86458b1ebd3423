"""Tests of runs that are not registered, with the reason, and of exceptions that the table allows."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from partitioned_pipelines.lake.function_events.requests import InvalidRequestError
from partitioned_pipelines.lake.partitions.hive_path import InvalidPartitionPathError
from partitioned_pipelines.runtime.audit import InvalidDataError
from partitioned_pipelines.runtime.catalog import RegistrationError
from partitioned_pipelines.runtime.registration.checks import EmptyOutputError, LeftoverOutputError
from partitioned_pipelines.runtime.registration.discovery import MAX_RECORDED_PATHS
from partitioned_pipelines.runtime.registration.registration import register_partitions
from tests.moto_lake import STARTED_AT

if TYPE_CHECKING:
    from tests.moto_lake import Lake


def receipt_of(lake: Lake, result: dict[str, Any]) -> dict[str, Any]:
    bucket, _, key = result["receipt"].removeprefix("s3://").partition("/")
    receipt: dict[str, Any] = json.loads(lake.s3.get_object(Bucket=bucket, Key=key)["Body"].read())
    return receipt


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        ("dt=2026-02-30/a.csv", "not a date"),
        ("dt=2021-12-15/hour=1/a.csv", "not a key of the table"),
        ("DT=2021-12-15/a.csv", "differs in case"),
        ("a.csv", "not in a partition"),
        ("dt=/a.csv", "empty"),
    ],
)
def test_one_bad_path_beside_good_ones_registers_nothing(lake: Lake, bad: str, says: str) -> None:
    lake.create_table()
    lake.write("dt=2021-12-15/a.csv")
    lake.write(bad)
    with pytest.raises(InvalidPartitionPathError) as caught:
        lake.register()
    assert f"s3://lake/{lake.root()}{bad}" in str(caught.value)
    assert says in str(caught.value)
    assert lake.partitions() == {}
    assert not any("receipts" in key for key in lake.object_keys())


def test_a_file_that_does_not_match_is_named_first(lake: Lake) -> None:
    """Lists of runs and notices show the beginning of a message: the file and the line, not the long URI of the run."""
    lake.create_table()
    lake.write("dt=2021-12-15/a.csv", b"a,many\n" * 9)
    with pytest.raises(InvalidDataError) as caught:
        lake.register()
    message = str(caught.value)
    assert message.startswith("dt=2021-12-15/a.csv, line 1: ")
    assert (message.count("dt=2021-12-15/a.csv, line "), message.count("s3://")) == (5, 1)
    ending = f"; and 4 more. 1 of 1 checked files under s3://lake/{lake.root()} do not match the table's schema; this attempt published nothing"
    assert message.endswith(ending)
    assert lake.partitions() == {}


def test_bad_paths_can_be_skipped_and_are_reported(lake: Lake) -> None:
    lake.create_table()
    lake.write("dt=2021-12-15/a.csv")
    lake.write("dt=2026-02-30/a.csv")
    result = lake.register(on_bad_path="skip")
    assert (result["created"], result["bad_path_count"], result["objects"]) == (1, 1, 1)
    assert "dt=2026-02-30/a.csv" in result["bad_paths"][0]
    assert receipt_of(lake, result)["bad_paths"] == result["bad_paths"]


def test_a_partition_with_a_bad_path_in_it_is_skipped_and_reported(
    lake: Lake, caplog: pytest.LogCaptureFixture
) -> None:
    """Engines read folders recursively: the rejected file would be served with the good one, unaudited."""
    lake.create_table()
    lake.write("dt=2021-12-14/a.csv", run="r0")
    lake.write("dt=2021-12-15/a.csv", run="r0")
    lake.register("r0")
    for key in ("dt=2021-12-14/a.csv", "dt=2021-12-15/a.csv", "dt=2021-12-15/hour=1/b.csv", "_notes/a.csv"):
        lake.write(key)
    lake.write("dt=2021-12-13/empty.csv", b"")
    result = lake.register(started_at=STARTED_AT + timedelta(days=1), on_bad_path="skip")
    assert (result["repointed"], result["bad_path_count"], result["skipped_partitions"]) == (1, 1, 1)
    assert result["ignored"] == {"hidden": 1, "empty": 1, "marker": 0}
    assert "runs/r0/" in lake.locations()["2021-12-15",], "readers see the old files"
    receipt = receipt_of(lake, result)
    assert [each["folder"] for each in receipt["skipped_partitions"]] == ["dt=2021-12-15/"]
    assert (receipt["skipped_partition_count"], receipt["ignored"]) == (1, result["ignored"])
    assert [each["folder"] for each in receipt["partitions"]] == ["dt=2021-12-14/"]
    (bad,) = receipt["bad_paths"]
    told = next(record for record in caplog.records if record.message == "skipped")
    assert (told.levelname, vars(told)["objects"], vars(told)["first"]) == ("WARNING", 1, bad)


def test_the_answer_has_room_for_every_table_of_a_pipeline(lake: Lake) -> None:
    lake.create_table()
    lake.write("dt=2021-12-15/a.csv")
    for number in range(1100):
        lake.write(f"{number:04}{'日' * 200}/a.csv")
    result = lake.register(on_bad_path="skip")
    assert result["bad_path_count"] == 1100
    assert len(json.dumps(result, ensure_ascii=False).encode()) < 8 * 1024
    assert len(receipt_of(lake, result)["bad_paths"]) == MAX_RECORDED_PATHS


def test_in_place_what_is_registered_cannot_be_skipped(lake: Lake) -> None:
    """Everything in its folder is served: the partition cannot keep an earlier location."""
    lake.create_table("in_place")
    lake.write("dt=2021-12-15/a.csv")
    lake.register()
    lake.age()
    lake.write("dt=2021-12-15/a.csv")
    lake.write("dt=2021-12-15/sub/b.csv")
    lake.write("dt=2021-12-16/a.csv")
    with pytest.raises(InvalidPartitionPathError, match=r"dt=2021-12-15/\. Remove the objects.*sub/b\.csv"):
        lake.register(on_bad_path="skip")
    assert set(lake.partitions()) == {("2021-12-15",)}


def test_in_place_what_is_not_registered_is_skipped(lake: Lake) -> None:
    lake.create_table("in_place")
    lake.write("dt=2021-12-15/sub/b.csv")
    lake.write("dt=2021-12-15/a.csv")
    lake.write("dt=2021-12-16/a.csv")
    assert lake.register(on_bad_path="skip")["skipped_partitions"] == 1
    assert set(lake.partitions()) == {("2021-12-16",)}


@pytest.mark.parametrize("character", ["\x01", "\ufffe"], ids=ascii)
def test_all_or_nothing_for_what_glue_refuses(lake: Lake, character: str) -> None:
    """Eleven batches, the last of which Glue would reject as a whole."""
    lake.create_table(keys="k:string")
    for number in range(1050):
        lake.write(f"k={number:04}/a.csv")
    lake.write(f"k=z{character}/a.csv")
    with pytest.raises(InvalidPartitionPathError, match="nothing was published") as caught:
        lake.register()
    assert f"k=z{character}/a.csv" in str(caught.value)
    assert lake.partitions() == {}
    assert lake.register(on_bad_path="skip")["created"] == 1050


def test_a_hundred_bad_paths_make_a_message_that_fits(lake: Lake) -> None:
    lake.create_table()
    for number in range(100):
        lake.write(f"{number}.csv")
    with pytest.raises(InvalidPartitionPathError, match=r"^100 paths .*and 80 more"):
        lake.register()


@pytest.mark.parametrize("policy", ["fail", "skip"])
def test_no_data_is_an_error(lake: Lake, policy: str) -> None:
    lake.create_table()
    lake.write("_SUCCESS")
    lake.write("dt=2021-12-15/empty.csv", b"")
    with pytest.raises(EmptyOutputError, match=r"runs/r1/0b1c/; .*1 empty, 1 marker.*allow_empty"):
        lake.register(on_bad_path=policy)


def test_no_data_can_be_allowed(lake: Lake) -> None:
    lake.create_table()
    result = lake.register(allow_empty=True)
    assert (result["created"], result["objects"]) == (0, 0)
    receipt = json.loads(lake.s3.get_object(Bucket="lake", Key=result["receipt"][10:])["Body"].read())
    assert receipt["partitions"] == []


RUN_ID = "20211215T210003Z-0123abcd"
SPAN = "20211214T150000Z-20211215T150000Z"


def marks(lake: Lake) -> list[str]:
    found = lake.s3.list_objects_v2(Bucket="lake", Prefix="tables/analytics/features/receipts/intervals/")
    return [item["Key"].rpartition("/")[2] for item in found.get("Contents", [])]


def marked_event(lake: Lake, span: str, *, allow_empty: bool = False) -> dict[str, Any]:
    event = lake.event(RUN_ID, allow_empty=allow_empty)
    event["run"]["interval"] = span
    return event


def test_the_mark_follows_the_receipt_and_says_whether_there_was_data(lake: Lake) -> None:
    lake.create_table()
    register_partitions(marked_event(lake, SPAN, allow_empty=True), lake.s3, lake.glue)
    assert marks(lake) == [f"{SPAN}.empty.{RUN_ID}"]
    lake.write("dt=2021-12-15/a.csv", run=RUN_ID)
    lake.forget_calls()
    register_partitions(marked_event(lake, SPAN), lake.s3, lake.glue)
    assert marks(lake) == [f"{SPAN}.empty.{RUN_ID}", f"{SPAN}.published.{RUN_ID}"]
    assert [name for name in lake.order if name == "PutObject"] == ["PutObject"] * 4, (
        "the lease, the receipt, which another one precedes, the receipt in its place, the mark"
    )


def test_an_interval_that_is_none_is_refused_before_anything_is_registered(lake: Lake) -> None:
    lake.create_table()
    lake.write("dt=2021-12-15/a.csv", run=RUN_ID)
    with pytest.raises(InvalidRequestError, match="the run's interval or id is invalid"):
        register_partitions(marked_event(lake, "2021-12-15"), lake.s3, lake.glue)
    assert not lake.partitions()


def test_a_table_that_is_not_there_is_named(lake: Lake) -> None:
    lake.create_table()
    lake.write("dt=2021-12-15/a.csv")
    lake.glue.delete_table(DatabaseName="analytics", Name="features")
    with pytest.raises(RegistrationError, match=r"analytics\.features is not in the Data Catalog"):
        lake.register()


def test_a_table_with_other_keys_is_refused(lake: Lake) -> None:
    lake.create_table()
    lake.write("dt=2021-12-15/hour=1/a.csv")
    keys = [{"name": "dt", "type": "string", "date_format": None}, {"name": "hour", "type": "int"}]
    with pytest.raises(RegistrationError, match="partition keys"):
        lake.register(partition_keys=keys)
    assert lake.partitions() == {}


@pytest.mark.parametrize(
    "uri",
    [
        "s3://lake/tables/analytics/features/runs/",
        "s3://lake/tables/analytics/features/runs2/r1/",
        "s3://lake/tables/analytics/features/output/",
        "s3://other/tables/analytics/features/runs/r1/",
    ],
)
def test_a_root_outside_the_tables_runs_is_refused(lake: Lake, uri: str) -> None:
    lake.create_table()
    event = lake.event()
    event["source"]["s3_uri"] = uri
    with pytest.raises(InvalidRequestError) as caught:
        lake.send(event)
    assert uri in str(caught.value)


@pytest.mark.parametrize("missing", ["table", "source", "run"])
def test_an_incomplete_payload_is_refused(lake: Lake, missing: str) -> None:
    lake.create_table()
    event = lake.event()
    del event[missing]
    with pytest.raises(InvalidRequestError, match=missing):
        lake.send(event)


def test_an_unknown_choice_is_refused(lake: Lake) -> None:
    lake.create_table()
    with pytest.raises(InvalidRequestError, match="on_bad_path is 'ignore'"):
        lake.register(on_bad_path="ignore")


def test_what_a_dead_attempt_left_in_a_partition_of_the_last_is_refused(lake: Lake) -> None:
    lake.create_table()
    lake.write("dt=2021-12-15/part-0-of-the-dead.csv")
    lake.age()
    lake.write("dt=2021-12-15/part-1.csv")
    event = lake.event()
    event["source"]["shared_by_attempts"] = True
    with pytest.raises(LeftoverOutputError, match=r"Start a new execution.*part-0-of-the-dead\.csv"):
        lake.send(event)
    assert lake.partitions() == {}


def test_a_partition_that_only_a_dead_attempt_wrote_is_not_the_runs(lake: Lake) -> None:
    lake.create_table()
    lake.write("dt=2021-12-14/of-the-dead.csv")
    lake.age()
    lake.write("dt=2021-12-15/a.csv")
    event = lake.event()
    event["source"]["shared_by_attempts"] = True
    assert lake.send(event)["created"] == 1
    assert set(lake.partitions()) == {("2021-12-15",)}
    assert len(lake.object_keys()) >= 2, "nothing is deleted in a versioned table"
