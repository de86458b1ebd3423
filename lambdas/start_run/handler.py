"""The StartRun handler: starts a pipeline's runs when their inputs are there."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

from partitioned_pipelines.runtime.freshness.schedule_state import read_schedule
from partitioned_pipelines.runtime.starting.starting import start_runs
from partitioned_pipelines.runtime.starting.workflow import SagemakerWorkflow, StateMachineWorkflow

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_s3 import S3Client
    from mypy_boto3_scheduler import EventBridgeSchedulerClient

    from partitioned_pipelines.runtime.starting.starting import Decision
    from partitioned_pipelines.runtime.starting.workflow import Workflow

# StartRun makes a few calls, all safe to repeat. Lambda calls it twice more if it fails, and then sends the event to the dead-letter queue.
_CONFIG = Config(retries={"mode": "standard", "total_max_attempts": 6}, connect_timeout=3, read_timeout=10)


@cache
def _s3() -> S3Client:
    return boto3.client("s3", config=_CONFIG)


@cache
def _scheduler() -> EventBridgeSchedulerClient:
    return boto3.client("scheduler", config=_CONFIG)


def handler(event: Mapping[str, Any], _context: object) -> list[Decision]:
    """Start the runs that an event makes possible, or decide at a deadline."""
    return start_runs(event, _s3(), lambda: _workflow(event["spec"]), lambda name: read_schedule(_scheduler(), name))


def _workflow(spec: Mapping[str, str]) -> Workflow:
    if "state_machine" in spec:
        return StateMachineWorkflow(boto3.client("stepfunctions", config=_CONFIG), spec["state_machine"])
    return SagemakerWorkflow(boto3.client("sagemaker", config=_CONFIG), spec["sagemaker_pipeline"])
