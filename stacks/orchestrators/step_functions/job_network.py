"""Where a processing job's hosts are in a network, and whom they may reach."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from stacks.orchestrators.step_functions.job_protection import traffic_encryption

if TYPE_CHECKING:
    from partitioned_pipelines.spec import Pipeline, Step
    from stacks.orchestrators.step_functions.resources import MachineResources


def network_config(pipeline: Pipeline, step: Step, resources: MachineResources) -> dict[str, Any]:
    """Give the job's NetworkConfig, without members where the defaults hold."""
    config: dict[str, Any] = dict(traffic_encryption(step, resources))
    if pipeline.network_isolation or pipeline.network is not None:
        config["EnableNetworkIsolation"] = pipeline.network_isolation
    if pipeline.network is not None:
        config["VpcConfig"] = {
            "SecurityGroupIds": list(pipeline.network.security_groups),
            "Subnets": list(pipeline.network.subnets),
        }
    return config
