"""What a deployment may choose of encryption and of things that exist already, read once from the CDK context."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from stacks.invalid_context import InvalidContextError

if TYPE_CHECKING:
    import constructs

CREATE = "create"
_KEY_ARN = re.compile(
    r"arn:aws[a-z-]*:kms:(?P<region>[a-z0-9-]+):\d{12}:key/([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|mrk-[0-9a-f]{32})"
)
_BUCKET = re.compile(r"(?!.*\.\.)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_DATABASE = re.compile(r"[a-z0-9_]{1,255}")


@dataclass(frozen=True, slots=True)
class SecuritySettings:
    """Context values about keys, and about what the account's owner brings along.

    Attributes
    ----------
    kms
        ``create`` for a key of the lake's own, or the ARN of one that exists; None leaves encryption to keys of AWS's.
    assets_kms
        ARN of the key that the CDK's bootstrap bucket is encrypted with, where the account was bootstrapped with one.
    bucket
        Name of a bucket that exists, and takes the place of the lake's own. Nothing of it is changed.
    databases
        Databases of the Data Catalog that exist, and are not made.
    access_logs
        Where the lake's access logs go: ``create`` for a bucket of their own, or the name of one that exists.
    encrypt_inter_container_traffic
        Whether the hosts of a job encrypt what they send each other.
    """

    kms: str | None = None
    bucket: str | None = None
    databases: frozenset[str] = frozenset()
    access_logs: str | None = None
    encrypt_inter_container_traffic: bool = False
    assets_kms: str | None = None

    @classmethod
    def from_context(cls, node: constructs.Node) -> SecuritySettings:
        """Read the context.

        Raises
        ------
        InvalidContextError
            Where a value is not one of those that are possible, or two do not go together.
        """
        kms, bucket, logs = (_text(node, name) for name in ("kms", "bucket", "access_logs"))
        databases = frozenset(name.strip() for name in (_text(node, "databases") or "").split(",") if name.strip())
        encrypts = _text(node, "encrypt_inter_container_traffic") or "false"
        assets_kms, region = _text(node, "assets_kms"), _text(node, "region")
        for name, value, also in (("kms", kms, "create, or "), ("assets_kms", assets_kms, "")):
            if value is None or (also and value == CREATE):
                continue
            arn = _KEY_ARN.fullmatch(value)
            if arn is None:
                raise InvalidContextError(
                    f"context {name}={value!r}: give {also}the ARN of a key, such as "
                    "arn:aws:kms:ap-northeast-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
                )
            if region and arn["region"] != region:
                raise InvalidContextError(
                    f"context {name}={value!r} with region={region}: services use a key of their own region only; "
                    "give one of it, which may be another account's"
                )
        for name, value in (("bucket", bucket), ("access_logs", logs)):
            if value is not None and not _BUCKET.fullmatch(value):
                raise InvalidContextError(f"context {name}={value!r}: give the name of a bucket, without s3://")
        if wrong := sorted(name for name in databases if not _DATABASE.fullmatch(name)):
            raise InvalidContextError(f"context databases: {wrong[0]!r} is no name of a database")
        if encrypts.lower() not in {"true", "false"}:
            raise InvalidContextError(f"context encrypt_inter_container_traffic={encrypts!r}: give true or false")
        if bucket is not None and kms == CREATE:
            raise InvalidContextError(
                f"context kms='create' with bucket={bucket!r}: the bucket encrypts with a key of its own; "
                "give that key's ARN as kms, or leave kms out where it has none"
            )
        if bucket is not None and logs is not None:
            raise InvalidContextError(
                f"context access_logs={logs!r} with bucket={bucket!r}: nothing of a bucket that exists is changed; "
                "its owner turns its access logs on"
            )
        return cls(kms, bucket, databases, logs, encrypts.lower() == "true", assets_kms)


def _text(node: constructs.Node, name: str) -> str | None:
    value = node.try_get_context(name)
    return None if value in (None, "") else str(value)
