"""One execution of a SageMaker pipeline: starting, following, and reporting it with the statuses of Step Functions."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING
from uuid import uuid4

from botocore.exceptions import ClientError

from partitioned_pipelines.cli.runs.results.run_report import RunError, RunReport
from partitioned_pipelines.cli.terminal.output import note, spinner
from partitioned_pipelines.cli.terminal.streams_and_signals import signal_of
from partitioned_pipelines.runtime.executions.history import Failed, FunctionCall, function_of
from partitioned_pipelines.runtime.executions.listing import GOES_ON
from partitioned_pipelines.runtime.executions.pipeline_steps import (
    REGISTRATION,
    failed_step,
    read_steps,
    step_data,
    step_jobs,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mypy_boto3_sagemaker.type_defs import PipelineExecutionStepTypeDef

    from partitioned_pipelines.cli.runs.logs.script_output import ScriptOutput
    from partitioned_pipelines.cli.target.target import Cloud
    from partitioned_pipelines.runtime.executions.history import StepJob

_REGISTRATION = "RegisterPartitions"


def start_pipeline(cloud: Cloud, pipeline_name: str, execution_input: Mapping[str, str]) -> str:
    """Start an execution; return its ARN."""
    started = cloud.sagemaker.start_pipeline_execution(
        PipelineName=pipeline_name,
        PipelineParameters=[{"Name": name, "Value": value} for name, value in execution_input.items()],
        ClientRequestToken=str(uuid4()),
    )
    return started["PipelineExecutionArn"]


def is_pipeline_execution(execution_arn: str) -> bool:
    """Return whether an ARN is that of a SageMaker pipeline's execution rather than a state machine's."""
    return ":sagemaker:" in execution_arn


def follow_pipeline(cloud: Cloud, execution_arn: str, printed: ScriptOutput, *, retried: bool = False) -> RunReport:
    """Print an execution's steps as they end, and its scripts' output, until the execution has ended.

    Ctrl-C or SIGTERM stops the execution and its jobs, and the report contains the signal.
    """
    done = (
        [step for step in read_steps(cloud.sagemaker, execution_arn) if step["StepStatus"] == "Succeeded"]
        if retried
        else []
    )
    told = {step["StepName"] for step in done}
    printed.leave_out(step_jobs(done))
    interrupted_by = None
    try:
        with spinner("starting") as show:
            status = _watch(cloud, execution_arn, told, show, printed)
    except KeyboardInterrupt as interrupt:
        interrupted_by = signal_of(interrupt)
        note("stopping the execution …")
        stop_pipeline(cloud, execution_arn)
        with spinner("stopping") as show:
            status = _watch(cloud, execution_arn, told, show, printed)
        note(f"the execution is {status}: {execution_arn}")
    return replace(report_pipeline(cloud, execution_arn, status), interrupted_by=interrupted_by)


def stop_pipeline(cloud: Cloud, execution_arn: str) -> None:
    """Stop an execution, unless it is being stopped or has ended, which SageMaker refuses."""
    try:
        cloud.sagemaker.stop_pipeline_execution(PipelineExecutionArn=execution_arn, ClientRequestToken=str(uuid4()))
    except ClientError:
        found = cloud.sagemaker.describe_pipeline_execution(PipelineExecutionArn=execution_arn)
        if found["PipelineExecutionStatus"] == "Executing":
            raise


def pipeline_jobs(cloud: Cloud, execution_arn: str) -> list[StepJob]:
    """Return the processing jobs of an execution; for a step that was retried, the last one."""
    return step_jobs(read_steps(cloud.sagemaker, execution_arn))


def pipeline_calls(cloud: Cloud, execution_arn: str) -> list[FunctionCall]:
    """Return the steps of an execution that called a function."""
    return [
        FunctionCall(step["StepName"], step["StartTime"], step.get("EndTime"))
        for step in read_steps(cloud.sagemaker, execution_arn)
        if function_of(step["StepName"])
    ]


def report_pipeline(cloud: Cloud, execution_arn: str, status: str) -> RunReport:
    """Return the report of an execution."""
    steps = read_steps(cloud.sagemaker, execution_arn)
    data = step_data(steps)
    if status == "Succeeded":
        return RunReport(execution_arn, "SUCCEEDED", data, None)
    if status in GOES_ON:
        return RunReport(execution_arn, GOES_ON[status], data, None)
    begun = any(step["StepName"].startswith(REGISTRATION) for step in steps)
    return RunReport(execution_arn, status.upper(), data, _error(cloud, execution_arn, status, steps), begun)


def _error(cloud: Cloud, execution_arn: str, status: str, steps: list[PipelineExecutionStepTypeDef]) -> RunError:
    if found := failed_step(steps):
        return RunError.from_failure(*found)
    described = cloud.sagemaker.describe_pipeline_execution(PipelineExecutionArn=execution_arn)
    return RunError.from_failure(Failed("", 0.0, status.upper(), described.get("FailureReason", "")), None)


def _watch(cloud: Cloud, execution_arn: str, told: set[str], show: Callable[[str], None], printed: ScriptOutput) -> str:
    while True:
        # The status is read first: the steps that are read after the end are complete.
        described = cloud.sagemaker.describe_pipeline_execution(PipelineExecutionArn=execution_arn)
        status: str = described["PipelineExecutionStatus"]
        running = []
        steps = read_steps(cloud.sagemaker, execution_arn)
        printed.show(step_jobs(steps))
        for step in steps:
            name = step["StepName"]
            if "EndTime" not in step:
                running.append(name)
            elif name not in told:
                told.add(name)
                _tell(step)
        if status not in GOES_ON:
            return status
        show(", ".join(running) or "starting")
        time.sleep(cloud.poll_seconds)


def _tell(step: PipelineExecutionStepTypeDef) -> None:
    seconds = (step["EndTime"] - step["StartTime"]).total_seconds()
    failed = step["StepStatus"] == "Failed"
    why = f"  {step.get('FailureReason', '')}" if failed else ""
    note(f"  {step['StepName']:<24} {seconds:7.1f} s{why}", style="red" if failed else "")
