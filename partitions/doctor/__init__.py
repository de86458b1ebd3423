"""What is wrong with a table, and what can be done about it from its receipts and its definition."""

from partitions.doctor.cascade import cascade_schema
from partitions.doctor.drop import accept_dropped
from partitions.doctor.examination import examine
from partitions.doctor.finding import Finding, Kind
from partitions.doctor.rebuild import Rebuilt, rebuild_catalog

__all__ = ["Finding", "Kind", "Rebuilt", "accept_dropped", "cascade_schema", "examine", "rebuild_catalog"]
