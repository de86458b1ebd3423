"""The PlanRun handler: plans a run before its first job starts."""

from __future__ import annotations

from functools import cache, partial
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

from partitioned_pipelines.lake.function_events.lambda_step import plan_event, plan_outputs
from partitioned_pipelines.runtime.catalog import repeat_while_busy
from partitioned_pipelines.runtime.planning.planning import plan_run
from partitioned_pipelines.runtime.usage_meter import UsageMeter

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_glue import GlueClient
    from mypy_boto3_s3 import S3Client

    from partitioned_pipelines.lake.function_events.payloads import Plan
    from partitioned_pipelines.runtime.usage_meter import FunctionContext

# PlanRun makes a few calls, all safe to repeat. Short timeouts keep a lost connection from using up the invocation's time.
_CONFIG = Config(
    retries={"mode": "standard", "total_max_attempts": 6}, connect_timeout=3, read_timeout=10, max_pool_connections=10
)


_METER = UsageMeter()


@cache
def _s3() -> S3Client:
    client = boto3.client("s3", config=_CONFIG)
    _METER.watch(client)
    return client


@cache
def _glue() -> GlueClient:
    client = boto3.client("glue", config=_CONFIG)
    _METER.watch(client)
    return client


def handler(event: Mapping[str, Any], context: FunctionContext) -> Plan:
    """Plan the run that an execution's input requests."""
    _METER.begin()
    return _plan(event, context)


def step_handler(event: dict[str, Any], context: FunctionContext) -> dict[str, str]:
    """Plan the run as a Lambda step of a SageMaker pipeline."""
    _METER.begin()
    payload = plan_event(event)
    return plan_outputs(payload["spec"], repeat_while_busy(lambda: _plan(payload, context)))


def _plan(event: Mapping[str, Any], context: FunctionContext) -> Plan:
    return plan_run(event, _s3(), glue=_glue, usage=partial(_METER.read, context))
