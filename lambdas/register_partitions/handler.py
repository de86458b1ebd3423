"""RegisterPartitions: makes what a job wrote visible to readers."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Protocol

import boto3
from botocore.config import Config

from partitions.registration import THREADS, register_partitions
from partitions.time_budget import TimeBudget

if TYPE_CHECKING:
    from mypy_boto3_glue import GlueClient
    from mypy_boto3_s3 import S3Client


class LambdaContext(Protocol):
    """What Lambda says of an invocation: https://docs.aws.amazon.com/lambda/latest/dg/python-context.html."""

    def get_remaining_time_in_millis(self) -> int:
        """Tell how long it may still run."""


# Every call is safe to repeat. Adaptive mode slows down where Glue throttles, instead of giving up.
CONFIG = Config(
    retries={"mode": "adaptive", "total_max_attempts": 10},
    connect_timeout=5,
    read_timeout=20,
    max_pool_connections=THREADS,
    # Checking a hundred partitions against Glue's model takes longer than making them; the tests check every request.
    parameter_validation=False,
)


@cache
def _clients() -> tuple[S3Client, GlueClient]:
    return boto3.client("s3", config=CONFIG), boto3.client("glue", config=CONFIG)


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Register the partitions under the URI that a job's result names, as many as the time allows."""
    s3, glue = _clients()
    budget = TimeBudget(lambda: context.get_remaining_time_in_millis() / 1000)
    return register_partitions(event, s3, glue, budget=budget)
