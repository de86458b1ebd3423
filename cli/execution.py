"""One execution of a pipeline: started, watched, and stopped when the person who waits says so."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from cli.execution_progress import Entered, Failed, Finished, HistoryReader, Progress, Retried, parse_object
from cli.job_log import last_lines
from cli.output import note, spinner, standard_error
from cli.pipeline_execution import follow_pipeline, start_pipeline
from cli.run_report import RunError, RunReport

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from cli.target import Cloud

_LOCAL_POLL_SECONDS = 0.15
_AWS_POLL_SECONDS = 2.0


def start_execution(cloud: Cloud, outputs: Mapping[str, str], execution_input: Mapping[str, str]) -> str:
    """Start an execution of what a pipeline's stack has, by its outputs; hand back its ARN."""
    if "PipelineName" in outputs:
        return start_pipeline(cloud, outputs["PipelineName"], execution_input)
    machine = outputs["StateMachineArn"]
    started = cloud.step_functions.start_execution(stateMachineArn=machine, input=json.dumps(execution_input))
    return started["executionArn"]


def follow_execution(cloud: Cloud, execution_arn: str) -> RunReport:
    """Show an execution's states as they pass, until it has ended.

    Ctrl-C stops the execution, and with it its job, and the report says so.
    """
    if ":sagemaker:" in execution_arn:
        return follow_pipeline(cloud, execution_arn)
    reader = HistoryReader()
    try:
        with spinner("starting") as show:
            status = _watch(cloud, execution_arn, reader, show)
    except KeyboardInterrupt:
        note("stopping the execution …")
        cloud.step_functions.stop_execution(executionArn=execution_arn, cause="pipelines run was interrupted")
        with spinner("stopping") as show:
            status = _watch(cloud, execution_arn, reader, show)
        note(f"the execution is {status}: {execution_arn}")
    return _report(cloud, execution_arn, status, reader)


def describe_progress(progress: Progress) -> str | None:
    """Say a piece of progress in a line; None where a spinner says it better."""
    match progress:
        case Entered(state):
            return None if standard_error().is_terminal else f"  {state} …"
        case Finished(state, seconds):
            return f"  {state:<24} {seconds:7.1f} s"
        case Retried(state):
            return f"  {state:<24} an attempt failed ({progress.refusal}), trying again"
        case Failed(state, seconds, error):
            return f"  {state or 'execution':<24} {seconds:7.1f} s  {error}"


def _watch(cloud: Cloud, execution_arn: str, reader: HistoryReader, show: Callable[[str], None]) -> str:
    current: Entered | None = None
    since = time.monotonic()
    while True:
        # The status first: a history that is read after the end is whole.
        status: str = cloud.step_functions.describe_execution(executionArn=execution_arn)["status"]
        for progress in reader.read(_history(cloud, execution_arn)):
            if line := describe_progress(progress):
                note(line, style="red" if isinstance(progress, Failed) else "")
            if isinstance(progress, Entered):
                current, since = progress, time.monotonic()
        if status not in {"RUNNING", "PENDING_REDRIVE"}:
            return status
        show(f"{current.state if current else 'starting'}  {time.monotonic() - since:.0f} s")
        time.sleep(_LOCAL_POLL_SECONDS if cloud.is_local else _AWS_POLL_SECONDS)


def _history(cloud: Cloud, execution_arn: str) -> list[Any]:
    events: list[Any] = []
    for page in cloud.step_functions.get_paginator("get_execution_history").paginate(executionArn=execution_arn):
        events += page["events"]
    return events


def _report(cloud: Cloud, execution_arn: str, status: str, reader: HistoryReader) -> RunReport:
    described = cloud.step_functions.describe_execution(executionArn=execution_arn)
    if status == "SUCCEEDED":
        return RunReport(execution_arn, status, parse_object(described.get("output")), None)
    failure = reader.failure or Failed("", 0.0, described.get("error", status), described.get("cause", ""))
    error = RunError.from_failure(failure, reader.job_name)
    if error.job_name:
        try:
            error = replace(error, log_tail=last_lines(cloud.logs, error.job_name))
        except ClientError as refused:
            note(f"the log of {error.job_name} cannot be read: {refused}", style="yellow")
    return RunReport(execution_arn, status, reader.data, error, reader.registration_begun)
