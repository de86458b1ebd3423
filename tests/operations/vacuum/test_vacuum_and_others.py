"""Tests of vacuum with concurrent operations, and after a vacuum that was killed."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from partitioned_pipelines.lake.key_layout import lease_key
from partitioned_pipelines.operations.operation import OperationRefusedError
from partitioned_pipelines.operations.vacuum import Vacuum
from partitioned_pipelines.runtime.lease import LeaseHeldError, hold_lease
from tests.operations.vacuum.preparation import NOW, WEEK, KnownExecutions, prepare, removed_runs
from tests.runtime.registration.published_runs import (
    RECEIPTS,
    Clock,
    address,
    keys_of,
    lease_of,
    prepare_rollback,
    publish,
    read,
    shown,
)

if TYPE_CHECKING:
    from partitioned_pipelines.operations.rollback import Rollback
    from tests.moto_lake import Lake


def test_a_registration_between_the_plan_and_the_lease_keeps_its_run(two_runs: Lake) -> None:
    """The rollback happens after vacuum has decided, and before it holds the lease."""
    vacuum = prepare(two_runs)

    def roll_back_first() -> Any:
        prepare_rollback(two_runs, to="r1", clock=Clock(NOW)).run()
        return vacuum.hold_lease()

    racing = Vacuum(vacuum.s3, vacuum.glue, vacuum.table, vacuum.executions, vacuum.keep, roll_back_first, vacuum.now)
    assert removed_runs(racing.plan()) == ["r1"], "it was to be removed"
    report = racing.run()
    assert removed_runs(report) == []
    assert {run.run_id: run.reason for run in report.kept}["r1"] == "a partition points to it"
    assert shown(two_runs) == {1: "r1", 2: "r2"}
    assert len(keys_of(two_runs, "r1")) == 1


def test_while_a_run_is_being_removed_nobody_can_point_to_it(two_runs: Lake) -> None:
    """A concurrent rollback waits for the lease, and then finds the files deleted."""
    key = lease_key("analytics", "features")
    refused: list[BaseException] = []

    def roll_back(_parsed: dict[str, Any]) -> None:
        with pytest.raises(LeaseHeldError) as caught:
            rollback(wait_seconds=0).run()
        refused.append(caught.value)

    def rollback(wait_seconds: float) -> Rollback:
        return prepare_rollback(
            two_runs,
            to="r1",
            clock=Clock(NOW),
            lease=lambda: hold_lease(two_runs.s3, "lake", key, "late", now=Clock(NOW), wait_seconds=wait_seconds),
        )

    two_runs.amend("s3.DeleteObjects", roll_back)
    assert removed_runs(prepare(two_runs).run()) == ["r1"]
    assert len(refused) == 1
    with pytest.raises(OperationRefusedError, match="has no run 'r1'"):
        rollback(wait_seconds=60).run()
    assert shown(two_runs) == {1: "r2", 2: "r2"}


def test_a_run_that_was_live_in_between_is_kept_from_then_on(two_runs: Lake) -> None:
    """Pointed to and released again while vacuum waited for the lease: nothing points to it, but someone may be reading."""
    vacuum = prepare(two_runs)

    def use_for_a_moment() -> Any:
        prepare_rollback(two_runs, to="r1", clock=Clock(NOW)).run()
        publish(two_runs, "r3", NOW + timedelta(seconds=1), 1, 2)
        return vacuum.hold_lease()

    report = Vacuum(
        vacuum.s3, vacuum.glue, vacuum.table, vacuum.executions, vacuum.keep, use_for_a_moment, vacuum.now
    ).run()
    assert removed_runs(report) == []
    assert "r1" in [run.run_id for run in report.kept]
    assert len(keys_of(two_runs, "r1")) == 1


def test_the_lease_is_checked_before_each_batch_and_ends_the_removal(two_runs: Lake) -> None:
    class LeaseLostError(RuntimeError):
        pass

    class Lost:
        def __enter__(self) -> Lost:
            return self

        def __exit__(self, *_: object) -> None:
            return None

        def check(self) -> None:
            raise LeaseLostError

    vacuum = prepare(two_runs)
    lost: Any = Lost
    with pytest.raises(LeaseLostError):
        Vacuum(vacuum.s3, vacuum.glue, vacuum.table, vacuum.executions, vacuum.keep, lost, vacuum.now).run()
    assert len(keys_of(two_runs, "r1")) == 1


@pytest.mark.parametrize("call", ["DeleteObjects", "PutObject", "DeleteObject"])
def test_where_it_dies_the_next_one_finishes(two_runs: Lake, call: str) -> None:
    healed: list[bool] = []

    def die(params: dict[str, Any]) -> dict[str, Any] | None:
        if healed or (call != "DeleteObjects" and RECEIPTS not in params["url"]):
            return None
        return {"Error": {"Code": "InternalError", "Message": "died"}}

    two_runs.answer(f"s3.{call}", die)
    with pytest.raises(two_runs.s3.exceptions.ClientError, match="died"):
        prepare(two_runs).run()
    assert shown(two_runs) == {1: "r2", 2: "r2"}
    healed.append(True)
    assert removed_runs(prepare(two_runs).run()) == ["r1"]
    assert keys_of(two_runs, "r1") == []
    assert list(read(two_runs).runs) == ["r2"]
    assert f"{RECEIPTS}removed/r1.json" in two_runs.object_keys()


def test_the_lease_is_given_back_in_between_so_that_registrations_get_their_turn(two_runs: Lake) -> None:
    """Each deletion takes time; after 30 seconds the lease is released, long enough for waiting writers to notice."""
    for number in range(2100):
        two_runs.write(f"dt=2026-01-01/more-{number}.csv", run="r1")
    clock = Clock(NOW)
    two_runs.amend("s3.DeleteObjects", lambda _: clock.sleep(20))
    registered: list[int] = []

    def pause(seconds: float) -> None:
        assert seconds > 2, "others look every two seconds"
        assert not [key for key in two_runs.object_keys() if key.startswith("locks/")]
        publish(two_runs, f"later{len(registered)}", NOW + timedelta(seconds=len(registered)), 3)
        registered.append(3)
        clock.sleep(seconds)

    report = Vacuum(
        two_runs.s3,
        two_runs.glue,
        address(two_runs),
        KnownExecutions(),
        WEEK,
        lease_of(two_runs, clock),
        clock,
        pause,
    ).run()
    assert registered == [3], "after the second of three batches"
    assert [(run.run_id, run.objects) for run in report.removed] == [("r1", 2101)]
    assert keys_of(two_runs, "r1") == []
    moved = json.loads(two_runs.s3.get_object(Bucket="lake", Key=f"{RECEIPTS}removed/r1.json")["Body"].read())
    assert moved["removed"]["objects"] == 2101, "all that was deleted, in both turns"
