"""Executions that are running: stopped, and with them their jobs, before what they belong to is deleted."""

from __future__ import annotations

import time
import uuid
from typing import TYPE_CHECKING

from partitioned_pipelines.cli.runs.pipeline_execution import GOES_ON, is_pipeline_execution

if TYPE_CHECKING:
    from collections.abc import Iterable

    from partitioned_pipelines.cli.target.target import Cloud

_LONGEST_SECONDS = 900.0
_CAUSE = "what it belongs to is being deleted"


def running_executions(cloud: Cloud, machines: Iterable[str], pipelines: Iterable[str] = ()) -> list[str]:
    """List the ARNs of the executions that are running.

    Parameters
    ----------
    machines
        ARNs of state machines.
    pipelines
        Names of SageMaker pipelines.
    """
    found = []
    for machine in machines:
        pages = cloud.step_functions.get_paginator("list_executions").paginate(
            stateMachineArn=machine, statusFilter="RUNNING"
        )
        found += [execution["executionArn"] for page in pages for execution in page["executions"]]
    for pipeline in pipelines:
        summaries = cloud.sagemaker.get_paginator("list_pipeline_executions").paginate(PipelineName=pipeline)
        found += [
            execution["PipelineExecutionArn"]
            for page in summaries
            for execution in page["PipelineExecutionSummaries"]
            if execution["PipelineExecutionStatus"] in GOES_ON
        ]
    return found


def stop_executions(cloud: Cloud, executions: Iterable[str]) -> list[str]:
    """Stop executions, and with them their jobs, and wait until they have ended.

    Returns
    -------
    Those that had not ended within a quarter of an hour.
    """
    left = list(executions)
    for arn in left:
        if is_pipeline_execution(arn):
            cloud.sagemaker.stop_pipeline_execution(PipelineExecutionArn=arn, ClientRequestToken=str(uuid.uuid4()))
        else:
            cloud.step_functions.stop_execution(executionArn=arn, cause=_CAUSE)
    deadline = time.monotonic() + _LONGEST_SECONDS
    while (left := [arn for arn in left if _is_running(cloud, arn)]) and time.monotonic() < deadline:
        time.sleep(cloud.poll_seconds)
    return left


def _is_running(cloud: Cloud, arn: str) -> bool:
    if is_pipeline_execution(arn):
        described = cloud.sagemaker.describe_pipeline_execution(PipelineExecutionArn=arn)
        return described["PipelineExecutionStatus"] in GOES_ON
    return cloud.step_functions.describe_execution(executionArn=arn)["status"] in {"RUNNING", "PENDING_REDRIVE"}
