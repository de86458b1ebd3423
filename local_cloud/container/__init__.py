"""Processes that see their own ``/opt/ml``, as a SageMaker container does: without Docker, and without touching the host's."""

from local_cloud.container.container import ContainerResult, ContainerSpec, run_container
from local_cloud.container.isolation import NoIsolationError

__all__ = ["ContainerResult", "ContainerSpec", "NoIsolationError", "run_container"]
