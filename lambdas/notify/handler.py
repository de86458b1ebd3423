"""The Notify handler: reports runs and backfills that have ended to the lake's topic."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, cast

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from partitioned_pipelines.runtime.notices.notify import Clients, notify
from partitioned_pipelines.runtime.notices.optional_calls import Reading

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_sagemaker import SageMakerClient
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_stepfunctions import SFNClient

    from partitioned_pipelines.lake.function_events.ended_events import EndedEvent

# A call that reads must leave time for the notice, which goes without it.
_CONFIG = Config(retries={"mode": "standard", "total_max_attempts": 3}, connect_timeout=3, read_timeout=10)
_READING = Reading((BotoCoreError, ClientError))


@cache
def _sns() -> SNSClient:
    return boto3.client("sns", config=_CONFIG)


@cache
def _logs() -> CloudWatchLogsClient:
    return boto3.client("logs", config=_CONFIG)


@cache
def _sfn() -> SFNClient:
    return boto3.client("stepfunctions", config=_CONFIG)


@cache
def _sagemaker() -> SageMakerClient:
    return boto3.client("sagemaker", config=_CONFIG)


_CLIENTS = Clients(_sns, _logs, _sfn, _sagemaker)


def handler(event: dict[str, object], _context: object) -> None:
    """Report the end of an execution, as a rule of the pipeline's stack passes it."""
    notify(cast("EndedEvent", event), _CLIENTS, _READING)
