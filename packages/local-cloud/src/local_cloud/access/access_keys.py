"""The access keys of this process's cloud: its own, those of roles, and those that its STS and IAM have issued."""

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
    """An access key: its id, and the secret that requests are signed with."""

    access_key_id: str
    secret_access_key: str

    @property
    def environment(self) -> dict[str, str]:
        """The variables by which an SDK finds the key."""
        return {"AWS_ACCESS_KEY_ID": self.access_key_id, "AWS_SECRET_ACCESS_KEY": self.secret_access_key}

    @property
    def authorization(self) -> str:
        """The header of HTTP's basic authentication: https://www.rfc-editor.org/rfc/rfc7617."""
        return f"Basic {base64.b64encode(f'{self.access_key_id}:{self.secret_access_key}'.encode()).decode()}"


@functools.cache
def own_access_key() -> AccessKey:
    """Return the key of the cloud's owner: random, and the same for as long as the process lives."""
    return AccessKey(_key_id(_LONG_TERM, secrets.token_bytes(32)), secrets.token_urlsafe(30))


def role_access_key(role_arn: str) -> AccessKey:
    """Return the key that a function or a job with a role signs with; nobody can derive it from the role's name alone."""
    secret = hmac.digest(own_access_key().secret_access_key.encode(), role_arn.encode(), hashlib.sha256)
    key = AccessKey(_key_id(_TEMPORARY, secret), base64.urlsafe_b64encode(secret[:30]).decode())
    _roles[key.access_key_id] = role_arn
    return key


def role_of(access_key_id: str) -> str | None:
    """Return the ARN of the role whose key this is, or None."""
    return _roles.get(access_key_id)


def is_known(access_key_id: str) -> bool:
    """Check whether this cloud has issued a key: its own, a role's, or one that STS or IAM has answered with."""
    if access_key_id == own_access_key().access_key_id or access_key_id in _roles:
        return True
    # Copies of the views: another thread may add an account or a partition meanwhile.
    accounts = list(iam_backends.values())
    return any(access_key_id in backend.access_keys for account in accounts for backend in list(account.values()))


def _key_id(prefix: str, random: bytes) -> str:
    return f"{prefix}{base64.b32encode(random).decode()[:_ID_CHARACTERS]}"
