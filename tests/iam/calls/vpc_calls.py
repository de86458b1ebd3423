"""The calls to EC2 and Secrets Manager as a jobs' role, for a job in a VPC whose script reads secrets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.iam.calls.logged_calls import REGION
from tests.iam.simulator import ACCOUNT, IamCall

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

# https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-roles.html#sagemaker-roles-createprocessingjob-perms
ON_AN_INTERFACE = ("CreateNetworkInterfacePermission", "DeleteNetworkInterface", "DeleteNetworkInterfacePermission")
# A new interface has no id yet; the simulator treats a `*` in a request as a pattern, which matches too much.
INTERFACE = "network-interface/eni-0123456789abcdef0"
LOOKS = ("DhcpOptions", "NetworkInterfaces", "SecurityGroups", "Subnets", "Vpcs")


def ec2_arn(resource: str, account: str = ACCOUNT) -> str:
    """Return the ARN of a resource in EC2."""
    return f"arn:aws:ec2:{REGION}:{account}:{resource}"


def interface_calls(role: str, subnet: str, groups: Iterable[str]) -> Iterator[IamCall]:
    """Yield the calls that create an interface in a subnet with groups: authorized on each of them and on the interface."""
    for resource in (f"subnet/{subnet}", *(f"security-group/{group}" for group in groups), INTERFACE):
        yield IamCall(role, "ec2:CreateNetworkInterface", ec2_arn(resource))


def handling_calls(role: str, subnet_arn: str) -> Iterator[IamCall]:
    """Yield the calls that allow SageMaker's account to attach the interface, and delete both; EC2 passes its subnet."""
    for action in ON_AN_INTERFACE:
        yield IamCall(role, f"ec2:{action}", ec2_arn(INTERFACE), (("ec2:Subnet", subnet_arn),))


def look_calls(role: str) -> Iterator[IamCall]:
    """Yield the calls that describe the network."""
    for what in LOOKS:
        yield IamCall(role, f"ec2:Describe{what}", "*")


def secret_call(role: str, secret_arn: str) -> IamCall:
    """Return a script's call for a secret's value."""
    return IamCall(role, "secretsmanager:GetSecretValue", secret_arn)
