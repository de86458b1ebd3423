"""Tests that the doctor repairs from the definition and the receipts, and accepts dropped partitions only on request."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from partitioned_pipelines.operations.doctor import (
    Rebuilt,
    accept_dropped,
    cascade_schema,
    rebuild_catalog,
)
from partitioned_pipelines.operations.operation import OperationRefusedError
from partitioned_pipelines.operations.vacuum import Vacuum
from tests.operations.doctor.examination import add_column, find, kinds, no_executions
from tests.runtime.registration.published_runs import (
    DAY,
    RECEIPTS,
    START,
    Clock,
    address,
    lease_of,
    point,
    prepare_rollback,
    publish,
    read,
    shown,
)

if TYPE_CHECKING:
    from tests.moto_lake import Lake


def rebuild(lake: Lake) -> Rebuilt:
    return rebuild_catalog(lake.s3, lake.glue, address(lake), lease_of(lake, Clock()), Clock(START + 30 * DAY))


def deploy_anew(lake: Lake) -> None:
    lake.glue.delete_table(DatabaseName="analytics", Name="features")
    lake.create_table(lake.layout)


def test_fixing_cascades_the_schema_and_nothing_else(two_runs: Lake) -> None:
    add_column(two_runs)
    before = two_runs.partitions()
    assert cascade_schema(two_runs.s3, two_runs.glue, address(two_runs), lease_of(two_runs, Clock())) == 3
    after = two_runs.partitions()
    assert kinds(find(two_runs)) == ["table_drift"]
    for values, partition in after.items():
        assert partition["StorageDescriptor"]["Location"] == before[values]["StorageDescriptor"]["Location"]
        assert partition["Parameters"] == before[values]["Parameters"]
    assert cascade_schema(two_runs.s3, two_runs.glue, address(two_runs), lease_of(two_runs, Clock())) == 0


def test_a_catalog_is_rebuilt_from_the_receipts(two_runs: Lake) -> None:
    before = two_runs.partitions()
    deploy_anew(two_runs)
    assert kinds(find(two_runs)) == ["missing_partition"] * 3
    rebuilt = rebuild(two_runs)
    assert (rebuilt.created, rebuilt.repointed, rebuilt.without_data) == (3, 0, [])
    after = two_runs.partitions()
    for values, partition in after.items():
        assert partition["StorageDescriptor"] == before[values]["StorageDescriptor"]
        stamps = [dict(each["Parameters"]) for each in (partition, before[values])]
        for stamp in stamps:
            del stamp["registered_at"]
        assert stamps[0] == stamps[1]
    assert find(two_runs) == []
    assert publish(two_runs, "r0", START - DAY, 1, at=START + 31 * DAY)["kept_newer"] == 1, "runs keep their order"


def test_rebuilding_restores_a_rollback_too(two_runs: Lake) -> None:
    prepare_rollback(two_runs, clock=Clock(START + 5 * DAY)).run()
    assert shown(two_runs) == {1: "r1", 2: "r1", 3: "r2"}
    before = two_runs.partitions()["2026-01-02",]["Parameters"]
    deploy_anew(two_runs)
    assert rebuild(two_runs).created == 3
    assert shown(two_runs) == {1: "r1", 2: "r1", 3: "r2"}
    after = two_runs.partitions()["2026-01-02",]["Parameters"]
    assert {**after, "registered_at": ""} == {**before, "registered_at": ""}
    assert kinds(find(two_runs)) == []


def test_rebuilding_leaves_what_a_later_run_has_registered_since(two_runs: Lake) -> None:
    deploy_anew(two_runs)
    publish(two_runs, "r3", START + 9 * DAY, 2)
    assert rebuild(two_runs).created == 2
    assert shown(two_runs) == {1: "r1", 2: "r3", 3: "r2"}


def test_rebuilding_points_back_what_was_moved_by_hand(two_runs: Lake) -> None:
    point(two_runs, 2, "s3://elsewhere/x/")
    rebuilt = rebuild(two_runs)
    assert (rebuilt.created, rebuilt.repointed) == (0, 1)
    assert shown(two_runs)[2] == "r2"


def test_rebuilding_makes_no_partition_of_nothing(two_runs: Lake) -> None:
    two_runs.s3.delete_object(Bucket="lake", Key=f"{two_runs.root('r1')}dt=2026-01-01/a.csv")
    deploy_anew(two_runs)
    rebuilt = rebuild(two_runs)
    assert rebuilt.created == 2
    assert len(rebuilt.without_data) == 1
    assert "dt=2026-01-01" in rebuilt.without_data[0]


def test_rebuilding_waits_for_a_corrupt_receipt(two_runs: Lake) -> None:
    two_runs.s3.put_object(Bucket="lake", Key=f"{RECEIPTS}r1.json", Body=b"{")
    deploy_anew(two_runs)
    with pytest.raises(OperationRefusedError, match=rf"{RECEIPTS}r1\.json"):
        rebuild(two_runs)
    assert two_runs.partitions() == {}


def test_rebuilding_a_table_with_other_keys_is_refused(two_runs: Lake) -> None:
    two_runs.glue.delete_table(DatabaseName="analytics", Name="features")
    two_runs.create_table(keys="dt:string: hour:int:")
    with pytest.raises(OperationRefusedError, match=r"\['dt', 'hour'\]"):
        rebuild(two_runs)


def test_vacuum_goes_on_after_a_rebuild(two_runs: Lake) -> None:
    publish(two_runs, "r3", START + 2 * DAY, 2, 3)
    deploy_anew(two_runs)
    clock = Clock(datetime.now(UTC) + timedelta(days=9))
    vacuum = Vacuum(
        two_runs.s3, two_runs.glue, address(two_runs), no_executions(), 7 * DAY, lease_of(two_runs, clock), clock
    )
    with pytest.raises(OperationRefusedError, match="contradicts"):
        vacuum.run()
    rebuild(two_runs)
    assert [run.run_id for run in vacuum.run().removed] == ["r2"]
    assert shown(two_runs) == {1: "r1", 2: "r3", 3: "r3"}


def drop(lake: Lake, *days: int) -> None:
    for day in days:
        values = [f"2026-01-{day:02}"]
        lake.glue.delete_partition(DatabaseName="analytics", TableName="features", PartitionValues=values)


def accept(lake: Lake, clock: Clock) -> list[tuple[str, ...]]:
    return accept_dropped(lake.s3, lake.glue, address(lake), lease_of(lake, clock), clock)


def test_a_partition_dropped_on_purpose_is_noted_and_stays_away(two_runs: Lake) -> None:
    drop(two_runs, 1)
    assert kinds(find(two_runs)) == ["missing_partition"]
    assert accept(two_runs, Clock(START + 5 * DAY)) == [("2026-01-01",)]
    findings = find(two_runs)
    assert kinds(findings) == []
    assert [finding.subject for finding in findings] == ["r1"], "its run is not live any more"
    assert rebuild(two_runs).created == 0
    assert accept(two_runs, Clock(START + 6 * DAY)) == []
    assert read(two_runs).runs["r1"].ceased_at == START + 5 * DAY


def test_what_is_registered_after_a_drop_is_expected_again(two_runs: Lake) -> None:
    drop(two_runs, 1)
    accept(two_runs, Clock(START + 5 * DAY))
    publish(two_runs, "r3", START + 6 * DAY, 1)
    assert kinds(find(two_runs)) == []
    drop(two_runs, 1)
    assert kinds(find(two_runs)) == ["missing_partition"]


def test_vacuum_goes_on_after_a_drop_even_of_everything(two_runs: Lake) -> None:
    drop(two_runs, 1, 2, 3)
    accept(two_runs, Clock(START + 5 * DAY))
    clock = Clock(START + 12 * DAY)
    vacuum = Vacuum(
        two_runs.s3, two_runs.glue, address(two_runs), no_executions(), 7 * DAY, lease_of(two_runs, clock), clock
    )
    assert [run.run_id for run in vacuum.run().removed] == ["r1", "r2"]
    assert [run.run_id for run in vacuum.run().removed] == []


def test_a_rollback_brings_a_dropped_partition_back(two_runs: Lake) -> None:
    drop(two_runs, 1)
    accept(two_runs, Clock(START + 5 * DAY))
    clock = Clock(START + 6 * DAY)
    prepare_rollback(two_runs, "dt=2026-01-01", to="r1", clock=clock).run()
    assert shown(two_runs) == {1: "r1", 2: "r2", 3: "r2"}
    assert kinds(find(two_runs)) == []
