"""S3: bucket policies, conditional deletes, listings, access logs, keys and the files of objects."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from moto.iam.access_control import IAMPolicy, PermissionResult
from moto.s3.models import FakeBucket

from local_cloud.patching import replace
from local_cloud.s3 import (
    access_log_targets,
    conditional_deletes,
    listing,
    object_files,
    object_keys,
    versioning_request,
)

if TYPE_CHECKING:
    from local_cloud.settings import Settings


def install(settings: Settings) -> None:
    """Replace moto's evaluation of bucket policies, and install this package's modules."""
    # moto: S3 ignores the conditions of bucket policies, so that Deny unless aws:SecureTransport denies all requests; not reported yet: a
    # statement only applies if its conditions are met.
    replace(FakeBucket, "get_permission", _get_permission)
    access_log_targets.install()
    conditional_deletes.install()
    listing.install()
    object_files.install(settings)
    object_keys.install()
    versioning_request.install()


def _get_permission(self: FakeBucket, action: str, resource: str) -> PermissionResult:
    """Return the permission by the statements without a condition.

    The usual condition, ``Deny unless TLS``, cannot be met on localhost.
    """
    document = json.loads(self.policy.decode()) if self.policy else {"Statement": []}
    listed = document["Statement"] if isinstance(document["Statement"], list) else [document["Statement"]]
    unconditional = [statement for statement in listed if not statement.get("Condition")]
    if not unconditional:
        return PermissionResult.NEUTRAL
    policy = IAMPolicy(json.dumps({**document, "Statement": unconditional}))
    result: PermissionResult = policy.is_action_permitted(action, resource)
    return result
