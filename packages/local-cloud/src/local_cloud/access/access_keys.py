"""The access keys of this process's cloud: the owner's, those of roles, and those issued by its STS and IAM."""

from __future__ import annotations

import base64
import functools
import hashlib
import hmac
import secrets
from dataclasses import dataclass

from moto.iam.models import iam_backends

# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids
_LONG_TERM, _TEMPORARY = "AKIA", "ASIA"
_ID_CHARACTERS = 16  # after the prefix, of an alphabet of 32
_roles: dict[str, str] = {}


@dataclass(frozen=True, slots=True)
class AccessKey:
    """An access key: its id and its secret."""

    access_key_id: str
    secret_access_key: str

    @property
    def environment(self) -> dict[str, str]:
        """The environment variables that SDKs read the key from."""
        return {"AWS_ACCESS_KEY_ID": self.access_key_id, "AWS_SECRET_ACCESS_KEY": self.secret_access_key}

    @property
    def authorization(self) -> str:
        """The Authorization header of HTTP basic authentication: https://www.rfc-editor.org/rfc/rfc7617."""
        return f"Basic {base64.b64encode(f'{self.access_key_id}:{self.secret_access_key}'.encode()).decode()}"


@functools.cache
def own_access_key() -> AccessKey:
    """Return the owner's key, which is random and stays the same for the life of the process."""
    return AccessKey(_key_id(_LONG_TERM, secrets.token_bytes(32)), secrets.token_urlsafe(30))


def role_access_key(role_arn: str) -> AccessKey:
    """Return the key of functions and jobs with a role. It cannot be derived from the role's name without the owner's secret."""
    secret = hmac.digest(own_access_key().secret_access_key.encode(), role_arn.encode(), hashlib.sha256)
    key = AccessKey(_key_id(_TEMPORARY, secret), base64.urlsafe_b64encode(secret[:30]).decode())
    _roles[key.access_key_id] = role_arn
    return key


def role_of(access_key_id: str) -> str | None:
    """Return the ARN of the role that a key belongs to, or None."""
    return _roles.get(access_key_id)


def is_known(access_key_id: str) -> bool:
    """Return whether this cloud has issued a key: the owner's, a role's, or one from STS or IAM."""
    if access_key_id == own_access_key().access_key_id or access_key_id in _roles:
        return True
    # Copies: another thread may add an account or a partition during the iteration.
    accounts = list(iam_backends.values())
    return any(access_key_id in backend.access_keys for account in accounts for backend in list(account.values()))


def _key_id(prefix: str, random: bytes) -> str:
    return f"{prefix}{base64.b32encode(random).decode()[:_ID_CHARACTERS]}"
