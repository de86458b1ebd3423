"""The executions of a pipeline, newest first, each with its result: failed ones leave no other record."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from partitioned_pipelines.cli.errors import CommandError, ExitCode
from partitioned_pipelines.cli.remedies import paste
from partitioned_pipelines.cli.runs.execution import OPEN, UNSUCCESSFUL, read_report
from partitioned_pipelines.cli.runs.execution_progress import parse_object
from partitioned_pipelines.cli.runs.pipeline_execution import GOES_ON, is_pipeline_execution
from partitioned_pipelines.lake.intervals.clock import UnknownTimezoneError
from partitioned_pipelines.lake.intervals.interval import InvalidIntervalError
from partitioned_pipelines.lake.run_facts import build_run_id
from partitioned_pipelines.spec.files.problems import did_you_mean
from partitioned_pipelines.spec.schedule.interval_rule import interval_rule

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from mypy_boto3_stepfunctions.literals import ExecutionStatusType
    from mypy_boto3_stepfunctions.type_defs import PaginatorConfigTypeDef

    from partitioned_pipelines.cli.runs.run_report import RunReport
    from partitioned_pipelines.cli.settings import Settings
    from partitioned_pipelines.cli.target.target import Cloud
    from partitioned_pipelines.lake.intervals.execution_input import IntervalRule
    from partitioned_pipelines.lake.intervals.interval import Interval
    from partitioned_pipelines.spec.model.pipeline import Pipeline

_STOPPING, _STOPPED = "STOPPING", "STOPPED"  # of a SageMaker pipeline
_PAGE = 1000  # the most that Step Functions returns


@dataclass(frozen=True, slots=True)
class Execution:
    """An execution, as listed by the service.

    Attributes
    ----------
    status
        A status of Step Functions, for either orchestrator; a stopped SageMaker pipeline is STOPPED.
    name
        The name of the execution, or the display name of that of a SageMaker pipeline.
    revision
        Differs after a retry: the number of redrives, or why a SageMaker pipeline failed.
    ended_at
        None if it has not ended, or if the service does not list it.
    """

    arn: str
    status: str
    started_at: datetime
    name: str = ""
    revision: str = ""
    ended_at: datetime | None = None

    @property
    def run_id(self) -> str:
        """The id of the execution's run, built as in PlanRun."""
        return build_run_id(self.started_at, self.arn)

    @property
    def failed(self) -> bool:
        """Whether it has ended unsuccessfully."""
        return self.status in (*UNSUCCESSFUL, _STOPPED)

    @property
    def runs(self) -> bool:
        """Whether it has not ended."""
        return self.status in (*OPEN, _STOPPING)


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
        pages = cloud.sagemaker.get_paginator("list_pipeline_executions").paginate(
            PipelineName=outputs["PipelineName"], SortBy="CreationTime", SortOrder="Descending"
        )
        for page in pages:
            for found in page["PipelineExecutionSummaries"]:
                status = found["PipelineExecutionStatus"]
                name = found.get("PipelineExecutionDisplayName", "")
                arn = found["PipelineExecutionArn"]
                revision = found.get("PipelineExecutionFailureReason", "")
                yield Execution(arn, GOES_ON.get(status, status.upper()), found["StartTime"], name, revision)
        return
    for status_filter in statuses or (None,):
        yield from list_machine_executions(cloud, outputs["StateMachineArn"], status_filter)


def list_machine_executions(
    cloud: Cloud, machine_arn: str, status: ExecutionStatusType | None = None
) -> Iterator[Execution]:
    """Yield the executions of a state machine, the newest first; with a status, only those that have it."""
    pages = cloud.step_functions.get_paginator("list_executions")
    size: PaginatorConfigTypeDef = {"PageSize": _PAGE}
    listed = (
        pages.paginate(stateMachineArn=machine_arn, statusFilter=status, PaginationConfig=size)
        if status
        else pages.paginate(stateMachineArn=machine_arn, PaginationConfig=size)
    )
    for page in listed:
        for found in page["executions"]:
            revision = str(found.get("redriveCount", 0))
            ended = found.get("stopDate")
            yield Execution(found["executionArn"], found["status"], found["startDate"], found["name"], revision, ended)


def open_executions(cloud: Cloud, outputs: Mapping[str, str]) -> list[Execution]:
    """Return the executions of a pipeline that have not ended."""
    return [one for one in list_executions(cloud, outputs, OPEN) if one.runs]


def requested_interval(cloud: Cloud, execution: Execution, rule: IntervalRule) -> Interval | None:
    """Return the interval of an execution's input, computed as in PlanRun; None if PlanRun rejects the input."""
    return interval_of_input(given_input(cloud, execution), rule)


def interval_of_input(given: Mapping[str, Any], rule: IntervalRule) -> Interval | None:
    """Return the interval that an input names, computed as in PlanRun; None if PlanRun rejects it."""
    try:
        return rule.interval_of(given)
    except (InvalidIntervalError, UnknownTimezoneError):
        return None


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
        interval = requested_interval(cloud, execution, interval_rule(pipeline))
        start, end = (interval.start_text, interval.end_text) if interval else (None, None)
    return Outcome(report.run_id, start, end, (report.error.state or None) if report.error else None, _reason(report))


def _reason(report: RunReport) -> str | None:
    if report.error is None:
        return report.nothing_done_because
    return report.error.message or report.error.error


def given_input(cloud: Cloud, execution: Execution) -> dict[str, Any]:
    """Return the input that an execution was started with; empty if it is not a JSON object."""
    if is_pipeline_execution(execution.arn):
        pages = cloud.sagemaker.get_paginator("list_pipeline_parameters_for_execution").paginate(
            PipelineExecutionArn=execution.arn
        )
        given = {entry["Name"]: entry["Value"] for page in pages for entry in page["PipelineParameters"]}
        return {name: value for name, value in given.items() if value}
    return parse_object(cloud.step_functions.describe_execution(executionArn=execution.arn).get("input"))
