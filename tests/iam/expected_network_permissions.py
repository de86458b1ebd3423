"""The permissions that a jobs' role needs for a network of the account and for secrets, written by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.iam.policies import permissions
from tests.synthesized.every_option import EVERYTHING, SECRETS_MANAGER, SECURITY_GROUPS, SUBNETS
from tests.synthesized.intrinsics import ACCOUNT, REGION

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.iam.policies import Permission


def network_permissions(name: str) -> Iterable[Permission]:
    """Yield the permissions of SageMaker's interfaces in the named subnets and security groups, and of a script on the named secret."""
    if name != EVERYTHING:
        return
    subnets = [f"arn:aws:ec2:{REGION}:*:subnet/{subnet}" for subnet in SUBNETS]
    groups = [f"arn:aws:ec2:{REGION}:*:security-group/{group}" for group in SECURITY_GROUPS]
    interfaces = f"arn:aws:ec2:{REGION}:{ACCOUNT}:network-interface/*"
    yield from permissions(["ec2:CreateNetworkInterface"], [*subnets, *groups, interfaces])
    own = ("CreateNetworkInterfacePermission", "DeleteNetworkInterface", "DeleteNetworkInterfacePermission")
    yield from permissions([f"ec2:{action}" for action in own], [interfaces], {"ArnLike": {"ec2:Subnet": subnets}})
    seen = ("DhcpOptions", "NetworkInterfaces", "SecurityGroups", "Subnets", "Vpcs")
    yield from permissions([f"ec2:Describe{what}" for what in seen], ["*"])
    yield from permissions(["secretsmanager:GetSecretValue"], [SECRETS_MANAGER])
