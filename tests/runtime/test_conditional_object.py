"""Tests that each key has one winner, whatever S3 answers."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from partitioned_pipelines.runtime.conditional_object import ConditionalWriteError, claim, put_if_absent

if TYPE_CHECKING:
    from tests.moto_lake import Lake

CONFLICT: dict[str, Any] = {"Error": {"Code": "ConditionalRequestConflict", "Message": "another write is going on"}}


def test_the_first_put_wins(lake: Lake) -> None:
    assert put_if_absent(lake.s3, "lake", "locks/a", b"one")
    assert not put_if_absent(lake.s3, "lake", "locks/a", b"two")
    assert lake.s3.get_object(Bucket="lake", Key="locks/a")["Body"].read() == b"one"


def test_a_claim_knows_its_owner(lake: Lake) -> None:
    assert claim(lake.s3, "lake", "locks/a", "arn:one") == "arn:one"
    assert claim(lake.s3, "lake", "locks/a", "arn:two") == "arn:one"
    assert claim(lake.s3, "lake", "locks/a", "arn:one") == "arn:one"  # a retry of the first
    assert claim(lake.s3, "lake", "locks/b", "arn:two") == "arn:two"


def test_of_many_claims_at_once_one_wins(lake: Lake) -> None:
    with ThreadPoolExecutor(8) as pool:
        owners = list(pool.map(lambda number: claim(lake.s3, "lake", "locks/a", f"arn:{number}"), range(16)))
    assert len(set(owners)) == 1


def test_a_conflict_is_tried_again(lake: Lake) -> None:
    answers = [CONFLICT, CONFLICT]
    lake.answer("s3.PutObject", lambda _: answers.pop() if answers else None)
    assert claim(lake.s3, "lake", "locks/a", "arn:one", sleep=lake.slept.append) == "arn:one"
    assert lake.slept == [0.05, 0.1]


def test_a_file_is_read_again_for_each_try(lake: Lake) -> None:
    answers = [CONFLICT]

    def answer(request: dict[str, Any]) -> dict[str, Any] | None:
        if not answers:
            return None
        request["body"].read()
        return answers.pop()

    lake.answer("s3.PutObject", answer)
    assert put_if_absent(lake.s3, "lake", "a", BytesIO(b"one"), content_type="text/plain", sleep=lake.slept.append)
    stored = lake.s3.get_object(Bucket="lake", Key="a")
    assert (stored["Body"].read(), stored["ContentType"]) == (b"one", "text/plain")


def test_a_conflict_without_end_fails_by_name(lake: Lake) -> None:
    lake.answer("s3.PutObject", lambda _: CONFLICT)
    with pytest.raises(ConditionalWriteError, match=r"s3://lake/locks/a: 8 attempts"):
        put_if_absent(lake.s3, "lake", "locks/a", b"", sleep=lake.slept.append)


def test_a_claim_that_vanishes_before_it_is_read_is_free(lake: Lake) -> None:
    put_if_absent(lake.s3, "lake", "locks/a", b"arn:one")
    there = [True]

    def remove(_: dict[str, Any]) -> None:
        if there:
            there.pop()
            lake.s3.delete_object(Bucket="lake", Key="locks/a")

    lake.answer("s3.GetObject", remove)
    assert claim(lake.s3, "lake", "locks/a", "arn:two", sleep=lake.slept.append) == "arn:two"


def test_a_claim_that_always_vanishes_fails_by_name(lake: Lake) -> None:
    put_if_absent(lake.s3, "lake", "locks/a", b"arn:one")
    lake.answer("s3.GetObject", lambda _: {"Error": {"Code": "NoSuchKey", "Message": "gone"}})
    with pytest.raises(ConditionalWriteError, match="found it taken, and then deleted"):
        claim(lake.s3, "lake", "locks/a", "arn:two", sleep=lake.slept.append)


def test_any_other_error_passes_through(lake: Lake) -> None:
    lake.answer("s3.PutObject", lambda _: {"Error": {"Code": "AccessDenied", "Message": "no"}})
    with pytest.raises(ClientError, match="AccessDenied"):
        claim(lake.s3, "lake", "locks/a", "arn:one")
