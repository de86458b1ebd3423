"""Tests that temporary errors of the Data Catalog are retried, and permanent ones are not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from partitioned_pipelines.runtime.catalog import CatalogBusyError, RegistrationError, repeat_while_busy

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.moto_lake import Lake

Refuse = Any


class ConcurrentModificationException(ClientError):  # noqa: N818  # botocore names the class by the code
    """The exception that botocore creates for Glue's client."""

    def __init__(self) -> None:
        super().__init__({"Error": {"Code": "ConcurrentModificationException"}}, "BatchCreatePartition")


@pytest.fixture
def refuse(lake: Lake) -> Callable[..., None]:
    """Return a function that registers with Glue answering 200 and items in Errors, one for each code."""

    def register(operation: str, *codes: str) -> None:
        def answer(parsed: dict[str, Any], **_: object) -> None:
            key = "PartitionValues" if operation == "BatchCreatePartition" else "PartitionValueList"
            parsed["Errors"] = [{key: [code], "ErrorDetail": {"ErrorCode": code}} for code in codes]

        lake.glue.meta.events.register(f"after-call.glue.{operation}", answer)

    return register


@pytest.mark.parametrize("operation", ["BatchCreatePartition", "BatchUpdatePartition"])
@pytest.mark.parametrize(
    ("codes", "busy"),
    [
        (["ConcurrentModificationException"], True),
        (["OperationTimeoutException", "ConcurrentModificationException"], True),
        (["OperationTimeoutException", "AccessDeniedException"], False),
        (["ResourceNumberLimitExceededException"], False),
    ],
)
def test_items_that_were_refused_for_now_are_told_apart(
    lake: Lake, refuse: Refuse, operation: str, codes: list[str], busy: bool
) -> None:
    lake.create_table()
    if operation == "BatchUpdatePartition":
        lake.write("dt=2026-11-20/a.csv")
        lake.register()
    refuse(operation, *codes)
    lake.write("dt=2026-11-20/a.csv", run="r2")
    with pytest.raises(RegistrationError, match=codes[0]) as refused:
        lake.register("r2")
    assert isinstance(refused.value, CatalogBusyError) is busy


def test_a_busy_catalog_is_called_again_after_longer_and_longer_pauses() -> None:
    outcomes: list[Exception | str] = [CatalogBusyError("x"), ConcurrentModificationException(), "done"]
    slept: list[float] = []

    def call() -> str:
        outcome = outcomes.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    assert repeat_while_busy(call, sleep=slept.append) == "done"
    assert slept == [5, 10]


def test_after_four_calls_the_error_is_raised() -> None:
    calls: list[int] = []

    def call() -> None:
        calls.append(1)
        raise ConcurrentModificationException

    with pytest.raises(ConcurrentModificationException):
        repeat_while_busy(call, sleep=lambda _: None)
    assert len(calls) == 4


def test_anything_else_is_raised_at_once() -> None:
    def call() -> None:
        raise RegistrationError("no")

    with pytest.raises(RegistrationError, match="no"):
        repeat_while_busy(call, sleep=lambda _: pytest.fail("there is nothing to wait for"))
