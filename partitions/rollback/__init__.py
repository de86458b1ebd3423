"""Pointing partitions of a table back to an earlier run."""

from partitions.rollback.plan import Move, RollbackPlan
from partitions.rollback.rollback import Rollback
from partitions.rollback.selection import PartitionSelection

__all__ = ["Move", "PartitionSelection", "Rollback", "RollbackPlan"]
