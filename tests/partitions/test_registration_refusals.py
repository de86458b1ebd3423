"""Runs that are not registered, with the reason, and what is let pass where the table says so."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from partitions.catalog import RegistrationError
from partitions.hive_path import InvalidPartitionPathError
from partitions.registration import EmptyOutputError, LeftoverOutputError
from partitions.requests import InvalidRequestError

if TYPE_CHECKING:
    from tests.partitions.conftest import Lake


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        ("dt=2026-02-30/a.csv", "no date"),
        ("dt=2021-12-15/hour=1/a.csv", "none of the table's"),
        ("DT=2021-12-15/a.csv", "differs in case"),
        ("a.csv", "in no partition"),
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


def test_bad_paths_can_be_skipped_and_are_reported(lake: Lake) -> None:
    lake.create_table()
    lake.write("dt=2021-12-15/a.csv")
    lake.write("dt=2026-02-30/a.csv")
    result = lake.register(on_bad_path="skip")
    assert (result["created"], result["bad_path_count"], result["objects"]) == (1, 1, 1)
    assert "dt=2026-02-30/a.csv" in result["bad_paths"][0]


def test_a_hundred_bad_paths_make_a_message_that_fits(lake: Lake) -> None:
    lake.create_table()
    for number in range(100):
        lake.write(f"{number}.csv")
    with pytest.raises(InvalidPartitionPathError, match=r"\(100\).*and 80 more"):
        lake.register()


@pytest.mark.parametrize("policy", ["fail", "skip"])
def test_no_data_is_an_error(lake: Lake, policy: str) -> None:
    lake.create_table()
    lake.write("_SUCCESS")
    lake.write("dt=2021-12-15/empty.csv", b"")
    with pytest.raises(EmptyOutputError, match=r"runs/r1/0b1c/ .*markers: 2.*allow_empty"):
        lake.register(on_bad_path=policy)


def test_no_data_can_be_allowed(lake: Lake) -> None:
    lake.create_table()
    result = lake.register(allow_empty=True)
    assert (result["created"], result["objects"]) == (0, 0)
    receipt = json.loads(lake.s3.get_object(Bucket="lake", Key=result["receipt"][10:])["Body"].read())
    assert receipt["partitions"] == []


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
    with pytest.raises(LeftoverOutputError, match=r"part-0-of-the-dead\.csv.*start a new execution"):
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
