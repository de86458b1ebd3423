"""Pointing partitions of a table back to an earlier run."""

from partitioned_pipelines.operations.rollback.plan import Move, RollbackPlan
from partitioned_pipelines.operations.rollback.rollback import Rollback
from partitioned_pipelines.operations.rollback.selection import PartitionSelection

__all__ = ["Move", "PartitionSelection", "Rollback", "RollbackPlan"]
