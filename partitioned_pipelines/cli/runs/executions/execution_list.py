"""The executions of a pipeline, newest first, each with its result: failed ones leave no other record."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from partitioned_pipelines.cli.errors import CommandError, ExitCode
from partitioned_pipelines.cli.remedies import paste
from partitioned_pipelines.cli.runs.executions.execution import failure_of, read_failure, read_report
from partitioned_pipelines.cli.runs.executions.pipeline_execution import is_pipeline_execution
from partitioned_pipelines.runtime.executions.execution import OPEN
from partitioned_pipelines.runtime.executions.history import parse_object
from partitioned_pipelines.runtime.executions.listing import (
    list_machine_executions,
    list_pipeline_executions,
    machine_input,
    pipeline_input,
)
from partitioned_pipelines.runtime.intervals.attempts import requested_interval
from partitioned_pipelines.spec.derived.interval_rule import interval_rule
from partitioned_pipelines.spec.files.problems import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from mypy_boto3_stepfunctions.literals import ExecutionStatusType
    from mypy_boto3_stepfunctions.type_defs import DescribeExecutionOutputTypeDef

    from partitioned_pipelines.cli.runs.results.run_report import RunReport
    from partitioned_pipelines.cli.settings import Settings
    from partitioned_pipelines.cli.target.target import Cloud
    from partitioned_pipelines.lake.intervals.execution_input import IntervalRule
    from partitioned_pipelines.lake.intervals.interval import Interval
    from partitioned_pipelines.runtime.executions.execution import Execution
    from partitioned_pipelines.spec.model.pipeline import Pipeline


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of an execution.

    Attributes
    ----------
    run_id
        The run id of PlanRun; None if the execution failed earlier.
    process_start, process_end
        The interval of days: the first, and the one after the last. None if the input is invalid.
    failed_step
        The state or step that failed; None if no step failed, or the execution ended in another way.
    reason
        The reason for a failure, or for doing nothing.
    """

    run_id: str | None
    process_start: str | None
    process_end: str | None
    failed_step: str | None
    reason: str | None


def list_executions(
    cloud: Cloud, outputs: Mapping[str, str], statuses: Sequence[ExecutionStatusType] = ()
) -> Iterator[Execution]:
    """Yield the executions of a pipeline, given its stack's outputs, the newest first, or by status if some are named.

    Parameters
    ----------
    statuses
        Those to list, which Step Functions selects itself; for a SageMaker pipeline, all are listed.
    """
    if "PipelineName" in outputs:
        yield from list_pipeline_executions(cloud.sagemaker, outputs["PipelineName"])
        return
    for status_filter in statuses or (None,):
        yield from list_machine_executions(cloud.step_functions, outputs["StateMachineArn"], status_filter)


def open_executions(cloud: Cloud, outputs: Mapping[str, str]) -> list[Execution]:
    """Return the executions of a pipeline that have not ended."""
    return [one for one in list_executions(cloud, outputs, OPEN) if one.runs]


@dataclass(frozen=True)
class CloudExecutions:
    """The executions of a pipeline in a command's cloud.

    Attributes
    ----------
    outputs
        The outputs of the pipeline's stack; empty if it is not deployed, so that there are no executions.
    """

    cloud: Cloud
    outputs: Mapping[str, str]
    _described: dict[str, DescribeExecutionOutputTypeDef] = field(default_factory=dict, init=False, compare=False)

    def still_open(self) -> list[Execution]:
        """Return those that have not ended."""
        return [execution for execution in self.listed() if execution.runs]

    def listed(self) -> list[Execution]:
        """Return all, the newest first."""
        return self._listed

    def input_of(self, execution: Execution) -> dict[str, Any]:
        """Return the input that an execution was started with; empty if it is not a JSON object."""
        if is_pipeline_execution(execution.arn):
            return pipeline_input(self.cloud.sagemaker, execution.arn)
        return parse_object(self._describe(execution.arn).get("input"))

    def failure_of(self, execution: Execution) -> str | None:
        """Return why an execution failed, in one line; None if it did not."""
        if is_pipeline_execution(execution.arn):
            return read_failure(self.cloud, execution.arn)
        return failure_of(self._describe(execution.arn))

    def _describe(self, arn: str) -> DescribeExecutionOutputTypeDef:
        """Describe an execution. Only the last description is kept: one call tells both the input and the failure."""
        if arn not in self._described:
            self._described.clear()
            self._described[arn] = self.cloud.step_functions.describe_execution(executionArn=arn)
        return self._described[arn]

    @cached_property
    def _listed(self) -> list[Execution]:
        return list(list_executions(self.cloud, self.outputs)) if self.outputs else []


def interval_of_execution(cloud: Cloud, execution: Execution, rule: IntervalRule) -> Interval | None:
    """Return the interval of an execution's input, computed as in PlanRun; None if PlanRun rejects the input."""
    return requested_interval(given_input(cloud, execution), rule)


def find_execution(cloud: Cloud, outputs: Mapping[str, str], run_id: str) -> Execution | None:
    """Return the execution with a run id or an ARN; None if the service does not list it."""
    return next((one for one in list_executions(cloud, outputs) if run_id in (one.run_id, one.arn)), None)


def find_run(
    settings: Settings, cloud: Cloud, outputs: Mapping[str, str], pipeline: Pipeline, run_id: str | None
) -> Execution:
    """Return the execution with a run id or an ARN, or the newest one.

    Raises
    ------
    CommandError
        If there is no such execution; the message suggests one with a similar id.
    """
    if run_id is None:
        if newest := next(list_executions(cloud, outputs), None):
            return newest
        raise CommandError(
            f"{pipeline.name} has not been run yet",
            f"run it: {paste(settings, 'run', pipeline.name, '--date', 'YYYY-MM-DD')}",
            exit_code=ExitCode.FAILED,
        )
    if found := find_execution(cloud, outputs, run_id):
        return found
    known = [execution.run_id for execution in list_executions(cloud, outputs)][:5]
    raise CommandError(f"{pipeline.name} has no run {run_id!r}", did_you_mean(run_id, known))


def read_outcome(cloud: Cloud, execution: Execution, pipeline: Pipeline) -> Outcome:
    """Return the result of an execution."""
    report = read_report(cloud, execution.arn)
    planned = report.document()
    start, end = planned["process_start"], planned["process_end"]
    if start is None or end is None:
        interval = interval_of_execution(cloud, execution, interval_rule(pipeline))
        start, end = (interval.start_text, interval.end_text) if interval else (None, None)
    return Outcome(report.run_id, start, end, (report.error.state or None) if report.error else None, _reason(report))


def _reason(report: RunReport) -> str | None:
    if report.error is None:
        return report.nothing_done_because
    return report.error.message or report.error.error


def given_input(cloud: Cloud, execution: Execution) -> dict[str, Any]:
    """Return the input that an execution was started with; empty if it is not a JSON object."""
    if is_pipeline_execution(execution.arn):
        return pipeline_input(cloud.sagemaker, execution.arn)
    return machine_input(cloud.step_functions, execution.arn)
