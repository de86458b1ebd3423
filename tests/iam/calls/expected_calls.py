"""Calls with their expected decision, by the policies of resources and callers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.iam.simulator import ACCOUNT, IamCall, simulate

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

TLS, PLAIN_HTTP = (("aws:SecureTransport", "true"),), (("aws:SecureTransport", "false"),)
# A caller that may do everything by its own policies: only a resource policy can deny it a call.
ADMINISTRATOR = f"arn:aws:iam::{ACCOUNT}:role/administrator"
STRANGER = "arn:aws:iam::210987654321:role/stranger"
# A caller in the account without policies: only a resource policy can allow it a call.
NOBODY = f"arn:aws:iam::{ACCOUNT}:role/nobody"
_EVERYTHING = [{"Effect": "Allow", "Action": "*", "Resource": "*"}]


@dataclass(frozen=True)
class Expected:
    """A call, and whether it must be allowed."""

    call: IamCall
    allowed: bool


def allowed(*calls: IamCall) -> list[Expected]:
    """Return expectations that calls are allowed."""
    return [Expected(call, allowed=True) for call in calls]


def denied(*calls: IamCall) -> list[Expected]:
    """Return expectations that calls are denied."""
    return [Expected(call, allowed=False) for call in calls]


def surprises(
    expected: Iterable[Expected],
    policies: Mapping[str, Mapping[str, Any]],
    statements: Mapping[str, Sequence[Mapping[str, Any]]] | None = None,
) -> list[str]:
    """Return the calls with an unexpected decision, by the resources' policies and the callers' statements."""
    expected = list(expected)
    everybody = {ADMINISTRATOR: _EVERYTHING, STRANGER: _EVERYTHING, **(statements or {})}
    decisions = simulate([each.call for each in expected], everybody, policies)
    return [
        f"{each.call} is {'allowed' if decision.allowed else 'denied'}"
        for each, decision in zip(expected, decisions, strict=True)
        if decision.allowed is not each.allowed
    ]
