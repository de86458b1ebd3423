"""Tests of a registration's number of calls, and of each kind of failure in Glue."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from partitioned_pipelines.lake.key_layout import receipt_key
from partitioned_pipelines.runtime.catalog import RegistrationError

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.moto_lake import Lake

STARTED_AT = dt.datetime(2026, 11, 23, 16, 0, 0, tzinfo=dt.UTC)


def write_days(lake: Lake, count: int, run: str = "r1", start: int = 0) -> None:
    for number in range(start, start + count):
        lake.write(f"dt={dt.date(2000, 1, 1) + dt.timedelta(days=number)}/a.csv", run=run)


def day(number: int) -> tuple[str]:
    return (str(dt.date(2000, 1, 1) + dt.timedelta(days=number)),)


def failing_item(number: int, code: str | None) -> Callable[[dict[str, Any]], None]:
    """Return a function that adds an item to a response's Errors, as Glue does with status 200."""

    def change(parsed: dict[str, Any]) -> None:
        detail = {"ErrorDetail": {"ErrorCode": code, "ErrorMessage": "because"}} if code else {}
        parsed.setdefault("Errors", []).append({"PartitionValues": list(day(number)), **detail})

    return change


def test_the_cost_does_not_grow_with_the_history(lake: Lake) -> None:
    lake.create_table()
    write_days(lake, 250, "r1")
    lake.register("r1", STARTED_AT)
    write_days(lake, 10, "r2", start=250)
    lake.forget_calls()
    assert lake.register("r2", STARTED_AT + dt.timedelta(days=1))["created"] == 10
    to_list_and_register = {"ListObjectsV2": 1, "GetTable": 1, "GetPartitions": 1, "BatchCreatePartition": 1}
    confirmed = {"BatchGetPartition": 1}
    audit, lease, receipt = {"GetObject": 10}, {"PutObject": 1, "GetObject": 2, "DeleteObject": 1}, {"PutObject": 1}
    assert lake.calls == Counter(to_list_and_register) + Counter(confirmed) + Counter(audit) + Counter(lease) + Counter(
        receipt
    )


def test_batches_of_a_hundred(lake: Lake) -> None:
    lake.create_table()
    sizes: dict[str, list[int]] = {}
    for operation, name in (
        ("BatchCreatePartition", "PartitionInputList"),
        ("BatchUpdatePartition", "Entries"),
        ("BatchGetPartition", "PartitionsToGet"),
    ):

        def note(params: dict[str, Any], operation: str = operation, name: str = name, **_: object) -> None:
            sizes.setdefault(operation, []).append(len(params[name]))

        lake.glue.meta.events.register(f"provide-client-params.glue.{operation}", note)
    write_days(lake, 250, "r1")
    lake.register("r1", STARTED_AT)
    assert sizes == {"BatchCreatePartition": [100, 100, 50], "BatchGetPartition": [84]}
    sizes.clear()
    write_days(lake, 251, "r2")
    result = lake.register("r2", STARTED_AT + dt.timedelta(days=1))
    assert (result["created"], result["repointed"]) == (1, 250)
    assert sizes == {
        "BatchCreatePartition": [100, 100, 51],
        "BatchGetPartition": [250, 84],
        "BatchUpdatePartition": [100, 100, 50],
    }


def test_where_most_exist_they_are_read_first(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten times as many fit into a reading call; those that are new are still created."""
    for name in ("FIRST_WAVE", "WAVE"):
        monkeypatch.setattr(f"partitioned_pipelines.runtime.registration.publication.{name}", 100)
    lake.create_table()
    write_days(lake, 300)
    lake.register()
    write_days(lake, 100, start=300)
    for number in (150, 250):
        lake.glue.delete_partition(DatabaseName="analytics", TableName="features", PartitionValues=list(day(number)))
    lake.forget_calls()
    result = lake.register()
    assert (result["created"], result["unchanged"], result["repointed"]) == (102, 298, 0)
    # The first wave is tried, the others are read; in each of the last three, something is created.
    assert (lake.calls["BatchCreatePartition"], lake.calls["BatchGetPartition"]) == (4, 5)
    assert set(lake.locations()) == {day(number) for number in range(400)}
    write_days(lake, 100, "r2")
    write_days(lake, 200, "r2", start=500)
    result = lake.register("r2", STARTED_AT + dt.timedelta(days=1))
    assert (result["created"], result["repointed"]) == (200, 100)


@pytest.mark.parametrize("code", ["InternalServiceException", "AccessDeniedException", None])
def test_an_error_on_item_57_of_100_fails_and_is_named(lake: Lake, code: str | None) -> None:
    lake.create_table()
    write_days(lake, 100)
    lake.amend("glue.BatchCreatePartition", failing_item(57, code))
    with pytest.raises(RegistrationError) as caught:
        lake.register()
    assert f"[{day(57)[0]!r}]: {code or 'no error code'}" in str(caught.value)
    assert "1 partition was not created" in str(caught.value)
    assert "99 of 100 partitions of the run are known to be published" in str(caught.value)
    assert not any("receipts" in key for key in lake.object_keys())


def test_after_an_error_the_next_try_gives_what_one_clean_run_gives(lake: Lake) -> None:
    lake.create_table()
    write_days(lake, 120)
    failures = [failing_item(57, "InternalServiceException")]
    lake.amend("glue.BatchCreatePartition", lambda parsed: failures.pop()(parsed) if failures else None)
    with pytest.raises(RegistrationError):
        lake.register()
    result = lake.register()
    assert (result["created"], result["unchanged"], result["repointed"]) == (20, 100, 0)
    assert set(lake.locations()) == {day(number) for number in range(120)}


def test_an_error_of_an_update_fails_and_is_named(lake: Lake) -> None:
    lake.create_table()
    write_days(lake, 3, "r1")
    lake.register("r1", STARTED_AT)
    write_days(lake, 3, "r2")

    def change(parsed: dict[str, Any]) -> None:
        parsed["Errors"] = [
            {"PartitionValueList": list(day(1)), "ErrorDetail": {"ErrorCode": "EntityNotFoundException"}}
        ]

    lake.amend("glue.BatchUpdatePartition", change)
    with pytest.raises(RegistrationError, match=r"not updated: \['2000-01-02'\]: EntityNotFoundException"):
        lake.register("r2", STARTED_AT + dt.timedelta(days=1))


def test_many_errors_make_a_message_that_fits(lake: Lake) -> None:
    lake.create_table()
    write_days(lake, 40)

    def change(parsed: dict[str, Any]) -> None:
        parsed["Errors"] = [
            {"PartitionValues": list(day(number)), "ErrorDetail": {"ErrorCode": "InvalidInputException"}}
            for number in range(40)
        ]

    lake.amend("glue.BatchCreatePartition", change)
    with pytest.raises(RegistrationError, match=r"40 partitions were not created: .*; and 30 more"):
        lake.register()


def test_unprocessed_keys_are_asked_for_again(lake: Lake) -> None:
    lake.create_table()
    write_days(lake, 5)
    lake.register()
    withheld = [1, 3]  # of the second answer, of the first

    def change(parsed: dict[str, Any]) -> None:
        if withheld:
            cut = len(parsed["Partitions"]) - withheld.pop()
            parsed["UnprocessedKeys"] = [{"Values": each["Values"]} for each in parsed["Partitions"][cut:]]
            del parsed["Partitions"][cut:]

    lake.amend("glue.BatchGetPartition", change)
    lake.forget_calls()
    assert lake.register()["unchanged"] == 5
    assert lake.calls["BatchGetPartition"] == 3 + 1, "the last one confirms what was published"
    assert lake.slept == [0.1, 0.2]


def test_keys_that_stay_unprocessed_fail(lake: Lake) -> None:
    lake.create_table()
    write_days(lake, 2)
    lake.register()
    lake.answer("glue.BatchGetPartition", lambda _: {"Partitions": [], "UnprocessedKeys": [{"Values": list(day(1))}]})
    with pytest.raises(RegistrationError, match="left unprocessed by 8 calls"):
        lake.register()


def test_a_partition_deleted_between_two_calls_is_created(lake: Lake) -> None:
    lake.create_table()
    write_days(lake, 3, "r1")
    lake.register("r1", STARTED_AT)
    write_days(lake, 3, "r2")
    deleted = [day(1)]

    def delete(params: dict[str, Any]) -> None:
        while deleted:
            values = list(deleted.pop())
            lake.glue.delete_partition(DatabaseName="analytics", TableName="features", PartitionValues=values)

    lake.answer("glue.BatchGetPartition", delete)
    result = lake.register("r2", STARTED_AT + dt.timedelta(days=1))
    assert (result["created"], result["repointed"]) == (1, 2)
    assert set(lake.stamps("run_id").values()) == {"r2"}


def test_a_partition_that_keeps_vanishing_fails(lake: Lake) -> None:
    lake.create_table()
    write_days(lake, 1)
    lake.register()
    lake.answer("glue.BatchGetPartition", lambda _: {"Partitions": []})
    with pytest.raises(RegistrationError, match="another process deletes partitions"):
        lake.register()


@pytest.mark.parametrize(
    ("operation", "code"),
    [
        ("glue.GetTable", "AccessDeniedException"),
        ("glue.BatchCreatePartition", "ThrottlingException"),
        ("glue.BatchGetPartition", "InternalServiceException"),
        ("glue.BatchUpdatePartition", "AccessDeniedException"),
        ("s3.ListObjectsV2", "AccessDenied"),
        ("s3.PutObject", "SlowDown"),
    ],
)
def test_a_call_that_fails_is_never_swallowed_and_the_next_run_heals(lake: Lake, operation: str, code: str) -> None:
    lake.create_table()
    write_days(lake, 3, "r1")
    lake.register("r1", STARTED_AT)
    write_days(lake, 4, "r2")
    failures: list[dict[str, Any]] = [{"Error": {"Code": code, "Message": "no"}}]
    lake.answer(operation, lambda _: failures.pop() if failures else None)
    with pytest.raises(ClientError, match=code):
        lake.register("r2", STARTED_AT + dt.timedelta(days=1))
    result = lake.register("r2", STARTED_AT + dt.timedelta(days=1))
    assert result["created"] + result["repointed"] + result["unchanged"] == 4
    assert set(lake.stamps("run_id").values()) == {"r2"}
    assert receipt_key("analytics", "features", "r2") in lake.object_keys()


@pytest.mark.thorough
def test_it_is_safe_to_crash_after_any_call(lake: Lake) -> None:
    """Kill the registration after each of its calls in turn; a reader always sees whole partitions, old or new."""
    lake.create_table()
    write_days(lake, 150, "r1")
    lake.register("r1", STARTED_AT)
    write_days(lake, 160, "r2")
    roots = {run: f"s3://lake/{lake.root(run)}" for run in ("r1", "r2")}
    crash_after = {"calls": 0}

    class Crash(BaseException):
        pass

    def crash(**_: object) -> None:
        crash_after["calls"] -= 1
        if crash_after["calls"] == 0:
            raise Crash

    for client in (lake.s3, lake.glue):
        client.meta.events.register("after-call", crash)
    for calls in range(1, 250):
        crash_after["calls"] = calls
        try:
            lake.register("r2", STARTED_AT + dt.timedelta(days=1))
        except Crash:
            crash_after["calls"] = 0
            for values, location in lake.locations().items():
                assert location in {f"{root}dt={values[0]}/" for root in roots.values()}
            assert len(lake.locations()) >= 150
        else:
            break
    else:
        pytest.fail("the registration never came to its end")
    crash_after["calls"] = 0
    assert lake.locations() == {day(number): f"{roots['r2']}dt={day(number)[0]}/" for number in range(160)}
