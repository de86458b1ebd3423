"""Glue's TableInput of a table: what the stacks create and doctor compares with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from partitioned_pipelines.lake import key_layout
from partitioned_pipelines.lake.tables.storage_format import storage_descriptor, table_parameters
from partitioned_pipelines.spec.derived.function_specs import column_specs
from partitioned_pipelines.spec.derived.projection import projection_parameters

if TYPE_CHECKING:
    from partitioned_pipelines.spec.model.pipeline import Table


def glue_table_input(table: Table, lake_bucket: str) -> dict[str, Any]:
    """Return Glue's TableInput.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-glue-table-tableinput.html
    """
    location = key_layout.table_location(lake_bucket, table.database, table.name, table.layout)
    projection = projection_parameters(table, location) if table.registration == "projection" else {}
    return {
        "Name": table.name,
        **({"Description": table.description} if table.description else {}),
        "TableType": "EXTERNAL_TABLE",
        "Parameters": {**table_parameters(table.format), **projection},
        "PartitionKeys": [
            {"Name": key.name, "Type": key.type, **({"Comment": key.comment} if key.comment else {})}
            for key in table.partition_keys
        ],
        "StorageDescriptor": storage_descriptor(table.format, column_specs(table), location),
    }
