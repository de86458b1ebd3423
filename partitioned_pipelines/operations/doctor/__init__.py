"""What is wrong with a table, and what can be done about it from its receipts and its definition."""

from partitioned_pipelines.operations.doctor.cascade import cascade_schema
from partitioned_pipelines.operations.doctor.drop import accept_dropped
from partitioned_pipelines.operations.doctor.examination import examine
from partitioned_pipelines.operations.doctor.finding import Finding, Kind
from partitioned_pipelines.operations.doctor.rebuild import Rebuilt, rebuild_catalog

__all__ = ["Finding", "Kind", "Rebuilt", "accept_dropped", "cascade_schema", "examine", "rebuild_catalog"]
