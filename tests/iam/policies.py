"""IAM statements split into permissions, so that missing and excess permissions are found."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.synthesized.resolved_stack import as_list

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

Permission = tuple[str, str, str]
"""One action on one resource pattern under one condition, which is JSON, or empty."""


def permissions(
    actions: Iterable[str], resources: Iterable[str], condition: Mapping[str, Any] | None = None
) -> Iterator[Permission]:
    """Yield the permissions of a statement."""
    written = json.dumps(condition, sort_keys=True) if condition else ""
    for resource in resources:
        for action in actions:
            yield action, resource, written


def permissions_findings(
    who: str, statements: Iterable[Mapping[str, Any]], expected: Iterable[Permission]
) -> list[str]:
    """Return the differences between a role's statements and its expected permissions."""
    statements = list(statements)
    given = {
        permission
        for statement in statements
        for permission in permissions(statement["Action"], statement["Resource"], statement.get("Condition"))
    }
    wanted = set(expected)
    found = [f"{who} lacks {_shown(permission)}" for permission in sorted(wanted - given)]
    found += [f"{who} has {_shown(permission)}" for permission in sorted(given - wanted)]
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


def _shown(permission: Permission) -> str:
    action, resource, condition = permission
    return f"{action} on {resource}{f' if {condition}' if condition else ''}"
