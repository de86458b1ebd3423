"""Containers without Docker: processes with their own ``/opt/ml``, as on SageMaker."""

from local_cloud.container.container import ContainerResult, ContainerSpec, run_container
from local_cloud.container.isolation import NoIsolationError
from local_cloud.container.memory import memory_bound
from local_cloud.container.written_files import UnreadableOutputError, WrittenFile, written_files

__all__ = [
    "ContainerResult",
    "ContainerSpec",
    "NoIsolationError",
    "UnreadableOutputError",
    "WrittenFile",
    "memory_bound",
    "run_container",
    "written_files",
]
