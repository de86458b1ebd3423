"""The doctor finds each thing by its kind, touches nothing unasked, and repairs from the definition and the receipts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from partitions.doctor import Finding, Kind, Rebuilt, accept_dropped, cascade_schema, examine, rebuild_catalog
from partitions.history.executions import Executions, ExecutionState
from partitions.history.refusal import OperationRefusedError
from partitions.rollback import PartitionSelection, Rollback
from partitions.storage_format import storage_descriptor, table_parameters
from partitions.vacuum import Vacuum
from tests.partitions.conftest import COLUMNS, REGION
from tests.partitions.published_runs import (
    DAY,
    RECEIPTS,
    START,
    Clock,
    address,
    lease_of,
    point,
    publish,
    read,
    shown,
)

if TYPE_CHECKING:
    from tests.partitions.conftest import Lake

WRITES = {
    "BatchCreatePartition",
    "BatchUpdatePartition",
    "UpdatePartition",
    "CreatePartition",
    "PutObject",
    "DeleteObject",
    "DeleteObjects",
}


def table_input(lake: Lake) -> dict[str, Any]:
    """Say what the pipeline file wants."""
    return {
        "Name": "features",
        "Parameters": table_parameters("csv"),
        "PartitionKeys": [{"Name": key["name"], "Type": key["type"]} for key in lake.keys],
        "StorageDescriptor": storage_descriptor("csv", COLUMNS, lake.location),
    }


def no_executions() -> Executions:
    return Executions(boto3.client("stepfunctions", region_name=REGION), None)


def find(lake: Lake, executions: Executions | None = None) -> list[Finding]:
    lake.forget_calls()
    found = examine(lake.s3, lake.glue, address(lake), table_input(lake), executions or no_executions())
    assert not set(lake.calls) & WRITES, "an examination touches nothing"
    return found


def kinds(findings: list[Finding]) -> list[str]:
    return [finding.kind.value for finding in findings if not finding.is_note]


def rebuild(lake: Lake) -> Rebuilt:
    return rebuild_catalog(lake.s3, lake.glue, address(lake), lease_of(lake, Clock()), Clock(START + 30 * DAY))


def add_column(lake: Lake) -> None:
    """Add a column to the catalog's table, as a deployment does; its partitions stay as they were."""
    table = lake.glue.get_table(DatabaseName="analytics", Name="features")["Table"]
    descriptor: Any = dict(table["StorageDescriptor"])
    descriptor["Columns"] = [*descriptor["Columns"], {"Name": "feature9", "Type": "double"}]
    lake.glue.update_table(
        DatabaseName="analytics",
        TableInput={
            "Name": "features",
            "PartitionKeys": table["PartitionKeys"],
            "Parameters": table["Parameters"],
            "StorageDescriptor": descriptor,
        },
    )


def deploy_anew(lake: Lake) -> None:
    lake.glue.delete_table(DatabaseName="analytics", Name="features")
    lake.create_table(lake.layout)


@pytest.fixture
def two_runs(lake: Lake) -> Lake:
    lake.create_table()
    publish(lake, "r1", START, 1, 2)
    publish(lake, "r2", START + DAY, 2, 3)
    return lake


def test_a_table_that_is_well_has_no_findings(two_runs: Lake) -> None:
    assert find(two_runs) == []


def test_a_run_that_was_replaced_is_worth_a_note(two_runs: Lake) -> None:
    publish(two_runs, "r3", START + 2 * DAY, 2, 3)
    (finding,) = find(two_runs)
    assert (finding.kind, finding.subject, finding.is_note) == (Kind.ORPHAN, "r2", True)
    assert "since 2026-11-03T00:00:00Z" in finding.problem


def test_a_run_that_was_never_registered_is_an_orphan(two_runs: Lake) -> None:
    two_runs.write("dt=2026-01-01/a.csv", run="r9")
    (finding,) = find(two_runs)
    assert (finding.kind, finding.subject, finding.is_note) == (Kind.ORPHAN, "r9", False)


@pytest.mark.parametrize(("status", "closed_at", "is_note"), [("RUNNING", None, True), ("FAILED", START, False)])
def test_a_run_that_goes_on_is_no_orphan_yet(
    two_runs: Lake, status: str, closed_at: datetime | None, is_note: bool
) -> None:
    class Known(Executions):
        def find(self, run_id: str) -> ExecutionState | None:
            return ExecutionState(f"arn:{run_id}", status, closed_at)

    two_runs.write("dt=2026-01-01/a.csv", run="r9")
    (finding,) = find(two_runs, Known(boto3.client("stepfunctions", region_name=REGION), None))
    assert finding.is_note is is_note
    assert status in finding.problem


def test_a_partition_whose_files_are_gone_is_dead(two_runs: Lake) -> None:
    two_runs.s3.delete_object(Bucket="lake", Key=f"{two_runs.root('r1')}dt=2026-01-01/a.csv")
    two_runs.s3.put_object(Bucket="lake", Key=f"{two_runs.root('r1')}dt=2026-01-01/_SUCCESS", Body=b"x")
    (finding,) = find(two_runs)
    assert (finding.kind, finding.values) == (Kind.DEAD_PARTITION, ("2026-01-01",))
    assert "no data" in finding.problem


@pytest.mark.parametrize(
    ("location", "says"),
    [
        ("s3://lake/elsewhere/", "no data"),
        ("s3://no-such-bucket/elsewhere/", "NoSuchBucket"),
        ("hdfs://x/", "no folder in S3"),
    ],
)
def test_a_partition_made_by_hand_of_nothing_is_dead(two_runs: Lake, location: str, says: str) -> None:
    table = two_runs.glue.get_table(DatabaseName="analytics", Name="features")["Table"]
    descriptor: Any = {**table["StorageDescriptor"], "Location": location}
    two_runs.glue.create_partition(
        DatabaseName="analytics",
        TableName="features",
        PartitionInput={"Values": ["x"], "StorageDescriptor": descriptor},
    )
    (finding,) = find(two_runs)
    assert finding.kind == Kind.DEAD_PARTITION
    assert says in finding.problem


def test_data_in_a_folder_below_is_data(two_runs: Lake) -> None:
    two_runs.s3.delete_object(Bucket="lake", Key=f"{two_runs.root('r1')}dt=2026-01-01/a.csv")
    two_runs.write("dt=2026-01-01/part/a.csv", run="r1")
    assert find(two_runs) == []


def test_one_listing_for_each_live_run(two_runs: Lake) -> None:
    find(two_runs)
    listings = {"receipts": 1, "run folders": 1, "live runs": 2}
    assert two_runs.calls["ListObjectsV2"] == sum(listings.values())


def test_drift_is_where_the_catalog_is_not_at_the_newest_receipts_location(two_runs: Lake) -> None:
    point(two_runs, 2, f"{two_runs.location}r1/0b1c/dt=2026-01-02/")
    (finding,) = find(two_runs)
    assert (finding.kind, finding.values) == (Kind.DRIFT, ("2026-01-02",))
    assert "r1/0b1c" in finding.problem
    assert "r2/0b1c" in finding.problem


def test_a_partition_that_was_dropped_is_missing(two_runs: Lake) -> None:
    two_runs.glue.delete_partition(DatabaseName="analytics", TableName="features", PartitionValues=["2026-01-03"])
    assert "missing_partition" in kinds(find(two_runs))


def test_a_partition_whose_run_has_no_receipt_is_told(two_runs: Lake) -> None:
    two_runs.s3.delete_object(Bucket="lake", Key=f"{RECEIPTS}r2.json")
    assert kinds(find(two_runs)) == ["no_receipt", "no_receipt"]


def test_a_corrupt_receipt_is_named(two_runs: Lake) -> None:
    two_runs.s3.put_object(Bucket="lake", Key=f"{RECEIPTS}r0.json", Body=b"{")
    (finding,) = find(two_runs)
    assert (finding.kind, finding.subject) == (Kind.BAD_RECEIPT, f"s3://lake/{RECEIPTS}r0.json")


def test_old_schemas_are_told_by_column(two_runs: Lake) -> None:
    add_column(two_runs)
    findings = find(two_runs)
    assert kinds(findings) == ["table_drift", "old_schema", "old_schema", "old_schema"]
    assert all("lacks 'feature9'" in finding.problem for finding in findings[1:])
    assert "has 'feature9', which should not be there" in findings[0].problem


def _columns(*columns: tuple[str, str]) -> dict[str, Any]:
    return {"Columns": [{"Name": name, "Type": kind} for name, kind in columns]}


@pytest.mark.parametrize(
    ("part", "change", "says"),
    [
        ("StorageDescriptor", _columns(("feature1", "string")), "has 'y', which should not be there"),
        ("StorageDescriptor", _columns(("feature1", "int"), ("y", "int")), "'feature1' is string"),
        ("StorageDescriptor", {"InputFormat": "other"}, "InputFormat is"),
        ("Parameters", {"classification": "parquet"}, "'classification' is 'csv'"),
    ],
)
def test_a_table_that_is_not_what_the_file_says(two_runs: Lake, part: str, change: dict[str, Any], says: str) -> None:
    wanted = table_input(two_runs)
    wanted[part] = {**wanted[part], **change}
    found = examine(two_runs.s3, two_runs.glue, address(two_runs), wanted, no_executions())
    assert [finding.kind for finding in found] == [Kind.TABLE_DRIFT]
    assert says in found[0].problem


def test_the_order_of_the_columns_is_part_of_how_a_csv_is_read(two_runs: Lake) -> None:
    wanted = table_input(two_runs)
    wanted["StorageDescriptor"]["Columns"] = wanted["StorageDescriptor"]["Columns"][::-1]
    found = examine(two_runs.s3, two_runs.glue, address(two_runs), wanted, no_executions())
    assert ["in the order 'feature1', 'y', and should in 'y', 'feature1'" in each.problem for each in found] == [True]


def test_other_partition_keys_are_table_drift(two_runs: Lake) -> None:
    wanted = table_input(two_runs)
    wanted["PartitionKeys"] = [*wanted["PartitionKeys"], {"Name": "hour", "Type": "int"}]
    found = examine(two_runs.s3, two_runs.glue, address(two_runs), wanted, no_executions())
    assert ["partition keys: it lacks 'hour'" in each.problem for each in found] == [True]


def test_a_table_that_is_gone_is_told_with_what_can_be_restored(two_runs: Lake) -> None:
    two_runs.glue.delete_table(DatabaseName="analytics", Name="features")
    (finding,) = find(two_runs)
    assert finding.kind == Kind.TABLE_MISSING
    assert "3 partitions" in finding.remedy


def test_fixing_cascades_the_schema_and_nothing_else(two_runs: Lake) -> None:
    add_column(two_runs)
    before = two_runs.partitions()
    assert cascade_schema(two_runs.glue, address(two_runs), lease_of(two_runs, Clock())) == 3
    after = two_runs.partitions()
    assert kinds(find(two_runs)) == ["table_drift"]
    for values, partition in after.items():
        assert partition["StorageDescriptor"]["Location"] == before[values]["StorageDescriptor"]["Location"]
        assert partition["Parameters"] == before[values]["Parameters"]
    assert cascade_schema(two_runs.glue, address(two_runs), lease_of(two_runs, Clock())) == 0


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
    Rollback(
        two_runs.s3,
        two_runs.glue,
        address(two_runs),
        PartitionSelection(),
        None,
        lease_of(two_runs, Clock()),
        Clock(START + 5 * DAY),
    ).run()
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
    with pytest.raises(OperationRefusedError, match=r"receipts/r1\.json"):
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
    Rollback(
        two_runs.s3,
        two_runs.glue,
        address(two_runs),
        PartitionSelection.parse(["dt=2026-01-01"], ["dt"]),
        "r1",
        lease_of(two_runs, clock),
        clock,
    ).run()
    assert shown(two_runs) == {1: "r1", 2: "r2", 3: "r2"}
    assert kinds(find(two_runs)) == []


def test_in_place_tables_are_examined_too(lake: Lake) -> None:
    lake.create_table("in_place")
    lake.write("dt=2026-01-01/a.csv")
    lake.register()
    assert find(lake) == []
    lake.s3.delete_object(Bucket="lake", Key=f"{lake.root()}dt=2026-01-01/a.csv")
    assert kinds(find(lake)) == ["dead_partition"]
    assert read(lake).contradictions() == []
