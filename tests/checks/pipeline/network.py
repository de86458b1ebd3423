"""Checks of the jobs' network, and of the secrets that scripts read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.checks.pipeline.job_requests import job_request
from tests.checks.state_machine.dry_run import dry_run
from tests.checks.state_machine.machine import ONE_DAY
from tests.iam.replays.network_replay import network_calls
from tests.synthesized.subject import filled_s3

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.synthesized.subject import Subject


def network_of_jobs(subject: Subject) -> list[str]:
    """Check that each job has the subnets and security groups of the file, and no network if the file isolates it."""
    network = subject.pipeline.network
    wanted: dict[str, Any] = {"EnableNetworkIsolation": subject.pipeline.network_isolation}
    if network is not None:
        wanted["VpcConfig"] = {
            "SecurityGroupIds": list(network.security_groups),
            "Subnets": list(network.subnets),
        }
    found = []
    for step in subject.pipeline.steps:
        config = {"EnableNetworkIsolation": False, **job_request(subject.stack, step.name).get("NetworkConfig", {})}
        config.pop("EnableInterContainerTrafficEncryption", None)
        if config != wanted:
            found.append(f"{step.name} is in the network {config}, expected {wanted}")
    return found


def secrets_by_name(subject: Subject) -> list[str]:
    """Check that a script finds the ARN of each of its step's secrets under the name in the file."""
    requests = {request.state: request for request in dry_run(subject.stack.definition, filled_s3(), ONE_DAY)}
    return [
        f"{step.name} finds {name} as {requests[step.name].parameters['Environment'].get(name)}"
        for step in subject.pipeline.steps
        for name, arn in step.secrets.items()
        if requests[step.name].parameters["Environment"].get(name) != arn
    ]


NETWORK_CHECKS: dict[str, Callable[[Subject], list[str]]] = {
    check.__name__: check for check in (network_of_jobs, secrets_by_name, network_calls)
}
