"""The diagnosis of a table, and its repair from the receipts and the table's definition."""

from partitioned_pipelines.operations.doctor.examination import Finding, Kind, examine
from partitioned_pipelines.operations.doctor.repairs import Rebuilt, accept_dropped, rebuild_catalog
from partitioned_pipelines.operations.doctor.schema_cascade import cascade_schema

__all__ = ["Finding", "Kind", "Rebuilt", "accept_dropped", "cascade_schema", "examine", "rebuild_catalog"]
