"""Calls of a job in a VPC and of its script, replayed against the synthesized role; and calls that must be denied."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from tests.checks.pipeline.job_requests import job_request
from tests.iam.calls.expected_calls import allowed, denied, surprises
from tests.iam.calls.vpc_calls import INTERFACE, ec2_arn, handling_calls, interface_calls, look_calls, secret_call
from tests.iam.permissions_on_record import unused_permissions
from tests.iam.simulator import IamCall
from tests.synthesized.intrinsics import ACCOUNT, REGION

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.synthesized.subject import Subject

_ANOTHER_ACCOUNT = "210987654321"
_CHECKED = ("ec2:", "secretsmanager:")
_SECRETS = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret"


def network_calls(subject: Subject) -> list[str]:
    """Check that the calls of a job and its script to EC2 and Secrets Manager are allowed, and no other permission is granted or unused."""
    role = subject.stack.role_of("sagemaker.amazonaws.com", description="Processing jobs of")
    arn = subject.stack.outputs["ProcessingRoleArn"]
    statements = {arn: subject.stack.statements_of(role)}
    made = list(_made(subject, arn))
    found = surprises([*allowed(*made), *denied(*_forbidden(subject, arn))], {}, statements)
    unused = unused_permissions(made, statements, {}, checked=lambda action: action.startswith(_CHECKED))
    return found + [f"nothing needs {permission}" for permission in unused]


def _made(subject: Subject, role: str) -> Iterator[IamCall]:
    for step in subject.pipeline.steps:
        network = job_request(subject.stack, step.name).get("NetworkConfig", {}).get("VpcConfig")
        if network is not None:
            yield from look_calls(role)
            for subnet in network["Subnets"]:
                yield from interface_calls(role, subnet, network["SecurityGroupIds"])
                # The ARN of a subnet shared by another account contains that account's number.
                for account in (ACCOUNT, _ANOTHER_ACCOUNT):
                    yield IamCall(role, "ec2:CreateNetworkInterface", ec2_arn(f"subnet/{subnet}", account))
                    yield from handling_calls(role, ec2_arn(f"subnet/{subnet}", account))
        for secret in step.secrets.values():
            yield secret_call(role, secret)


def _forbidden(subject: Subject, role: str) -> Iterator[IamCall]:
    # Ids that begin like one of the pipeline's own belong to someone else.
    network = subject.pipeline.network
    subnets = ["subnet-0fedcba9876543210", *(f"{subnet}0" for subnet in (network.subnets if network else ()))]
    groups = ["sg-0fedcba9876543210", *(f"{group}0" for group in (network.security_groups if network else ()))]
    for resource in (*(f"subnet/{subnet}" for subnet in subnets), *(f"security-group/{group}" for group in groups)):
        yield IamCall(role, "ec2:CreateNetworkInterface", ec2_arn(resource))
    for subnet in subnets:
        yield from handling_calls(role, ec2_arn(f"subnet/{subnet}"))
    interface = ec2_arn(INTERFACE)
    for call in handling_calls(role, ""):
        yield IamCall(role, call.action, interface)  # the subnet is unspecified
    for action in ("AttachNetworkInterface", "ModifyNetworkInterfaceAttribute"):
        yield IamCall(role, f"ec2:{action}", interface)
    yield IamCall(role, "ec2:DescribeInstances", "*")
    own = set(itertools.chain.from_iterable(step.secrets.values() for step in subject.pipeline.steps))
    # A recreated secret has a different suffix; and a name may begin like another.
    for secret in (
        f"{_SECRETS}:other-a1B2c3",
        *(f"{arn[:-6]}{ending}" for arn in own for ending in ("Z9y8X7", "2-a1B2c3")),
    ):
        yield secret_call(role, secret)
    for secret in (*own, f"{_SECRETS}:other-a1B2c3"):
        for action in ("DeleteSecret", "DescribeSecret", "PutSecretValue", "UpdateSecret"):
            yield IamCall(role, f"secretsmanager:{action}", secret)
    if network is None:
        yield from look_calls(role)
