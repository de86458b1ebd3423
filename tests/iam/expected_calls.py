"""Calls with what each must come to, by the policies of resources and of who calls."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.iam.simulator import ACCOUNT, IamCall, simulate

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

TLS, PLAIN_HTTP = (("aws:SecureTransport", "true"),), (("aws:SecureTransport", "false"),)
# Who may do everything, by its own policies: what denies it something is the resource's policy.
ADMINISTRATOR = f"arn:aws:iam::{ACCOUNT}:role/administrator"
STRANGER = "arn:aws:iam::210987654321:role/stranger"
# Who is of the account, and has no policies: what allows it something is the resource's policy.
NOBODY = f"arn:aws:iam::{ACCOUNT}:role/nobody"
_EVERYTHING = [{"Effect": "Allow", "Action": "*", "Resource": "*"}]


@dataclass(frozen=True)
class Expected:
    """A call, and whether it must be allowed."""

    call: IamCall
    allowed: bool


def allowed(*calls: IamCall) -> list[Expected]:
    """Expect calls to be allowed."""
    return [Expected(call, allowed=True) for call in calls]


def denied(*calls: IamCall) -> list[Expected]:
    """Expect calls to be denied."""
    return [Expected(call, allowed=False) for call in calls]


def surprises(
    expected: Iterable[Expected],
    policies: Mapping[str, Mapping[str, Any]],
    statements: Mapping[str, Sequence[Mapping[str, Any]]] | None = None,
) -> list[str]:
    """Return the calls that come to something else, by the resources' policies and the statements of those who call."""
    expected = list(expected)
    everybody = {ADMINISTRATOR: _EVERYTHING, STRANGER: _EVERYTHING, **(statements or {})}
    decisions = simulate([each.call for each in expected], everybody, policies)
    return [
        f"{each.call} is {'allowed' if decision.allowed else 'denied'}"
        for each, decision in zip(expected, decisions, strict=True)
        if decision.allowed is not each.allowed
    ]
