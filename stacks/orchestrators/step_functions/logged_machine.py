"""A state machine with a fixed name, a log group and traces."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aws_cdk import RemovalPolicy
from aws_cdk import aws_logs as logs
from aws_cdk import aws_stepfunctions as sfn

from stacks.json_text import json_text

if TYPE_CHECKING:
    from aws_cdk import aws_kms as kms
    from constructs import Construct


def logged_machine(
    scope: Construct, *, name: str, definition: dict[str, Any], key: kms.IKey | None
) -> sfn.StateMachine:
    """Create the state machine with the id ``StateMachine``, and its log group with the id ``Log``.

    Parameters
    ----------
    key
        The key that encrypts the log; None if CloudWatch Logs' own does.
    """
    return sfn.StateMachine(
        scope,
        "StateMachine",
        state_machine_name=name,
        definition_body=sfn.DefinitionBody.from_string(json_text(definition)),
        logs=sfn.LogOptions(
            destination=logs.LogGroup(
                scope,
                "Log",
                # The prefix keeps the account's limited log resource policy from growing with each state machine.
                log_group_name=f"/aws/vendedlogs/states/{name}",
                retention=logs.RetentionDays.THREE_MONTHS,
                removal_policy=RemovalPolicy.DESTROY,
                encryption_key=key,
            ),
            level=sfn.LogLevel.ALL,
            # The execution data consists of URIs, dates and counts; without it, a failed run cannot be analyzed later.
            include_execution_data=True,
        ),
        tracing_enabled=True,
    )
