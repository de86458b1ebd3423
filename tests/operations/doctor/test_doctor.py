"""Tests that the doctor finds each problem by its kind, and changes nothing unless asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import boto3
import pytest

from partitioned_pipelines.operations.doctor import Kind, examine
from partitioned_pipelines.operations.history.executions import Executions, ExecutionState
from tests.moto_lake import REGION
from tests.operations.doctor.examination import add_column, find, kinds, no_executions, table_input
from tests.runtime.registration.published_runs import DAY, RECEIPTS, START, address, point, publish, read

if TYPE_CHECKING:
    from datetime import datetime

    from tests.moto_lake import Lake


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
    assert str(finding.remedy).endswith("pipelines rollback NAME --partition dt=2026-01-01")


@pytest.mark.parametrize(
    ("location", "says"),
    [
        ("s3://lake/elsewhere/", "no data"),
        ("s3://no-such-bucket/elsewhere/", "NoSuchBucket"),
        ("hdfs://x/", "not a folder in S3"),
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
    assert "3 partitions" in str(finding.remedy)


def test_in_place_tables_are_examined_too(lake: Lake) -> None:
    lake.create_table("in_place")
    lake.write("dt=2026-01-01/a.csv")
    lake.register()
    assert find(lake) == []
    lake.s3.delete_object(Bucket="lake", Key=f"{lake.root()}dt=2026-01-01/a.csv")
    assert kinds(find(lake)) == ["dead_partition"]
    assert read(lake).contradictions() == []
