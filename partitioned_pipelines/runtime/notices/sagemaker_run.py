"""A run that was an execution of a SageMaker pipeline."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, Any

from partitioned_pipelines.lake.runs.backfill_names import BACKFILL_PREFIX
from partitioned_pipelines.runtime.executions.history import Failed
from partitioned_pipelines.runtime.executions.listing import list_pipeline_executions, pipeline_input
from partitioned_pipelines.runtime.executions.pipeline_steps import (
    failed_step,
    read_steps,
    step_data,
    step_jobs,
)
from partitioned_pipelines.runtime.notices.ended_run import Ended, Story

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mypy_boto3_sagemaker import SageMakerClient

    from partitioned_pipelines.runtime.notices.optional_calls import Reading

_ENOUGH = 200


class SagemakerRun:
    """The execution of a status event: https://docs.aws.amazon.com/sagemaker/latest/dg/automating-sagemaker-with-eventbridge.html.

    SageMaker does not list when an execution ended, nor that it was retried: executions are put in order by their start.
    """

    def __init__(
        self, sagemaker: SageMakerClient, pipeline_arn: str, detail: Mapping[str, Any], reading: Reading
    ) -> None:
        self._sagemaker, self._reading = sagemaker, reading
        self._pipeline_name = pipeline_arn.rpartition("/")[2]
        self._arn = detail["pipelineExecutionArn"]
        self._name = detail.get("pipelineExecutionDisplayName", "")
        self._status = detail["currentPipelineExecutionStatus"]

    @cached_property
    def execution(self) -> Ended:
        """The execution. The event writes its start in a form for people, so it is taken from the list."""
        listed = next((one for one in self._listed or () if one.arn == self._arn), None)
        return listed or Ended(self._arn, self._name, self._status.upper(), None, None)

    @cached_property
    def given_input(self) -> Mapping[str, Any]:
        """The pipeline's parameters that have a value."""

        return self._reading.get("parameters", lambda: pipeline_input(self._sagemaker, self._arn)) or {}

    @cached_property
    def story(self) -> Story | None:
        """What the execution did, from its steps."""
        return self._reading.get("steps", self._read_steps)

    def past(self) -> list[Ended] | None:
        """Return the newest other runs that have ended."""
        return self._listed

    def did_nothing(self, other: Ended) -> bool:
        """Check whether another run, which succeeded, ran none of its steps."""

        def read() -> bool:
            return Story(step_data(read_steps(self._sagemaker, other.arn))).did_nothing

        return bool(self._reading.get("outcome", read))

    @cached_property
    def _listed(self) -> list[Ended] | None:
        return self._reading.get("executions", lambda: list(islice(self._list_ended(), _ENOUGH)))

    def _list_ended(self) -> Iterator[Ended]:
        for one in list_pipeline_executions(self._sagemaker, self._pipeline_name):
            if one.arn == self._arn:
                yield replace(Ended.of(one), status=self._status.upper())
            elif not one.runs and not one.name.startswith(BACKFILL_PREFIX):
                yield Ended.of(one)

    def _read_steps(self) -> Story:
        steps = read_steps(self._sagemaker, self._arn)
        jobs, data = step_jobs(steps), step_data(steps)
        if self._status == "Succeeded":
            return Story(data, jobs=jobs)
        failure, job_name = failed_step(steps) or (None, None)
        if failure is None:  # it was stopped
            stopped = next((step for step in steps if step["StepStatus"] not in ("Succeeded", "Failed")), None)
            failure = Failed(stopped["StepName"] if stopped else "", 0.0, self._status, "")
        elif job_name and (cause := self._reading.get("job", lambda: self._job_message(str(job_name)))):
            failure = Failed(failure.state, failure.seconds, failure.error, cause)
        return Story(data, failure, job_name, jobs)

    def _job_message(self, job_name: str) -> str:
        """Return the message with which a job ended; empty if it has none."""
        job = self._sagemaker.describe_processing_job(ProcessingJobName=job_name)
        return job.get("ExitMessage") or job.get("FailureReason") or ""
