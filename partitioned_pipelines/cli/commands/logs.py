"""``pipelines logs``: the output of a run's scripts and functions, finished or live."""

import time
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

import typer

from partitioned_pipelines.cli.command import command
from partitioned_pipelines.cli.project import Name, find_pipeline, find_step, open_project
from partitioned_pipelines.cli.remedies import paste
from partitioned_pipelines.cli.runs.executions.execution import list_calls, list_jobs, read_report
from partitioned_pipelines.cli.runs.executions.execution_list import find_execution, find_run
from partitioned_pipelines.cli.runs.logs.function_log_line import readable_line
from partitioned_pipelines.cli.runs.logs.log_reader import FunctionLog
from partitioned_pipelines.cli.runs.logs.script_output import ScriptOutput
from partitioned_pipelines.cli.settings import Settings
from partitioned_pipelines.cli.target.clouds import open_cloud
from partitioned_pipelines.cli.target.target import Cloud
from partitioned_pipelines.cli.terminal.output import note, print_json, say
from partitioned_pipelines.lake.runs.shared_job import is_shared_job
from partitioned_pipelines.runtime.executions.execution import Execution
from partitioned_pipelines.runtime.executions.history import FunctionCall, StepJob, function_of
from partitioned_pipelines.runtime.executions.job_log import LogLine
from partitioned_pipelines.spec.model.pipeline import Pipeline

if TYPE_CHECKING:
    from datetime import datetime

RunId = Annotated[
    str | None, typer.Argument(metavar="[RUN]", help="Id of the run, as pipelines runs lists it  [default: the newest]")
]
StepName = Annotated[
    str | None,
    typer.Argument(metavar="[STEP]", help="Name of a step, PlanRun or RegisterPartitions  [default: all steps]"),
]
Follow = Annotated[
    bool, typer.Option("--follow", "-f", help="Print new lines until the run ends; with --json, one object per line")
]


class FunctionOutput:
    """The output of an execution's Lambda functions, read as it grows.

    Parameters
    ----------
    wanted
        The name of a function, or of the state of a table that calls it. None selects the function in which the execution failed.

    Attributes
    ----------
    calls
        The calls whose logs were read.
    """

    def __init__(self, cloud: Cloud, outputs: Mapping[str, str], execution_arn: str, wanted: str | None) -> None:
        self.calls: list[FunctionCall] = []
        self._cloud = cloud
        self._outputs = outputs
        self._execution_arn = execution_arn
        self._wanted = wanted
        self._logs: dict[tuple[str, datetime], FunctionLog] = {}

    def new_lines(self, *, failed: bool) -> list[tuple[FunctionCall, LogLine]]:
        """Return the new lines.

        Parameters
        ----------
        failed
            Whether the execution has ended unsuccessfully.
        """
        wanted = self._failed_state() if self._wanted is None and failed else self._wanted
        calls = list_calls(self._cloud, self._execution_arn) if wanted else []
        self.calls = [call for call in calls if wanted in (call.state, call.state.partition(".")[0])]
        return [(call, line) for call in self.calls for line in self._log(call).read(call)]

    def function_name(self, call: FunctionCall) -> str:
        """Return the name of the called function."""
        return self._log(call).function_name

    def document(self, lines: list[tuple[FunctionCall, LogLine]]) -> list[dict[str, Any]]:
        """Return the calls with their lines, in the format of ``logs --json``."""
        return [
            {
                "step": call.state,
                "function_name": self.function_name(call),
                "lines": [line.document() for of, line in lines if of is call],
            }
            for call in self.calls
        ]

    def _failed_state(self) -> str | None:
        error = read_report(self._cloud, self._execution_arn).error
        return error.state if error else None

    def _log(self, call: FunctionCall) -> FunctionLog:
        key = call.state, call.started_at
        if key not in self._logs:
            self._logs[key] = FunctionLog(self._cloud, self._outputs, call.state)
        return self._logs[key]


@command
def logs(
    settings: Settings, name: Name, run_id: RunId = None, step_name: StepName = None, follow: Follow = False
) -> None:
    """Print the logs of a run's processing jobs, in the order of the steps; `logs NAME STEP` prints a step of the newest run.
    A step that was retried has a log for each attempt. PlanRun and RegisterPartitions are functions: their log is printed if STEP names one,
    or if the run failed there.
    """
    pipeline = find_pipeline(open_project(settings), name)
    if run_id and step_name is None and (function_of(run_id) or run_id in [step.name for step in pipeline.steps]):
        run_id, step_name = None, run_id
    if step_name is not None and not function_of(step_name):
        find_step(pipeline, step_name)
    with open_cloud(settings) as cloud:
        outputs = cloud.stack_outputs(settings.pipeline_stack(pipeline.name))
        execution = find_run(settings, cloud, outputs, pipeline, run_id)
        note(f"run {execution.run_id}: {execution.status}", style="dim")
        if follow:
            _follow(settings, cloud, outputs, execution, step_name)
            return
        jobs = _of_step(list_jobs(cloud, execution.arn), step_name)
        lines = _lines_of_step(ScriptOutput(cloud, shown=True).new_lines(jobs), step_name)
        jobs = _with_steps(jobs, lines, step_name)
        functions = FunctionOutput(cloud, outputs, execution.arn, step_name)
        printed = functions.new_lines(failed=execution.failed)
    if settings.json:
        print_json(_jobs_document(execution, jobs, lines) | {"functions": functions.document(printed)})
        return
    for job, line in lines:
        say(_text(job, line, jobs, step_name))
    for call, line in printed:
        say(f"{call.state} | {readable_line(line.message)}")
    if not jobs and not functions.calls:
        note(_nothing(settings, execution, pipeline, step_name), style="yellow")


def _follow(
    settings: Settings, cloud: Cloud, outputs: Mapping[str, str], execution: Execution, step_name: str | None
) -> None:
    output = ScriptOutput(cloud, shown=True)
    functions = FunctionOutput(cloud, outputs, execution.arn, step_name)
    while True:
        # The status is read first, so that the lines read after the end are complete.
        now = find_execution(cloud, outputs, execution.arn) or execution
        jobs = _of_step(list_jobs(cloud, execution.arn), step_name)
        for job, line in _lines_of_step(output.new_lines(jobs), step_name):
            if settings.json:
                print_json({"step": job.step, "job_name": job.job_name, **line.document()}, indent=None)
            else:
                say(_text(job, line, jobs, step_name))
        for call, line in functions.new_lines(failed=now.failed):
            if settings.json:
                print_json(
                    {"step": call.state, "function_name": functions.function_name(call), **line.document()}, indent=None
                )
            else:
                say(f"{call.state} | {readable_line(line.message)}")
        if not now.runs:
            note(f"run {now.run_id}: {now.status}", style="red" if now.failed else "green")
            return
        time.sleep(cloud.poll_seconds)


def _of_step(jobs: list[StepJob], step_name: str | None) -> list[StepJob]:
    """Return the jobs that may run a step; only its log says whether a shared job does."""
    return [job for job in jobs if step_name in (None, job.step) or is_shared_job(job.step)]


def _lines_of_step(lines: list[tuple[StepJob, LogLine]], step_name: str | None) -> list[tuple[StepJob, LogLine]]:
    return [(job, line) for job, line in lines if step_name in (None, job.step)]


def _with_steps(jobs: list[StepJob], lines: list[tuple[StepJob, LogLine]], step_name: str | None) -> list[StepJob]:
    """Return each job, and instead of a shared one each of its steps that has printed anything."""
    found = []
    for job in jobs:
        if not is_shared_job(job.step):
            found.append(job)
            continue
        steps = dict.fromkeys(of.step for of, _ in lines if of.job_name == job.job_name)
        found += [replace(job, step=step) for step in steps] or ([job] if step_name is None else [])
    return found


def _text(job: StepJob, line: LogLine, jobs: list[StepJob], step_name: str | None) -> str:
    """Return a line prefixed with the step if there may be several, and with the host if it is not the first."""
    step = "" if step_name else f"{job.step} "
    attempts = [one.job_name for one in jobs if one.step == job.step]
    attempt = f"(attempt {attempts.index(job.job_name) + 1}) " if len(attempts) > 1 else ""
    host = "" if line.host == "algo-1" else f"{line.host} "
    before = f"{step}{attempt}{host}"
    return f"{before}| {line.message}" if before else line.message


def _nothing(settings: Settings, execution: Execution, pipeline: Pipeline, step_name: str | None) -> str:
    what = f"step {step_name}" if step_name else "no step"
    started = f"{what} was not started in this run" if step_name else f"{what} was started in this run"
    return f"{started}; what came of it: {paste(settings, 'runs', pipeline.name, '--limit', '5')}"


def _jobs_document(
    execution: Execution, jobs: list[StepJob], lines: list[tuple[StepJob, LogLine]]
) -> dict[str, object]:
    return {
        "run_id": execution.run_id,
        "execution_arn": execution.arn,
        "status": execution.status,
        "jobs": [
            {
                "step": job.step,
                "job_name": job.job_name,
                "lines": [line.document() for of, line in lines if (of.job_name, of.step) == (job.job_name, job.step)],
            }
            for job in jobs
        ],
    }
