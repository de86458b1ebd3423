"""``pipelines retry``: continue a failed run where it failed."""

from typing import Annotated

import typer

from partitioned_pipelines.cli.command import command
from partitioned_pipelines.cli.commands.run import Quiet, finish
from partitioned_pipelines.cli.errors import CommandError, ExitCode
from partitioned_pipelines.cli.project import Name
from partitioned_pipelines.cli.remedies import paste
from partitioned_pipelines.cli.runs.executions.execution import follow_execution
from partitioned_pipelines.cli.runs.executions.execution_list import find_run, interval_of_execution
from partitioned_pipelines.cli.runs.executions.retry import retry_of
from partitioned_pipelines.cli.runs.intervals.interval_options import options_of
from partitioned_pipelines.cli.runs.intervals.interval_states import PipelineIntervals
from partitioned_pipelines.cli.runs.published_table import PublishedPipeline, open_pipeline
from partitioned_pipelines.cli.runs.results.table_outcome import find_outcomes
from partitioned_pipelines.cli.runs.results.unrepaired_folders import warnings_after
from partitioned_pipelines.cli.settings import Settings
from partitioned_pipelines.cli.terminal.output import note
from partitioned_pipelines.lake.intervals.interval import Interval
from partitioned_pipelines.runtime.executions.execution import Execution
from partitioned_pipelines.runtime.intervals.interval_state import State
from partitioned_pipelines.spec.derived.interval_rule import interval_rule

RunId = Annotated[
    str | None,
    typer.Argument(
        metavar="[RUN]",
        help="Id of the run, as pipelines runs lists it  [default: the newest that failed, timed out or was stopped]",
    ),
]
SameCode = Annotated[
    bool,
    typer.Option("--same-code", help="Retry with the run's own script and image, although newer ones are deployed"),
]


@command
def retry(
    settings: Settings,
    name: Name,
    run_id: RunId = None,
    same_code: SameCode = False,
    quiet: Quiet = False,
) -> None:
    """Continue a failed run where it failed, under the same run id and with the script and image that it started with.
    Steps that succeeded do not run again. A run can be retried for 14 days after its end.
    """
    with open_pipeline(settings, name, None) as pipeline:
        execution = _find(pipeline, run_id)
        found = retry_of(pipeline.cloud, pipeline.outputs, execution.arn)
        if refusal := found.refusal():
            raise CommandError(f"the run {execution.run_id} cannot be retried: {refusal}", exit_code=ExitCode.FAILED)
        interval = interval_of_execution(pipeline.cloud, execution, interval_rule(pipeline.pipeline))
        again = f"to use the new ones: {paste(settings, 'run', name, *options_of(interval))}; " if interval else ""
        if found.is_outdated() and not same_code:
            raise CommandError(
                f"{name} was deployed again since the run {execution.run_id} started, and a retry would run the old script and image",
                f"{again}to retry nevertheless: {paste(settings, 'retry', name, execution.run_id, '--same-code')}",
                exit_code=ExitCode.FAILED,
            )
        if interval and (newer := _published_since(pipeline, execution, interval)):
            raise CommandError(
                f"{interval} has been published by {newer.run_id}, which started later than {execution.run_id}: a retry would publish nothing",
                f"to process it once more: {paste(settings, 'run', name, *options_of(interval))}",
                exit_code=ExitCode.FAILED,
            )
        found.start()
        note(f"retrying {execution.run_id}{f' for {interval}' if interval else ''}: {execution.arn}")
        report = follow_execution(pipeline.cloud, execution.arn, quiet=quiet, retried=True)
        warnings = warnings_after(settings, pipeline.cloud, report, pipeline.pipeline)
        outcomes = find_outcomes(pipeline.cloud, pipeline.pipeline, report)
    finish(settings, report, pipeline.pipeline, outcomes, warnings)


def _find(pipeline: PublishedPipeline, run_id: str | None) -> Execution:
    """Return the execution with a run id or, without one, the newest that did not succeed."""
    if run_id is not None:
        return find_run(pipeline.settings, pipeline.cloud, pipeline.outputs, pipeline.pipeline, run_id)
    if failed := next((one for one in pipeline.executions() if one.failed), None):
        return failed
    raise CommandError(f"no run of {pipeline.pipeline.name} has failed", exit_code=ExitCode.FAILED)


def _published_since(pipeline: PublishedPipeline, execution: Execution, interval: Interval) -> State | None:
    """Return the state of a table if runs that started later have published the whole interval in each table."""
    calendar = interval_rule(pipeline.pipeline).calendar
    found = PipelineIntervals(pipeline).states(list(calendar.between(interval.start, interval.end)))
    states = [state for each in found for state in each.tables.values()]
    later = [
        state for state in states if state.name in ("published", "empty") and (state.run_id or "") > execution.run_id
    ]
    return later[-1] if states and len(later) == len(states) else None
