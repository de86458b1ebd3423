"""The list of the runs of a lake that was read, and what those of a page are about."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from statistics import median
from typing import TYPE_CHECKING, Final

from partitioned_pipelines.cli.lake.lake_reader import CALLS_AT_ONCE
from partitioned_pipelines.cli.lake.problems import FAILURES, problem_of
from partitioned_pipelines.cli.lake.runs.known_runs import read_kept_attempt
from partitioned_pipelines.cli.runs.executions.execution_list import CloudExecutions
from partitioned_pipelines.lake.intervals.interval import Interval
from partitioned_pipelines.operations.lake_state.documents.run_list import ListedRun
from partitioned_pipelines.spec.derived.interval_rule import interval_rule

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from partitioned_pipelines.cli.lake.lake_reader import PipelineReader, ReadLake, ReadPipeline
    from partitioned_pipelines.cli.lake.runs.ended_runs import EndedRuns
    from partitioned_pipelines.operations.lake_state.documents.lake import Problem
    from partitioned_pipelines.runtime.executions.execution import Execution
    from partitioned_pipelines.runtime.intervals.evidence import Attempt

_COMPARED: Final = 5
_STATUS_OF: Final = {"failed": "FAILED", "succeeded": "SUCCEEDED", "running": "RUNNING"}


def list_runs(read: ReadLake) -> list[ListedRun]:
    """Return the runs that are known, the newest first: those that the services list, and those that are kept on this machine.

    The intervals of runs that the services list are unknown.
    """
    found = [run for pipeline in read.pipelines for run in _runs_of(pipeline, read.reader)]
    return sorted(found, key=lambda run: (run.started, run.id), reverse=True)


def read_intervals(
    reader: PipelineReader, pipelines: Iterable[ReadPipeline], runs: Sequence[ListedRun]
) -> tuple[list[ListedRun], list[Problem]]:
    """Return some runs with their intervals, and what could not be read. Executions that have ended are read once, and kept."""
    wanted = {run.id: run for run in runs if run.start is None}
    found: dict[str, ListedRun] = {}
    problems: dict[str, Problem] = {}
    about: list[tuple[ReadPipeline, EndedRuns, Execution]] = []
    for pipeline in pipelines:
        executions = [one for one in pipeline.executions if one.run_id in wanted]
        if executions:
            kept = reader.ended_runs(pipeline.spec)
            about += [(pipeline, kept, one) for one in executions]

    def read(entry: tuple[ReadPipeline, EndedRuns, Execution]) -> None:
        pipeline, kept, one = entry
        executions = CloudExecutions(reader.cloud, reader.outputs_of(pipeline.spec) or {})
        try:
            if attempt := read_kept_attempt(executions, one, interval_rule(pipeline.spec), kept).attempt:
                start, end = _ends(pipeline, attempt)
                found[one.run_id] = replace(wanted[one.run_id], start=start, end=end)
        except FAILURES as error:
            problems[pipeline.spec.name] = problem_of(pipeline.spec.name, error)

    with ThreadPoolExecutor(CALLS_AT_ONCE) as pool:
        list(pool.map(read, about))
    for kept in {id(kept): kept for _, kept, _ in about}.values():
        kept.save()
    return [found.get(run.id, run) for run in runs], list(problems.values())


def _runs_of(pipeline: ReadPipeline, reader: PipelineReader | None) -> Iterator[ListedRun]:
    name, executions = pipeline.spec.name, pipeline.executions
    usual = _usual_seconds(executions)
    for one in executions:
        yield ListedRun(one.run_id, name, None, None, one.started_at, one.status, _seconds(one), usual)
    for kept in reader.ended_runs(pipeline.spec).others({one.arn for one in executions}) if reader else ():
        if attempt := kept.attempt:
            start, end = _ends(pipeline, attempt)
            yield ListedRun(attempt.run_id, name, start, end, attempt.started_at, kept.status, None, usual)


def _ends(pipeline: ReadPipeline, attempt: Attempt) -> tuple[str, str]:
    calendar = interval_rule(pipeline.spec).calendar
    interval = Interval(attempt.start, attempt.end, calendar.cadence, calendar.clock)
    return interval.start_text, interval.end_text


def _usual_seconds(executions: Sequence[Execution]) -> float | None:
    took = [seconds for one in executions if one.status == "SUCCEEDED" and (seconds := _seconds(one)) is not None]
    return float(median(took[:_COMPARED])) if took else None


def _seconds(execution: Execution) -> float | None:
    """Return the duration of an execution; None while it runs, and of a SageMaker pipeline, which a list does not tell."""
    return (execution.ended_at - execution.started_at).total_seconds() if execution.ended_at else None
