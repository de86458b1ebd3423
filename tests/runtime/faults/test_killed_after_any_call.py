"""Tests that the Lambda is killed after each of its calls in turn, and run again: the catalog equals that of one clean run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import boto3
import pytest
from botocore.config import Config
from moto import mock_aws

from tests.moto_lake import REGION, Lake
from tests.runtime.faults.scenario import Scenario

if TYPE_CHECKING:
    from collections.abc import Iterator

_NO_RETRY = Config(retries={"total_max_attempts": 1})


@pytest.fixture
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    for name in ("AWS_ENDPOINT_URL", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)


def fresh_lake(threads: int) -> Iterator[Lake]:
    with mock_aws():
        s3 = boto3.client("s3", region_name=REGION, config=_NO_RETRY)
        glue = boto3.client("glue", region_name=REGION, config=_NO_RETRY)
        s3.create_bucket(Bucket="lake", CreateBucketConfiguration={"LocationConstraint": "ap-northeast-1"})
        glue.create_database(DatabaseInput={"Name": "analytics"})
        yield Lake(s3, glue, threads=threads)


def kill_after_each_call(old: int, new: int, *, layout: str, threads: int) -> int:
    """Return the number of calls after which it was killed in turn."""
    number = 0
    while True:
        number += 1
        for lake in fresh_lake(threads):
            scenario = Scenario(lake, old, new, layout=layout)
            was_killed = scenario.kill_after(number)
            if was_killed:
                scenario.register()
            scenario.check()
            assert scenario.reader.looks >= number - 1
        if not was_killed:
            return number - 1


@pytest.mark.usefixtures("credentials")
@pytest.mark.parametrize(("old", "new"), [(3, 5), (5, 3)], ids=["more files", "fewer files"])
@pytest.mark.parametrize("layout", ["versioned", "in_place"])
def test_a_small_run(old: int, new: int, layout: str) -> None:
    # Listing, audit, lease, registration, receipt, and release of the lease.
    assert kill_after_each_call(old, new, layout=layout, threads=1) >= 12


@pytest.mark.heavy
@pytest.mark.usefixtures("credentials")
@pytest.mark.parametrize("layout", ["versioned", "in_place"])
@pytest.mark.parametrize("threads", [1, 20])
def test_a_run_of_several_batches(layout: str, threads: int) -> None:
    # 65 sampled files (every fourth), 12 calls to list, register, hold the lease and write the receipt, and the lease's checks.
    assert kill_after_each_call(230, 260, layout=layout, threads=threads) >= 65 + 12


@pytest.mark.usefixtures("credentials")
def test_killed_again_and_again() -> None:
    """Each retry dies one call later than the previous one."""
    for lake in fresh_lake(1):
        scenario = Scenario(lake, 3, 5)
        number = 1
        while scenario.kill_after(number):
            number += 1
            assert number < 500
        scenario.check()
