"""The doctor's findings on a table, which it does not change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import boto3

from partitioned_pipelines.lake.tables.storage_format import storage_descriptor, table_parameters
from partitioned_pipelines.operations.doctor import Finding, examine
from partitioned_pipelines.operations.history.executions import Executions
from tests.moto_lake import COLUMNS, REGION
from tests.runtime.registration.published_runs import address

if TYPE_CHECKING:
    from tests.moto_lake import Lake

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
    """Return the table input of the pipeline file."""
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


def add_column(lake: Lake) -> None:
    """Add a column to the catalog's table, as a deployment does; its partitions stay unchanged."""
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
