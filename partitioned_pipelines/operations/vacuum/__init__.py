"""Removing the runs of a table that nothing points to, and never one that something does."""

from partitioned_pipelines.operations.vacuum.removal import RemovalError
from partitioned_pipelines.operations.vacuum.vacuum import KeptRun, RemovedRun, Vacuum, VacuumReport

__all__ = ["KeptRun", "RemovalError", "RemovedRun", "Vacuum", "VacuumReport"]
