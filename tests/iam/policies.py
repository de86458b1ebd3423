"""IAM statements split into rights, so that missing and excess rights are found."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.synthesized.resolved_stack import as_list

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

Right = tuple[str, str, str]
"""One action on one resource pattern under one condition, which is JSON, or empty."""


def rights(
    actions: Iterable[str], resources: Iterable[str], condition: Mapping[str, Any] | None = None
) -> Iterator[Right]:
    """Yield the rights of a statement."""
    written = json.dumps(condition, sort_keys=True) if condition else ""
    for resource in resources:
        for action in actions:
            yield action, resource, written


def rights_findings(who: str, statements: Iterable[Mapping[str, Any]], expected: Iterable[Right]) -> list[str]:
    """Return the differences between a role's statements and its expected rights."""
    statements = list(statements)
    given = {
        right
        for statement in statements
        for right in rights(statement["Action"], statement["Resource"], statement.get("Condition"))
    }
    wanted = set(expected)
    found = [f"{who} lacks {_shown(right)}" for right in sorted(wanted - given)]
    found += [f"{who} has {_shown(right)}" for right in sorted(given - wanted)]
    found += [
        f"{who}: a statement is {json.dumps(statement, sort_keys=True)}"
        for statement in statements
        if statement["Effect"] != "Allow" or {"NotAction", "NotResource", "NotPrincipal"} & set(statement)
    ]
    return found


def requires_tls(statements: Iterable[Mapping[str, Any]], resources: Collection[str], action: str | None) -> bool:
    """Return whether a resource policy denies plain HTTP to everyone, on all given resources and for an action."""
    return any(
        statement["Effect"] == "Deny"
        and statement.get("Condition") == {"Bool": {"aws:SecureTransport": "false"}}
        and statement.get("Principal") in ("*", {"AWS": "*"})
        and set(resources) <= set(as_list(statement["Resource"]))
        and (action is None or action in as_list(statement["Action"]))
        for statement in statements
    )


def _shown(right: Right) -> str:
    action, resource, condition = right
    return f"{action} on {resource}{f' if {condition}' if condition else ''}"
