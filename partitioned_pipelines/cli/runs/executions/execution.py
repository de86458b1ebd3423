"""One execution of a pipeline: starting, following, and stopping it on an interrupt."""

from __future__ import annotations

import json
import time
from collections import deque
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from partitioned_pipelines.cli.runs.executions.pipeline_execution import (
    follow_pipeline,
    is_pipeline_execution,
    pipeline_calls,
    pipeline_jobs,
    report_pipeline,
    start_pipeline,
)
from partitioned_pipelines.cli.runs.logs.script_output import ScriptOutput, find_traceback
from partitioned_pipelines.cli.runs.results.run_report import RunError, RunReport
from partitioned_pipelines.cli.terminal.output import note, spinner, standard_error
from partitioned_pipelines.cli.terminal.streams_and_signals import signal_of
from partitioned_pipelines.lake.runs.shared_job import last_step_lines
from partitioned_pipelines.runtime.executions.execution import OPEN
from partitioned_pipelines.runtime.executions.history import (
    Entered,
    Failed,
    Finished,
    HistoryReader,
    Progress,
    Retried,
    parse_object,
)
from partitioned_pipelines.runtime.executions.job_log import last_lines

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from mypy_boto3_stepfunctions.type_defs import DescribeExecutionOutputTypeDef

    from partitioned_pipelines.cli.target.target import Cloud
    from partitioned_pipelines.runtime.executions.history import FunctionCall, StepJob
    from partitioned_pipelines.runtime.executions.job_log import LogLine

_TAIL = 20
# A traceback through a library is long; this is one page of CloudWatch Logs.
_SEARCHED = 1000


def start_execution(cloud: Cloud, outputs: Mapping[str, str], execution_input: Mapping[str, str]) -> str:
    """Start an execution of a pipeline, given its stack's outputs; return its ARN."""
    if "PipelineName" in outputs:
        return start_pipeline(cloud, outputs["PipelineName"], execution_input)
    machine = outputs["StateMachineArn"]
    started = cloud.step_functions.start_execution(stateMachineArn=machine, input=json.dumps(execution_input))
    return started["executionArn"]


def follow_execution(cloud: Cloud, execution_arn: str, *, quiet: bool = False, retried: bool = False) -> RunReport:
    """Print an execution's states until it has ended; on the local cloud, also the output of its scripts.

    Ctrl-C or SIGTERM stops the execution and its job, and the report contains the signal.

    Parameters
    ----------
    quiet
        Whether to omit the scripts' output.
    retried
        Whether the execution was retried, so that only what happens since then is printed.
    """
    printed = ScriptOutput(cloud, shown=cloud.is_local and not quiet)
    follow = follow_pipeline if is_pipeline_execution(execution_arn) else _follow
    return _with_log(cloud, follow(cloud, execution_arn, printed, retried=retried))


def read_report(cloud: Cloud, execution_arn: str) -> RunReport:
    """Return the report of an execution, ended or running, without its jobs' logs."""
    if is_pipeline_execution(execution_arn):
        described = cloud.sagemaker.describe_pipeline_execution(PipelineExecutionArn=execution_arn)
        return report_pipeline(cloud, execution_arn, described["PipelineExecutionStatus"])
    status = cloud.step_functions.describe_execution(executionArn=execution_arn)["status"]
    return _report(cloud, execution_arn, status, _read_history(cloud, execution_arn))


def read_failure(cloud: Cloud, execution_arn: str) -> str | None:
    """Return why an execution failed, in one line; None if it did not."""
    if is_pipeline_execution(execution_arn):
        error = read_report(cloud, execution_arn).error
        return (error.message.strip() or error.error) if error else None
    return failure_of(cloud.step_functions.describe_execution(executionArn=execution_arn))


def failure_of(described: DescribeExecutionOutputTypeDef) -> str | None:
    """Return why an execution of a state machine failed, in one line; None if it did not.

    The history would name the state, too, with more calls for each execution.
    """
    if described["status"] in (*OPEN, "SUCCEEDED"):
        return None
    failure = Failed("", 0.0, described.get("error", described["status"]), described.get("cause", ""))
    error = RunError.from_failure(failure, None)
    return error.message.strip() or error.error


def list_jobs(cloud: Cloud, execution_arn: str) -> list[StepJob]:
    """Return the processing jobs of an execution, in the order in which they started."""
    if is_pipeline_execution(execution_arn):
        return pipeline_jobs(cloud, execution_arn)
    return _read_history(cloud, execution_arn).jobs


def list_calls(cloud: Cloud, execution_arn: str) -> list[FunctionCall]:
    """Return the states of an execution that called a function, in the order in which they started."""
    if is_pipeline_execution(execution_arn):
        return pipeline_calls(cloud, execution_arn)
    return _read_history(cloud, execution_arn).calls


def _follow(cloud: Cloud, execution_arn: str, printed: ScriptOutput, *, retried: bool) -> RunReport:
    reader = _read_until_redrive(cloud, execution_arn) if retried else HistoryReader()
    printed.leave_out(reader.jobs)
    interrupted_by = None
    try:
        with spinner("starting") as show:
            status = _watch(cloud, execution_arn, reader, show, printed)
    except KeyboardInterrupt as interrupt:
        interrupted_by = signal_of(interrupt)
        note("stopping the execution …")
        cloud.step_functions.stop_execution(executionArn=execution_arn, cause="pipelines run was interrupted")
        with spinner("stopping") as show:
            status = _watch(cloud, execution_arn, reader, show, printed)
        note(f"the execution is {status}: {execution_arn}")
    return replace(_report(cloud, execution_arn, status, reader), interrupted_by=interrupted_by)


def describe_progress(progress: Progress) -> str | None:
    """Return a line of progress; None if a spinner shows it."""
    match progress:
        case Entered(state):
            return None if standard_error().is_terminal else f"  {state} …"
        case Finished(state, seconds):
            return f"  {state:<24} {seconds:7.1f} s"
        case Retried(state):
            return f"  {state:<24} an attempt failed ({progress.refusal}), trying again"
        case Failed(state, seconds, error):
            return f"  {state or 'execution':<24} {seconds:7.1f} s  {error}"


def _watch(
    cloud: Cloud, execution_arn: str, reader: HistoryReader, show: Callable[[str], None], printed: ScriptOutput
) -> str:
    current: Entered | None = None
    since = time.monotonic()
    while True:
        # The status is read first: a history that is read after the end is complete.
        status: str = cloud.step_functions.describe_execution(executionArn=execution_arn)["status"]
        for progress in reader.read(list_events(cloud, execution_arn)):
            if line := describe_progress(progress):
                note(line, style="red" if isinstance(progress, Failed) else "")
            if isinstance(progress, Entered):
                current, since = progress, time.monotonic()
        printed.show(reader.jobs)
        if status not in OPEN:
            return status
        show(f"{current.state if current else 'starting'}  {time.monotonic() - since:.0f} s")
        time.sleep(cloud.poll_seconds)


def list_events(cloud: Cloud, execution_arn: str) -> list[Any]:
    """Return the events of an execution of a state machine, in order."""
    events: list[Any] = []
    for page in cloud.step_functions.get_paginator("get_execution_history").paginate(executionArn=execution_arn):
        events += page["events"]
    return events


def _read_until_redrive(cloud: Cloud, execution_arn: str) -> HistoryReader:
    """Return a reader that has read what happened before the last redrive."""
    reader, events = HistoryReader(), list_events(cloud, execution_arn)
    last = max((index for index, event in enumerate(events) if event["type"] == "ExecutionRedriven"), default=0)
    deque(reader.read(events[:last]), maxlen=0)
    return reader


def _read_history(cloud: Cloud, execution_arn: str) -> HistoryReader:
    reader = HistoryReader()
    deque(reader.read(list_events(cloud, execution_arn)), maxlen=0)
    return reader


def _report(cloud: Cloud, execution_arn: str, status: str, reader: HistoryReader) -> RunReport:
    described = cloud.step_functions.describe_execution(executionArn=execution_arn)
    if status == "SUCCEEDED":
        return RunReport(execution_arn, status, parse_object(described.get("output")), None)
    if status in OPEN:
        return RunReport(execution_arn, status, reader.data, None)
    failure = reader.failure or Failed("", 0.0, described.get("error", status), described.get("cause", ""))
    return RunReport(
        execution_arn, status, reader.data, RunError.from_failure(failure, reader.job_name), reader.registration_begun
    )


def _with_log(cloud: Cloud, report: RunReport) -> RunReport:
    """Return the report with the failed job's log: the script's traceback, and its last lines of output."""
    error = report.error
    if error is None or error.job_name is None:
        return report
    try:
        lines = last_lines(cloud.logs, error.job_name, _SEARCHED)
    except ClientError as refused:
        note(f"the log of {error.job_name} cannot be read: {refused}", style="yellow")
        return report
    tail = tuple(last_step_lines([line.message for line in lines])[-_TAIL:])
    # Per host, because the lines of several hosts are interleaved.
    for host in dict.fromkeys(line.host for line in lines):
        traceback, printed = find_traceback(_messages(lines, host))
        if traceback:
            failed = replace(error, log_tail=tail, traceback=traceback, printed=tuple(printed[-_TAIL:]))
            return replace(report, error=failed)
    return replace(report, error=replace(error, log_tail=tail, printed=tail))


def _messages(lines: Sequence[LogLine], host: str) -> list[str]:
    return last_step_lines([line.message for line in lines if line.host == host])
