"""Credentials that stand for a role: what a function or a job signs with, and how a request tells who sent it."""

from __future__ import annotations

import base64
import hashlib

# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids
_TEMPORARY = "ASIA"
_roles: dict[str, str] = {}


def role_environment(role_arn: str) -> dict[str, str]:
    """Give the variables by which an SDK finds a role's credentials."""
    return {"AWS_ACCESS_KEY_ID": _access_key_id(role_arn), "AWS_SECRET_ACCESS_KEY": "local"}


def role_of(access_key_id: str) -> str | None:
    """Give the ARN of the role whose credentials were handed out with an access key, or None."""
    return _roles.get(access_key_id)


def _access_key_id(role_arn: str) -> str:
    digest = base64.b32encode(hashlib.sha256(role_arn.encode()).digest()).decode()
    access_key_id = f"{_TEMPORARY}{digest[:16]}"
    _roles[access_key_id] = role_arn
    return access_key_id
