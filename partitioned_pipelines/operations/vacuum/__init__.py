"""The removal of a table's runs that no partition points to."""

from partitioned_pipelines.operations.vacuum.removal import RemovalError
from partitioned_pipelines.operations.vacuum.vacuum import KeptRun, RemovedRun, Vacuum, VacuumReport

__all__ = ["KeptRun", "RemovalError", "RemovedRun", "Vacuum", "VacuumReport"]
