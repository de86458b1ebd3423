"""The clients that a verification needs beyond those of every command."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_scheduler import EventBridgeSchedulerClient
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sqs import SQSClient

    from partitioned_pipelines.cli.target.target import Cloud


@dataclass(frozen=True)
class Clients:
    """Clients of the same session, with the same fence around them."""

    cloud: Cloud

    @cached_property
    def events(self) -> EventBridgeClient:
        return self.cloud.session.client(
            "events", endpoint_url=self.cloud.endpoint_url, config=self.cloud.client_config
        )

    @cached_property
    def scheduler(self) -> EventBridgeSchedulerClient:
        return self.cloud.session.client(
            "scheduler", endpoint_url=self.cloud.endpoint_url, config=self.cloud.client_config
        )

    @cached_property
    def sns(self) -> SNSClient:
        return self.cloud.session.client("sns", endpoint_url=self.cloud.endpoint_url, config=self.cloud.client_config)

    @cached_property
    def sqs(self) -> SQSClient:
        return self.cloud.session.client("sqs", endpoint_url=self.cloud.endpoint_url, config=self.cloud.client_config)
