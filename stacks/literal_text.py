"""Text of a pipeline file that looks like a template's own, and is none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import Acknowledgment, Validations

if TYPE_CHECKING:
    from constructs import IConstruct


def keep_text_literal(scope: IConstruct) -> None:
    """Let the texts of a construct hold ``${…}``, such as an environment variable of a script, literally.

    CloudFormation evaluates it inside Fn::Sub only, and these texts never are. The CDK's validation guesses that whoever writes it has
    forgotten the Fn::Sub, and stops the synthesis.
    """
    Validations.of(scope).acknowledge(
        Acknowledgment(
            id="CloudFormation-Validate::E1029",
            reason="Text of a pipeline file is data: what looks like a parameter of Fn::Sub stays as it is written",
        )
    )
