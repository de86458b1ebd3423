"""The check that the policy of a KMS key allows CloudWatch Logs to encrypt a log group.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
"""

from __future__ import annotations

import json
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from moto.core.exceptions import JsonRESTError
from moto.kms.models import kms_backends

if TYPE_CHECKING:
    from collections.abc import Mapping

_NEEDED = ("kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey", "kms:ReEncryptFrom", "kms:ReEncryptTo")
_OPERATORS = {"ArnEquals", "ArnLike", "StringEquals", "StringLike"}


def check_key(key_id: str, log_group_name: str, account_id: str, region: str) -> None:
    """Check that a key exists, and that CloudWatch Logs may use it for a log group.

    Raises
    ------
    JsonRESTError
        AccessDeniedException in both cases, as on AWS.
    """
    arn = f"arn:aws:logs:{region}:{account_id}:log-group:{log_group_name}"
    keys = kms_backends[account_id][region].keys
    key = keys.get(key_id.rpartition("/")[2])
    context = {"kms:EncryptionContext:aws:logs:arn": arn, "aws:SourceAccount": account_id, "aws:SourceArn": arn}
    if key is None or not _is_allowed(json.loads(key.policy), f"logs.{region}.amazonaws.com", context):
        raise JsonRESTError(
            "AccessDeniedException",
            f"The specified KMS key does not exist or is not allowed to be used with Arn '{arn}'",
        )


def _is_allowed(policy: Mapping[str, Any], service: str, context: Mapping[str, str]) -> bool:
    statements = [
        statement
        for statement in _list(policy["Statement"])
        if statement["Effect"] == "Allow"
        and _is_principal(statement.get("Principal"), service)
        and _is_fulfilled(statement.get("Condition", {}), context)
    ]
    patterns = [pattern for statement in statements for pattern in _list(statement.get("Action", []))]
    return all(any(fnmatchcase(action.lower(), str(pattern).lower()) for pattern in patterns) for action in _NEEDED)


def _is_principal(principal: Any, service: str) -> bool:
    """Return whether a principal is a service; the account's root does not include services."""
    return isinstance(principal, dict) and service in _list(principal.get("Service", []))


def _is_fulfilled(condition: Mapping[str, Mapping[str, Any]], context: Mapping[str, str]) -> bool:
    return all(
        operator in _OPERATORS
        and any(_matches(operator, str(pattern), context.get(key)) for pattern in _list(patterns))
        for operator, operands in condition.items()
        for key, patterns in operands.items()
    )


def _matches(operator: str, pattern: str, value: str | None) -> bool:
    if value is None:
        return False
    # ArnEquals and ArnLike are equivalent: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
    return value == pattern if operator == "StringEquals" else fnmatchcase(value, pattern.replace("[", "[[]"))


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
