"""The parts of a CreateProcessingJob request that say how a job's volumes, outputs and traffic are encrypted."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from partitioned_pipelines.spec import Step
    from stacks.orchestrators.resources import WorkflowResources

# The hardware of an instance with local storage encrypts it, and SageMaker refuses a key for it:
# https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ProcessingClusterConfig.html
# https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instance-store-volumes.html
_HAS_LOCAL_STORAGE = re.compile(r"ml\.(g[4-9]\w*|p[4-9]\w*|p3dn|trn\d\w*|[a-z]\d[a-z]*d[a-z]*)\.\w+")


def takes_volume_key(step: Step) -> bool:
    """Return whether the disks of a step's instances can have a customer-managed key."""
    return _HAS_LOCAL_STORAGE.fullmatch(step.instance.type) is None


def volume_key(step: Step, resources: WorkflowResources) -> dict[str, Any]:
    """Return the member of ClusterConfig that names the key; none where there is no key, or it would be refused."""
    return {"VolumeKmsKeyId": resources.kms_key_arn} if resources.kms_key_arn and takes_volume_key(step) else {}


def output_key(resources: WorkflowResources) -> dict[str, Any]:
    """Return the member of ProcessingOutputConfig that names the key."""
    return {"KmsKeyId": resources.kms_key_arn} if resources.kms_key_arn else {}


def traffic_encryption(step: Step, resources: WorkflowResources) -> dict[str, Any]:
    """Return the member of NetworkConfig by which hosts encrypt what they send each other; a host that is alone sends nothing."""
    if resources.encrypt_inter_container_traffic and step.instance.count > 1:
        return {"EnableInterContainerTrafficEncryption": True}
    return {}
