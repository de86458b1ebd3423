"""A rule of EventBridge that calls a function with parts of an event; what it cannot deliver goes to the lake's dead-letter queue."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aws_cdk import aws_events as events
from aws_cdk import aws_lambda as lambda_

from stacks.json_text import json_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from constructs import Construct


@dataclass(frozen=True, slots=True)
class FunctionInput:
    """The event that a function receives.

    Attributes
    ----------
    parts
        The path of each part of EventBridge's event, by its name in the function's event.
    constants
        The values that are known at deployment, which are one object in the function's event.
    constants_name
        The name of that object.
    """

    parts: Mapping[str, str]
    constants: Mapping[str, Any]
    constants_name: str

    def template(self) -> str:
        """Return the input template: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html."""
        # A part is inserted as JSON, and therefore has no quotes around it.
        parts = "".join(f"{json.dumps(name)}:<{name}>," for name in self.parts)
        return f"{{{parts}{json.dumps(self.constants_name)}:{json_text(self.constants)}}}"


def call_on_events(
    scope: Construct,
    construct_id: str,
    *,
    description: str,
    pattern: Mapping[str, Any],
    function_arn: str,
    function_input: FunctionInput,
    undelivered_arn: str,
) -> None:
    """Create a rule with the given id, and the permission to invoke the function.

    The dead-letter queue's policy allows the rules of the deployment, which are named after their stack.
    """
    rule = events.CfnRule(
        scope,
        construct_id,
        description=description,
        event_pattern=pattern,
        targets=[
            events.CfnRule.TargetProperty(
                id="Function",
                arn=function_arn,
                input_transformer=events.CfnRule.InputTransformerProperty(
                    input_paths_map=function_input.parts,
                    input_template=function_input.template(),
                ),
                # Of events that EventBridge cannot deliver; those for which the function fails are sent by Lambda.
                dead_letter_config=events.CfnRule.DeadLetterConfigProperty(arn=undelivered_arn),
            )
        ],
    )
    lambda_.CfnPermission(
        scope,
        f"{construct_id}MayInvoke",
        action="lambda:InvokeFunction",
        function_name=function_arn,
        principal="events.amazonaws.com",
        source_arn=rule.attr_arn,
    )
