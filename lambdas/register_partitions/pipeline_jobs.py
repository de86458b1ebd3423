"""The jobs of a SageMaker pipeline's execution, which no property of its steps lists without waiting for all of them."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from partitioned_pipelines.lake.runs.usage import JobUsage
from partitioned_pipelines.runtime.decision_log import tell

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_sagemaker import SageMakerClient


def read_jobs(sagemaker: SageMakerClient, execution_arn: str) -> list[JobUsage] | None:
    """Return the last job of each step that has started; None, with a warning in the log, if SageMaker refuses to say.

    A refusal must not stop a registration: what a run cost is no reason to withhold its data.
    """
    try:
        return list(_jobs(sagemaker, execution_arn))
    except (ClientError, BotoCoreError) as error:
        tell("usage_unknown", logging.WARNING, code=type(error).__name__, reason=str(error))
        return None


def _jobs(sagemaker: SageMakerClient, execution_arn: str) -> Iterator[JobUsage]:
    # Imported here: a state machine's registration does not need it, and each import delays a cold start.
    from partitioned_pipelines.runtime.executions.pipeline_steps import job_name, read_steps

    for step in read_steps(sagemaker, execution_arn):
        if name := job_name(step):
            yield JobUsage.of_description(step["StepName"], sagemaker.describe_processing_job(ProcessingJobName=name))
