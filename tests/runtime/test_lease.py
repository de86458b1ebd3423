"""Tests of the lease: one writer of a table at a time; taken, renewed, taken over, lost and released, on a clock that only tests advance."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectTimeoutError

from partitioned_pipelines.lake.intervals.instants import parse_instant
from partitioned_pipelines.lake.key_layout import lease_key
from partitioned_pipelines.runtime.lease import (
    GRACE_SECONDS,
    LEASE_SECONDS,
    Lease,
    LeaseHeldError,
    LeaseLostError,
    hold_lease,
)
from tests.moto_lake import REGION
from tests.runtime.registration.published_runs import START, Clock

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from tests.moto_lake import Lake

KEY = lease_key("analytics", "features")


@pytest.fixture
def clock() -> Clock:
    return Clock()


def take(lake: Lake, clock: Clock, owner: str, wait_seconds: float = 0) -> AbstractContextManager[Lease]:
    return hold_lease(lake.s3, "lake", KEY, owner, now=clock, sleep=clock.sleep, wait_seconds=wait_seconds)


def body(lake: Lake) -> dict[str, str]:
    read: dict[str, str] = json.loads(lake.s3.get_object(Bucket="lake", Key=KEY)["Body"].read())
    return read


def die_holding(lake: Lake, clock: Clock, owner: str) -> None:
    """Leave a lease unreleased, as a killed holder does: a context manager would release it even when it is discarded."""
    assert Lease(lake.s3, "lake", KEY, owner, clock, clock.sleep, LEASE_SECONDS)._acquire() is None


def test_it_lies_where_others_look_for_it() -> None:
    assert KEY == "locks/tables/analytics/features.json"


def test_a_lease_says_who_holds_it_and_until_when_and_is_gone_after(lake: Lake, clock: Clock) -> None:
    with take(lake, clock, "arn:one") as lease:
        assert body(lake)["owner"] == "arn:one"
        assert body(lake)["nonce"] == lease.nonce
        assert parse_instant(body(lake)["expires_at"]) == START + timedelta(seconds=LEASE_SECONDS)
        lease.check()
    assert KEY not in lake.object_keys()


def test_it_is_gone_after_a_failure_too(lake: Lake, clock: Clock) -> None:
    with pytest.raises(ZeroDivisionError), take(lake, clock, "arn:one"):
        raise ZeroDivisionError
    assert KEY not in lake.object_keys()


def test_a_failure_is_told_even_where_the_lease_cannot_be_released(lake: Lake, clock: Clock) -> None:
    lake.answer("s3.DeleteObject", lambda _: {"Error": {"Code": "AccessDenied", "Message": "no"}})
    with pytest.raises(ZeroDivisionError), take(lake, clock, "arn:one"):
        raise ZeroDivisionError
    with pytest.raises(LeaseHeldError):
        take(lake, clock, "arn:two").__enter__()


def test_a_release_that_is_denied_is_told_where_nothing_else_went_wrong(lake: Lake, clock: Clock) -> None:
    lake.answer("s3.DeleteObject", lambda _: {"Error": {"Code": "AccessDenied", "Message": "no"}})
    with pytest.raises(ClientError, match="AccessDenied"), take(lake, clock, "arn:one"):
        pass


def test_anothers_lease_is_named_with_its_end(lake: Lake, clock: Clock) -> None:
    with take(lake, clock, "arn:one"):
        with pytest.raises(LeaseHeldError, match=r"held by arn:one until 2026-.*Z, or longer") as caught:
            take(lake, clock, "arn:two").__enter__()
        assert body(lake)["owner"] == "arn:one"
    assert "s3://lake/locks/tables/analytics/features.json" in str(caught.value)


def test_an_earlier_attempt_of_the_same_owner_is_another_holder(lake: Lake, clock: Clock) -> None:
    """A Lambda that timed out may still be running when its retry begins."""
    die_holding(lake, clock, "arn:one")
    with pytest.raises(LeaseHeldError):
        take(lake, clock, "arn:one").__enter__()


def test_a_lease_that_is_released_meanwhile_is_taken(lake: Lake, clock: Clock) -> None:
    first = take(lake, clock, "arn:one")
    first.__enter__()
    waited: list[float] = []

    def sleep(seconds: float) -> None:
        waited.append(seconds)
        clock.sleep(seconds)
        if len(waited) == 3:
            first.__exit__(None, None, None)

    with hold_lease(lake.s3, "lake", KEY, "arn:two", now=clock, sleep=sleep, wait_seconds=60):
        assert body(lake)["owner"] == "arn:two"
    assert len(waited) == 3


def test_a_dead_holder_blocks_until_its_expiry_and_the_grace_and_no_longer(lake: Lake, clock: Clock) -> None:
    die_holding(lake, clock, "arn:dead")
    clock.sleep(LEASE_SECONDS + GRACE_SECONDS - 0.001)
    with pytest.raises(LeaseHeldError):
        take(lake, clock, "arn:two").__enter__()
    clock.sleep(0.001)
    with take(lake, clock, "arn:two"):
        assert body(lake)["owner"] == "arn:two"


def test_who_waits_as_long_as_is_usual_outlasts_a_dead_holder(lake: Lake, clock: Clock) -> None:
    die_holding(lake, clock, "arn:dead")
    with hold_lease(lake.s3, "lake", KEY, "arn:two", now=clock, sleep=clock.sleep):
        assert body(lake)["owner"] == "arn:two"


def test_a_check_renews_once_half_of_the_time_is_over(lake: Lake, clock: Clock) -> None:
    with take(lake, clock, "arn:one") as lease:
        lake.forget_calls()
        clock.sleep(LEASE_SECONDS / 2 - 1)
        lease.check()
        assert lake.calls == {"GetObject": 1}
        clock.sleep(1)
        lease.check()
        assert lake.calls == {"GetObject": 2, "PutObject": 1}
        assert parse_instant(body(lake)["expires_at"]) == clock() + timedelta(seconds=LEASE_SECONDS)
        with pytest.raises(LeaseHeldError):
            take(lake, clock, "arn:two").__enter__()
    assert KEY not in lake.object_keys()


def test_a_holder_that_slept_past_its_expiry_goes_on_where_nobody_came(lake: Lake, clock: Clock) -> None:
    with take(lake, clock, "arn:one") as lease:
        clock.sleep(LEASE_SECONDS * 10)
        lease.check()
        assert parse_instant(body(lake)["expires_at"]) == clock() + timedelta(seconds=LEASE_SECONDS)


def test_a_holder_that_was_taken_over_learns_it_and_leaves_the_others_lease(lake: Lake, clock: Clock) -> None:
    with take(lake, clock, "arn:one") as lease:
        clock.sleep(LEASE_SECONDS + GRACE_SECONDS)
        die_holding(lake, clock, "arn:two")
        with pytest.raises(LeaseLostError, match="taken over by arn:two"):
            lease.check()
    assert body(lake)["owner"] == "arn:two"


def test_a_holder_that_ends_without_a_check_leaves_the_others_lease_too(lake: Lake, clock: Clock) -> None:
    with take(lake, clock, "arn:one"):
        clock.sleep(LEASE_SECONDS + GRACE_SECONDS)
        die_holding(lake, clock, "arn:two")
    assert body(lake)["owner"] == "arn:two"


def test_a_lease_that_is_gone_is_lost(lake: Lake, clock: Clock) -> None:
    with take(lake, clock, "arn:one") as lease:
        lake.s3.delete_object(Bucket="lake", Key=KEY)
        with pytest.raises(LeaseLostError, match="was deleted"):
            lease.check()


def test_a_takeover_between_the_check_and_its_renewal_is_seen(lake: Lake, clock: Clock) -> None:
    taken: list[bool] = []

    def take_over(_: dict[str, Any]) -> None:
        if not taken and clock() > START:
            taken.append(True)
            lake.s3.put_object(
                Bucket="lake", Key=KEY, Body=b'{"owner":"x","nonce":"n","expires_at":"2030-01-01T00:00:00Z"}'
            )

    with take(lake, clock, "arn:one") as lease:
        clock.sleep(LEASE_SECONDS)
        lake.answer("s3.PutObject", take_over)
        with pytest.raises(LeaseLostError, match="taken over by x"):
            lease.check()


def test_nothing_is_written_where_a_check_took_so_long_that_the_expiry_is_near(lake: Lake, clock: Clock) -> None:
    with take(lake, clock, "arn:one") as lease:
        clock.sleep(LEASE_SECONDS / 2)
        lake.amend("s3.PutObject", lambda _: clock.sleep(LEASE_SECONDS * 0.8))
        with pytest.raises(LeaseLostError, match="too soon for another write"):
            lease.check()


def test_a_put_whose_answer_was_lost_and_that_was_sent_again_holds(lake: Lake, clock: Clock) -> None:
    """The first put arrives, but its response is lost; botocore's retry finds the first put."""
    once = [True]

    def arrive_first(params: dict[str, Any]) -> None:
        if once:
            once.clear()
            lake.s3.put_object(Bucket="lake", Key=KEY, Body=params["body"])

    lake.answer("s3.PutObject", arrive_first)
    with take(lake, clock, "arn:one") as lease:
        lease.check()
    assert KEY not in lake.object_keys()


def test_a_renewal_whose_answer_was_lost_holds_and_is_released(lake: Lake, clock: Clock) -> None:
    with take(lake, clock, "arn:one") as lease:
        once = [True]

        def arrive_first(params: dict[str, Any]) -> None:
            if once:
                once.clear()
                lake.s3.put_object(Bucket="lake", Key=KEY, Body=params["body"])

        lake.answer("s3.PutObject", arrive_first)
        clock.sleep(LEASE_SECONDS)
        lease.check()
    assert KEY not in lake.object_keys()


@pytest.mark.parametrize("junk", [b"", b"not JSON", b"[]", b'{"owner": "x"}', b'{"owner":1,"nonce":2,"expires_at":3}'])
def test_an_object_that_is_no_lease_blocks_for_one_lease_and_the_grace(lake: Lake, clock: Clock, junk: bytes) -> None:
    lake.s3.put_object(Bucket="lake", Key=KEY, Body=junk)
    clock.moment = lake.s3.head_object(Bucket="lake", Key=KEY)["LastModified"]
    with pytest.raises(LeaseHeldError, match="an unreadable lease"):
        take(lake, clock, "arn:two").__enter__()
    clock.sleep(LEASE_SECONDS + GRACE_SECONDS)
    with take(lake, clock, "arn:two"):
        assert body(lake)["owner"] == "arn:two"


def test_a_denied_put_passes_through(lake: Lake, clock: Clock) -> None:
    lake.answer("s3.PutObject", lambda _: {"Error": {"Code": "AccessDenied", "Message": "no"}})
    with pytest.raises(ClientError, match="AccessDenied"):
        take(lake, clock, "arn:one").__enter__()


def test_of_many_that_find_an_expired_lease_one_takes_it_over(
    lake: Lake, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    die_holding(lake, clock, "arn:dead")
    clock.sleep(LEASE_SECONDS + GRACE_SECONDS)
    at_once = threading.Barrier(4)
    one_write_at_a_time = threading.RLock()  # guaranteed by S3, but not by moto
    put_object = lake.s3.put_object

    def put(**arguments: Any) -> Any:
        with one_write_at_a_time:
            return put_object(**arguments)

    monkeypatch.setattr(lake.s3, "put_object", put)

    def try_to_take(number: int) -> bool:
        at_once.wait()
        return Lease(lake.s3, "lake", KEY, f"arn:{number}", clock, clock.sleep, LEASE_SECONDS)._acquire() is None

    with ThreadPoolExecutor(4) as pool:
        taken = list(pool.map(try_to_take, range(4)))
    assert taken.count(True) == 1
    assert body(lake)["owner"] == f"arn:{taken.index(True)}"


def test_threads_that_ask_at_once_share_a_read_that_began_after_they_asked(lake: Lake, clock: Clock) -> None:
    with take(lake, clock, "arn:one") as lease, ThreadPoolExecutor(8) as pool:
        reads: list[str] = []
        first_read_is_under_way, others_have_asked = threading.Event(), threading.Event()

        def hold_the_first_read(_: dict[str, Any]) -> None:
            reads.append("")
            first_read_is_under_way.set()
            assert others_have_asked.wait(30)

        lake.answer("s3.GetObject", hold_the_first_read)
        first = pool.submit(lease.check)
        assert first_read_is_under_way.wait(30)
        asking = threading.Barrier(8)

        def ask() -> None:
            asking.wait()
            lease.check()

        others = [pool.submit(ask) for _ in range(7)]
        asking.wait()
        assert not any(check.done() for check in others)  # none is answered by a read that began before its request
        others_have_asked.set()
        for check in (first, *others):
            check.result()
    assert 2 <= len(reads) <= 8


def test_a_lease_that_is_lost_is_lost_for_all_threads_that_ask(lake: Lake, clock: Clock) -> None:
    with take(lake, clock, "arn:one") as lease, ThreadPoolExecutor(8) as pool:
        lake.s3.delete_object(Bucket="lake", Key=KEY)
        checks = [pool.submit(lease.check) for _ in range(8)]
        for check in checks:
            with pytest.raises(LeaseLostError):
                check.result()


def test_a_call_that_is_tried_again_and_again_ends_with_the_lease(lake: Lake, clock: Clock) -> None:
    attempts: list[float] = []

    def answer_late(**_: object) -> None:
        attempts.append((clock() - START).total_seconds())
        clock.sleep(25)
        raise ConnectTimeoutError(endpoint_url="glue")

    glue = boto3.client(
        "glue", region_name=REGION, config=Config(retries={"mode": "standard", "total_max_attempts": 10})
    )
    glue.meta.events.register_first("before-send.glue", answer_late)
    write: dict[str, Any] = {"DatabaseName": "analytics", "TableName": "features", "PartitionInputList": []}
    with take(lake, clock, "arn:one") as lease:
        with lease.bounding(glue), pytest.raises(LeaseLostError, match="before Glue had answered a write"):
            glue.batch_create_partition(**write)
        assert attempts == [0, 25, 50, 75, 100]  # and none at 125
        with pytest.raises(ConnectTimeoutError):  # outside the block it is an ordinary client
            glue.batch_create_partition(**write)
