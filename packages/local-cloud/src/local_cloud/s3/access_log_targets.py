"""S3: where access logs go. moto asks whether the logging service may write there; S3 takes the setting, and delivers once it may.

So it has to be: a stack's policy of the log bucket names the bucket that is logged, which must be there, and log, before it.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/troubleshooting-server-access-logging.html
"""

from __future__ import annotations

from typing import Any

from moto.s3.models import FakeBucket

from local_cloud.patching import replace


def install() -> None:
    """Let a bucket log to any other that is there."""
    replace(FakeBucket, "_log_permissions_enabled_policy", staticmethod(_may_be_named))


def _may_be_named(target_bucket: Any, target_prefix: str | None) -> bool:
    return True
