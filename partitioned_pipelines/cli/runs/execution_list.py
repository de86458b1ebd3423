"""The executions of a pipeline, newest first, each with its result: failed ones leave no other record."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from partitioned_pipelines.cli.runs.execution import read_report
from partitioned_pipelines.cli.runs.execution_progress import parse_object
from partitioned_pipelines.cli.runs.pipeline_execution import GOES_ON, is_pipeline_execution
from partitioned_pipelines.lake.intervals.clock import UnknownTimezoneError
from partitioned_pipelines.lake.intervals.interval import InvalidIntervalError
from partitioned_pipelines.lake.run_facts import build_run_id
from partitioned_pipelines.spec.schedule.interval_rule import interval_rule

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from partitioned_pipelines.cli.runs.run_report import RunReport
    from partitioned_pipelines.cli.target.target import Cloud
    from partitioned_pipelines.spec.model.pipeline import Pipeline

_PAGE = 1000  # the most that Step Functions returns
_UNSUCCESSFUL = {"FAILED", "TIMED_OUT", "ABORTED", "STOPPED"}


@dataclass(frozen=True, slots=True)
class Execution:
    """An execution, as listed by the service.

    Attributes
    ----------
    status
        A status of Step Functions, for either orchestrator; a stopped SageMaker pipeline is STOPPED.
    """

    arn: str
    status: str
    started_at: datetime

    @property
    def run_id(self) -> str:
        """The id of the execution's run, built as in PlanRun."""
        return build_run_id(self.started_at, self.arn)

    @property
    def failed(self) -> bool:
        """Whether it has ended unsuccessfully."""
        return self.status in _UNSUCCESSFUL

    @property
    def runs(self) -> bool:
        """Whether it has not ended."""
        return self.status in ("RUNNING", "PENDING_REDRIVE", "STOPPING")


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


def list_executions(cloud: Cloud, outputs: Mapping[str, str]) -> Iterator[Execution]:
    """Yield all executions of a pipeline, given its stack's outputs, the newest first."""
    if "PipelineName" in outputs:
        pages = cloud.sagemaker.get_paginator("list_pipeline_executions").paginate(
            PipelineName=outputs["PipelineName"], SortBy="CreationTime", SortOrder="Descending"
        )
        for page in pages:
            for found in page["PipelineExecutionSummaries"]:
                status = found["PipelineExecutionStatus"]
                yield Execution(found["PipelineExecutionArn"], GOES_ON.get(status, status.upper()), found["StartTime"])
        return
    machine = outputs["StateMachineArn"]
    for listed in cloud.step_functions.get_paginator("list_executions").paginate(
        stateMachineArn=machine, PaginationConfig={"PageSize": _PAGE}
    ):
        for execution in listed["executions"]:
            yield Execution(execution["executionArn"], execution["status"], execution["startDate"])


def find_execution(cloud: Cloud, outputs: Mapping[str, str], run_id: str) -> Execution | None:
    """Return the execution with a run id or an ARN; None if the service does not list it."""
    return next((one for one in list_executions(cloud, outputs) if run_id in (one.run_id, one.arn)), None)


def read_outcome(cloud: Cloud, execution: Execution, pipeline: Pipeline) -> Outcome:
    """Return the result of an execution."""
    report = read_report(cloud, execution.arn)
    planned = report.document()
    start, end = planned["process_start"], planned["process_end"]
    if start is None or end is None:
        start, end = _asked_interval(given_input(cloud, execution), pipeline)
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


def _asked_interval(given: Mapping[str, Any], pipeline: Pipeline) -> tuple[str | None, str | None]:
    """Return the interval of an execution's input, computed as in PlanRun; None for both ends if PlanRun rejects the input."""
    try:
        interval = interval_rule(pipeline).interval_of(given)
    except (InvalidIntervalError, UnknownTimezoneError):
        return None, None
    return interval.start_text, interval.end_text
