"""The values that the lake's stack shares with the pipelines' stacks, as Systems Manager parameters, so that no stack blocks the other.

An export cannot be changed or deleted while another stack imports it. A parameter's value is read when a stack is created or updated:
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-supplied-parameter-types.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import aws_cdk as cdk

if TYPE_CHECKING:
    from aws_cdk import aws_kms as kms
    from constructs import Construct


@dataclass(frozen=True, slots=True)
class SharedLake:
    """The lake as seen by a pipeline's stack.

    Attributes
    ----------
    bucket_name
        The name of the bucket that the lake's stack creates, or of the existing bucket of the deployment's options.
    key
        The customer-managed key, if the deployment has one.
    work_group_name
        The name of the Athena workgroup.
    """

    bucket_name: str
    key: kms.IKey | None
    work_group_name: str


class SharedParameter:
    """One value of the lake's stack, such as the name of its bucket.

    Parameters
    ----------
    prefix
        The deployment's prefix.
    name
        The value's name, in kebab-case.
    """

    def __init__(self, prefix: str, name: str) -> None:
        self._id = "".join(part.capitalize() for part in name.split("-"))
        self._parameter_name = f"/{prefix}/data-lake/{name}"

    def write(self, scope: Construct, value: str, description: str) -> None:
        """Create the parameter in the lake's stack."""
        cdk.CfnResource(
            scope,
            self._id,
            type="AWS::SSM::Parameter",
            properties={
                "Name": self._parameter_name,
                "Type": "String",
                "Value": value,
                "Description": description,
            },
        )

    def read(self, stack: cdk.Stack) -> str:
        """Return the value in another stack, as a token."""
        parameter = cdk.CfnParameter(
            stack, f"Lake{self._id}", type="AWS::SSM::Parameter::Value<String>", default=self._parameter_name
        )
        return parameter.value_as_string
