"""A look at an account's settings that whoever deploys may not take: a warning, as what was not seen may be right."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from botocore.exceptions import ClientError

_DENIED = frozenset({"AccessDenied", "AccessDeniedException"})


def is_denied(error: ClientError) -> bool:
    """Return whether IAM denied a call."""
    return error.response["Error"].get("Code") in _DENIED


def warning_of(error: ClientError, consequence: str) -> str:
    """Return what could not be looked at, and what that may lead to."""
    return f"{error.operation_name} was denied, so it was not checked whether {consequence}"
