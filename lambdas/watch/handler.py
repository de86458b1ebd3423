"""The watch's handler: examines the lake's pipelines once an hour, and publishes notices."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config

from partitioned_pipelines.runtime.freshness.watch import watch
from partitioned_pipelines.runtime.freshness.watched import Clients

if TYPE_CHECKING:
    from mypy_boto3_sagemaker import SageMakerClient
    from mypy_boto3_sns import SNSClient

    from partitioned_pipelines.lake.function_events.watch_event import WatchEvent

# Several pipelines are examined at a time, and several parts of a table.
_CONFIG = Config(
    retries={"mode": "standard", "total_max_attempts": 8}, connect_timeout=3, read_timeout=20, max_pool_connections=50
)


@cache
def _clients() -> Clients:
    return Clients(
        s3=boto3.client("s3", config=_CONFIG),
        glue=boto3.client("glue", config=_CONFIG),
        step_functions=boto3.client("stepfunctions", config=_CONFIG),
        scheduler=boto3.client("scheduler", config=_CONFIG),
        sns=_sns,
        sagemaker=_sagemaker,
    )


@cache
def _sns() -> SNSClient:
    return boto3.client("sns", config=_CONFIG)


@cache
def _sagemaker() -> SageMakerClient:
    return boto3.client("sagemaker", config=_CONFIG)


def handler(event: WatchEvent, _context: object) -> dict[str, int]:
    """Examine the pipelines of an event, which the schedule of the watch carries."""
    return watch(event, _clients())
