"""RegisterPartitions: makes what a job wrote visible to readers."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

from partitions.registration import register_partitions

if TYPE_CHECKING:
    from mypy_boto3_glue import GlueClient
    from mypy_boto3_s3 import S3Client

# Every call is safe to repeat. Adaptive mode slows down where Glue throttles, instead of giving up.
_CONFIG = Config(retries={"mode": "adaptive", "total_max_attempts": 10}, connect_timeout=5, read_timeout=60)


@cache
def _clients() -> tuple[S3Client, GlueClient]:
    return boto3.client("s3", config=_CONFIG), boto3.client("glue", config=_CONFIG)


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Register the partitions under the URI that a job's result names."""
    s3, glue = _clients()
    return register_partitions(event, s3, glue)
