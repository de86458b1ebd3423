"""Removing the runs of a table that nothing points to, and never one that something does."""

from partitions.vacuum.removal import RemovalError
from partitions.vacuum.vacuum import KeptRun, RemovedRun, Vacuum, VacuumReport

__all__ = ["KeptRun", "RemovalError", "RemovedRun", "Vacuum", "VacuumReport"]
