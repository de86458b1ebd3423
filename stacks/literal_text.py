"""Strings of a pipeline file that look like template expressions, but are literal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import Acknowledgment, Validations

if TYPE_CHECKING:
    from constructs import IConstruct


def keep_text_literal(scope: IConstruct) -> None:
    """Keep ``${…}`` literal in the strings of a construct, such as an environment variable of a script.

    CloudFormation evaluates ``${…}`` only inside Fn::Sub, which never contains these strings. The CDK's validation assumes a forgotten Fn::Sub,
    and would stop the synthesis.
    """
    Validations.of(scope).acknowledge(
        Acknowledgment(
            id="CloudFormation-Validate::E1029",
            reason="Text of a pipeline file is data: what looks like a parameter of Fn::Sub stays as it is written",
        )
    )
