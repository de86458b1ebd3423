"""The quotas of instances for processing jobs, by instance type."""

from __future__ import annotations

import functools
import zlib
from dataclasses import dataclass
from typing import Final

from local_cloud.botocore_session import botocore_session

# More than a machine can run, so that only changed quotas are exceeded.
DEFAULT_INSTANCES: Final = 1000
_set: dict[str, int] = {}


class UnknownQuotaError(ValueError):
    """The quota does not exist, or the value is invalid."""


@dataclass(frozen=True, slots=True)
class ProcessingQuota:
    """The quota of an instance type."""

    instance_type: str

    @property
    def name(self) -> str:
        """The quota's name, used by Service Quotas and in CreateProcessingJob's error."""
        return f"{self.instance_type} for processing job usage"

    @property
    def code(self) -> str:
        """The quota's code, eight hexadecimal digits as on AWS."""
        return f"L-{zlib.crc32(self.name.encode()):08X}"

    @property
    def instances(self) -> int:
        """The maximum number of instances that run at the same time."""
        return _set.get(self.instance_type, DEFAULT_INSTANCES)


@functools.cache
def processing_quotas() -> tuple[ProcessingQuota, ...]:
    """Return the quotas, one for each instance type in SageMaker's model."""
    model = botocore_session().get_service_model("sagemaker")
    types: list[str] = model.shape_for("ProcessingInstanceType").metadata["enum"]
    return tuple(ProcessingQuota(name) for name in types)


def set_quota(instance_type: str, instances: str) -> dict[str, int]:
    """Change the quota of an instance type, and return all changed quotas.

    Raises
    ------
    UnknownQuotaError
        If the type does not exist, or the number is invalid.
    """
    if not instances.isdecimal() or instance_type not in {quota.instance_type for quota in processing_quotas()}:
        raise UnknownQuotaError(f"{instance_type}={instances} is not a quota: /_local/quotas/ml.m5.xlarge/0 sets one")
    _set[instance_type] = int(instances)
    return dict(_set)
