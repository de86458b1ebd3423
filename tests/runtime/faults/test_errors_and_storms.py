"""Tests of throttling storms, denials, items in Errors, timeouts, and calls that arrive twice."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.awsrequest import AWSResponse, HTTPHeaders
from botocore.config import Config
from botocore.exceptions import ClientError, ReadTimeoutError
from moto.core.botocore_stubber import MockRawResponse

from partitioned_pipelines.runtime.catalog import RegistrationError
from tests.moto_lake import REGION
from tests.runtime.faults.scenario import Scenario

if TYPE_CHECKING:
    from tests.moto_lake import Lake

_WRITES = ("BatchCreatePartition", "BatchUpdatePartition", "PutObject", "DeleteObject")


@pytest.mark.parametrize("code", ["ThrottlingException", "SlowDown", "InternalServiceException", "ServiceUnavailable"])
@pytest.mark.parametrize("times", [1, 7, 40])
def test_a_storm_passes(lake: Lake, code: str, times: int) -> None:
    scenario = Scenario(lake, 3, 5)
    scenario.fail_with(code, times)
    scenario.register_until_it_succeeds(times + 1)
    scenario.check()


def test_botocore_rides_out_a_storm_within_one_call(aws: None, lake: Lake) -> None:
    """With the retries of the handler's clients, none of it reaches the state machine."""
    scenario = Scenario(lake, 3, 5)
    retries = Config(retries={"mode": "standard", "total_max_attempts": 10})
    lake.glue = boto3.client("glue", region_name=REGION, config=retries)
    throttled = [2]
    sent: list[str] = []

    def throttle(request: Any, **_: object) -> Any:
        sent.append(request.headers["X-Amz-Target"].decode().rpartition(".")[2])
        if throttled[0]:
            throttled[0] -= 1
            body = '{"__type": "ThrottlingException", "Message": "slow down"}'
            return AWSResponse(request.url, 400, HTTPHeaders(), MockRawResponse(body))
        return None

    lake.glue.meta.events.register_first("before-send.glue", throttle)
    scenario.register()
    assert sent.count("GetTable") == 3
    scenario.check()


@pytest.mark.parametrize(
    "operation",
    [
        "s3.ListObjectsV2",
        "s3.GetObject",
        "s3.PutObject",
        "glue.GetTable",
        "glue.BatchCreatePartition",
        "glue.BatchGetPartition",
        "glue.BatchUpdatePartition",
    ],
)
def test_a_denial_is_told_in_its_own_words_and_not_tried_again(lake: Lake, operation: str) -> None:
    scenario = Scenario(lake, 3, 5)
    asked: Counter[str] = Counter()
    denied = [True]

    def deny(_params: dict[str, Any]) -> dict[str, Any] | None:
        if not denied:
            return None
        asked[operation] += 1
        return {"Error": {"Code": "AccessDenied", "Message": f"not authorized to perform {operation}"}}

    lake.answer(operation, deny)
    with pytest.raises(ClientError, match=f"AccessDenied.*not authorized to perform {operation}"):
        scenario.register()
    assert asked[operation] == 1
    denied.clear()
    scenario.register()
    scenario.check()


@pytest.mark.parametrize("item", [0, 56, 99, 100, 229])
@pytest.mark.parametrize(("operation", "key"), [("Create", "PartitionValues"), ("Update", "PartitionValueList")])
def test_an_item_in_errors_fails_the_run_and_the_next_heals(lake: Lake, item: int, operation: str, key: str) -> None:
    """Glue answers 200, has processed all but one, and reports that in Errors."""
    old, new = (0, 230) if operation == "Create" else (230, 230)
    scenario = Scenario(lake, old, new)
    bad = str(item)
    once = [True]
    left_out: list[Any] = []

    def withhold(params: dict[str, Any], **_: object) -> None:
        entries = params["PartitionInputList" if operation == "Create" else "Entries"]
        for entry in list(entries):
            if once and (entry.get("Values") or entry.get("PartitionValueList")) == [bad]:
                once.clear()
                entries.remove(entry)
                left_out.append(entry)

    def report(parsed: dict[str, Any]) -> None:
        if left_out:
            left_out.clear()
            detail = {"ErrorCode": "InternalServiceException", "ErrorMessage": "injected"}
            parsed.setdefault("Errors", []).append({key: [bad], "ErrorDetail": detail})

    lake.glue.meta.events.register_first(f"provide-client-params.glue.Batch{operation}Partition", withhold)
    lake.amend(f"glue.Batch{operation}Partition", report)
    with pytest.raises(RegistrationError, match=rf"\['{bad}'\]: InternalServiceException"):
        scenario.register()
    scenario.register()
    scenario.check()


@pytest.mark.parametrize("name", _WRITES)
def test_a_write_that_arrived_and_whose_answer_did_not(lake: Lake, name: str) -> None:
    scenario = Scenario(lake, 3, 5)
    lost = [True]

    def lose(model: Any, **_: object) -> None:
        if lost and model.name == name:
            lost.clear()
            raise ReadTimeoutError(endpoint_url="https://example.com")

    for client in (lake.s3, lake.glue):
        client.meta.events.register("after-call", lose)
    with pytest.raises(ReadTimeoutError):
        scenario.register()
    scenario.register()
    scenario.check()


@pytest.mark.parametrize("name", ["BatchCreatePartition", "BatchUpdatePartition"])
def test_a_write_that_arrives_twice(lake: Lake, name: str) -> None:
    """A retry by botocore after a timeout, although the first call had arrived."""
    scenario = Scenario(lake, 3, 5)
    once = [True]

    def deliver_first(params: dict[str, Any], **_: object) -> None:
        if once:
            once.clear()
            getattr(lake.glue, {"BatchCreatePartition": "batch_create_partition"}.get(name, "batch_update_partition"))(
                **params
            )

    lake.glue.meta.events.register_first(f"provide-client-params.glue.{name}", deliver_first)
    scenario.register()
    assert not once
    scenario.check()


def test_the_same_registration_twice_is_once(lake: Lake) -> None:
    scenario = Scenario(lake, 3, 5)
    scenario.register()
    before = lake.partitions()
    again = scenario.register()
    assert (again["created"], again["repointed"], again["unchanged"]) == (0, 0, 5)
    assert lake.partitions() == before
    scenario.check()
