"""What a policy allows an AWS service: the policies of functions, queues and topics, and the trust policies of roles.

Requests of roles are not authorized by the local cloud. Services are, where a missing statement would lose events on AWS.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

from __future__ import annotations

import fnmatch
import json
import re
from typing import TYPE_CHECKING, Any, cast

from moto.iam.models import iam_backends

from local_cloud.settings import ACCOUNT_ID

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_IF_EXISTS = "IfExists"
_OPERATORS = {
    "ArnEquals": fnmatch.fnmatchcase,  # the same as ArnLike: reference_policies_elements_condition_operators.html#Conditions_ARN
    "ArnLike": fnmatch.fnmatchcase,
    "Bool": lambda value, wanted: value == str(wanted).lower(),
    "StringEquals": lambda value, wanted: value == wanted,
    "StringLike": fnmatch.fnmatchcase,
}


class UnsupportedConditionError(ValueError):
    """A condition in a policy that the local cloud cannot evaluate."""


def may_call(
    policy: str | Mapping[str, Any], service: str, action: str, context: Mapping[str, str], resource: str | None = None
) -> bool:
    """Return whether a resource's policy allows a service to call an action on the resource.

    Parameters
    ----------
    policy
        The policy, or its JSON; an empty string is no policy.
    service
        The principal, such as ``events.amazonaws.com``.
    context
        The condition keys of the call, such as ``aws:SourceArn``; ``aws:SourceAccount`` and ``aws:SecureTransport`` are added.
    resource
        The resource's ARN; None for a trust policy, whose statements have none.

    Raises
    ------
    UnsupportedConditionError
        If a statement for the service and the action has a condition with another operator than those above.
    """
    document = json.loads(policy) if isinstance(policy, str) and policy else policy or {}
    keys = {"aws:SourceAccount": ACCOUNT_ID, "aws:SecureTransport": "true", **context}
    lowered = {key.lower(): value for key, value in keys.items()}
    effects = {
        statement["Effect"]
        for statement in _listed(cast("Any", document).get("Statement", []))
        if _names(statement, service)
        and _has_action(statement, action)
        and _has_resource(statement, resource)
        and _conditions_hold(statement, lowered)
    }
    return effects == {"Allow"}


def may_assume(role_arn: str, service: str, context: Mapping[str, str]) -> bool:
    """Return whether a role exists that a service may assume."""
    roles = iam_backends[ACCOUNT_ID]["aws"].roles.values()
    found = next((role for role in list(roles) if role.arn == role_arn), None)
    return found is not None and may_call(found.assume_role_policy_document, service, "sts:AssumeRole", context)


def _names(statement: Mapping[str, Any], service: str) -> bool:
    principal = statement.get("Principal", {})
    if principal == "*" or "*" in _listed(principal.get("AWS", [])):
        return True
    return service in _listed(principal.get("Service", []))


def _has_action(statement: Mapping[str, Any], action: str) -> bool:
    return any(
        re.fullmatch(fnmatch.translate(each.lower()), action.lower()) for each in _listed(statement.get("Action", []))
    )


def _has_resource(statement: Mapping[str, Any], resource: str | None) -> bool:
    return resource is None or any(
        fnmatch.fnmatchcase(resource, each) for each in _listed(statement.get("Resource", []))
    )


def _conditions_hold(statement: Mapping[str, Any], context: Mapping[str, str]) -> bool:
    return all(
        _holds(operator, context.get(key.lower()), _listed(wanted)) for operator, key, wanted in _conditions(statement)
    )


def _conditions(statement: Mapping[str, Any]) -> Iterator[tuple[str, str, Any]]:
    for operator, keys in statement.get("Condition", {}).items():
        for key, wanted in keys.items():
            yield operator, key, wanted


def _holds(operator: str, value: str | None, wanted: list[Any]) -> bool:
    holds = _OPERATORS.get(operator.removesuffix(_IF_EXISTS))
    if holds is None:
        raise UnsupportedConditionError(
            f"the local cloud cannot evaluate the condition {operator}, only {', '.join(_OPERATORS)}"
        )
    if value is None:
        return operator.endswith(_IF_EXISTS)
    return any(holds(value, each) for each in wanted)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
