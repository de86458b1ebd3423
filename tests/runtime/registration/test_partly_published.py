"""Tests of a registration that fails midway: it reports only what is known."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from partitioned_pipelines.runtime.catalog import RegistrationError
from partitioned_pipelines.runtime.lease import LeaseLostError
from tests.moto_lake import STARTED_AT

if TYPE_CHECKING:
    from tests.moto_lake import Lake

LATER = STARTED_AT + timedelta(days=1)
NEXT = r"Complete it: redrive or retry the execution, or pipelines run feature_table --from 2021-12-15 --to 2021-12-16"


@pytest.fixture
def written(lake: Lake) -> Lake:
    """Return a lake with a run of 250 partitions, which are three batches."""
    lake.create_table(keys="n:int")
    for number in range(250):
        lake.write(f"n={number}/a.csv")
    return lake


def deny_after(calls: int, name: str = "AccessDeniedException") -> Any:
    left = [calls]

    def answer(_params: dict[str, Any]) -> dict[str, Any] | None:
        left[0] -= 1
        return {"Error": {"Code": name, "Message": "because"}} if left[0] < 0 else None

    return answer


def test_a_call_that_is_refused_after_two(written: Lake) -> None:
    written.answer("glue.BatchCreatePartition", deny_after(2))
    with pytest.raises(
        ClientError,
        match=rf"AccessDenied.*; 200 of 250 partitions of the run are known to be published.*{NEXT}; or go back",
    ):
        written.register()
    assert len(written.partitions()) == 200


def test_the_error_keeps_its_type_which_retries_go_by(written: Lake) -> None:
    written.answer("glue.BatchCreatePartition", deny_after(2, "ConcurrentModificationException"))
    with pytest.raises(written.glue.exceptions.ConcurrentModificationException, match="200 of 250") as caught:
        written.register()
    assert caught.value.response["Error"]["Code"] == "ConcurrentModificationException"


def test_the_items_of_a_batch_that_glue_took_count(written: Lake) -> None:
    def fail_two(parsed: dict[str, Any]) -> None:
        for number in ("7", "8"):
            detail = {"ErrorCode": "InternalServiceException"}
            parsed.setdefault("Errors", []).append({"PartitionValues": [number], "ErrorDetail": detail})

    written.amend("glue.BatchCreatePartition", fail_two)
    with pytest.raises(RegistrationError, match="98 of 250 partitions of the run are known to be published"):
        written.register()


def test_what_an_earlier_attempt_published_counts(written: Lake) -> None:
    """The second attempt finds it, and fails at an update."""
    written.register("r1")
    for number in range(250):
        written.write(f"n={number}/a.csv", run="r2")
    written.answer("glue.BatchUpdatePartition", deny_after(1))
    for _ in range(2):
        with pytest.raises(ClientError, match="100 of 250 partitions of the run are known to be published"):
            written.register("r2", LATER)


def test_an_answer_that_is_lost_is_not_counted_and_nothing_is_denied(written: Lake) -> None:
    def lose(**_: object) -> None:
        raise ReadTimeoutError(endpoint_url="https://example.com")

    written.glue.meta.events.register("after-call.glue.BatchCreatePartition", lose)
    with pytest.raises(ReadTimeoutError) as caught:
        written.register()
    assert "none of the run's 250 partitions is known to be published" in str(caught.value)
    assert "nothing was published" not in str(caught.value)
    assert len(written.partitions()) == 100


def test_a_lease_that_is_lost_in_the_middle(written: Lake) -> None:
    def take_over(**_: object) -> None:
        key = next(key for key in written.object_keys() if key.startswith("locks/"))
        written.s3.delete_object(Bucket="lake", Key=key)

    written.glue.meta.events.register("after-call.glue.BatchCreatePartition", take_over)
    with pytest.raises(LeaseLostError, match="100 of 250 partitions of the run are known to be published"):
        written.register()


def test_a_second_call_does_not_claim_that_nothing_was_published(written: Lake) -> None:
    event = written.event()
    root = event["source"]["s3_uri"]
    event["registrations"] = {
        "t": {"table": "analytics.features", "continuation": {"root": root, "after": ["99"], "created": 1}}
    }
    written.write("bad.csv")
    with pytest.raises(ValueError, match="this attempt published nothing"):
        written.send(event)


def test_in_place_there_is_no_way_back(lake: Lake) -> None:
    lake.create_table("in_place", keys="n:int")
    lake.write("n=1/a.csv")
    lake.answer("glue.BatchCreatePartition", deny_after(0))
    with pytest.raises(ClientError, match=rf"{NEXT}$"):
        lake.register()


def test_counts_rest_on_what_the_catalog_holds(written: Lake) -> None:
    """Glue answers without errors, but received nothing: the run does not succeed, and has no receipt."""

    def send_nothing(params: dict[str, Any], **_: object) -> dict[str, Any]:
        return {**params, "PartitionInputList": []}

    events: Any = written.glue.meta.events  # the type does not include handlers that answer
    events.register_last("provide-client-params.glue.BatchCreatePartition", send_nothing)
    with pytest.raises(
        RegistrationError, match=r"84 of 84 partitions that were read again do not show this run.*among them \['0'\]"
    ):
        written.register()
    assert not any("receipts" in key for key in written.object_keys())


def test_an_update_that_never_arrived_is_noticed(written: Lake) -> None:
    written.register("r1")
    for number in range(250):
        written.write(f"n={number}/a.csv", run="r2")
    written.answer("glue.BatchUpdatePartition", lambda _params: {"Errors": []})
    with pytest.raises(RegistrationError, match="do not show this run"):
        written.register("r2", LATER)
