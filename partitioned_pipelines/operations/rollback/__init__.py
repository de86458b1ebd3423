"""The rollback of a table's partitions to an earlier run."""

from partitioned_pipelines.operations.rollback.plan import Move, PartitionSelection, RollbackPlan
from partitioned_pipelines.operations.rollback.rollback import Rollback

__all__ = ["Move", "PartitionSelection", "Rollback", "RollbackPlan"]
