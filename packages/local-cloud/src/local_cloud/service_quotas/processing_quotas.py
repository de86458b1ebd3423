"""How many instances of each type may run processing jobs at a time."""

from __future__ import annotations

import functools
import zlib
from dataclasses import dataclass
from typing import Final

import botocore.session

# Far more than a machine can run at a time: what is refused here is what somebody has set.
DEFAULT_INSTANCES: Final = 1000
_set: dict[str, int] = {}


class UnknownQuotaError(ValueError):
    """There is no such quota, or it cannot have that value."""


@dataclass(frozen=True, slots=True)
class ProcessingQuota:
    """The quota of an instance type."""

    instance_type: str

    @property
    def name(self) -> str:
        """As Service Quotas and the refusal of a job have it."""
        return f"{self.instance_type} for processing job usage"

    @property
    def code(self) -> str:
        """In the form of AWS's, which are eight hexadecimal digits of its own choice."""
        return f"L-{zlib.crc32(self.name.encode()):08X}"

    @property
    def instances(self) -> int:
        """How many may run at a time."""
        return _set.get(self.instance_type, DEFAULT_INSTANCES)


@functools.cache
def processing_quotas() -> tuple[ProcessingQuota, ...]:
    """Return the quotas, one for each type that SageMaker's model knows."""
    model = botocore.session.get_session().get_service_model("sagemaker")
    types: list[str] = model.shape_for("ProcessingInstanceType").metadata["enum"]
    return tuple(ProcessingQuota(name) for name in types)


def set_quota(instance_type: str, instances: str) -> dict[str, int]:
    """Change the quota of a type, as AWS does for an account, and return all that were changed.

    Raises
    ------
    UnknownQuotaError
        If there is no such type, or the number is not one.
    """
    if not instances.isdecimal() or instance_type not in {quota.instance_type for quota in processing_quotas()}:
        raise UnknownQuotaError(f"{instance_type}={instances} is not a quota: /_local/quotas/ml.m5.xlarge/0 sets one")
    _set[instance_type] = int(instances)
    return dict(_set)
