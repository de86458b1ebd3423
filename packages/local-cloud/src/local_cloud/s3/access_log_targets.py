"""The target buckets of access logs.

S3 accepts a target without checking its policy, and delivers logs once the policy allows it. Stacks depend on this: the policy of the
log bucket names the logged bucket, which is created, with its logging configuration, before the policy.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/troubleshooting-server-access-logging.html
"""

from __future__ import annotations

from typing import Any

from moto.s3.models import FakeBucket

from local_cloud.patching import replace


def install() -> None:
    """Accept any existing bucket as the target."""
    # moto: S3's PutBucketLogging fails unless the target bucket already grants access to the logging service; not reported yet: AWS accepts the
    # target, and delivers logs once it has access.
    replace(FakeBucket, "_log_permissions_enabled_policy", staticmethod(_may_be_named))


def _may_be_named(target_bucket: Any, target_prefix: str | None) -> bool:
    return True
