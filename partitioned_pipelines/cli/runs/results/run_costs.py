"""The usage of runs: from their receipts and, for what no receipt lists, from SageMaker's descriptions of their jobs."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from partitioned_pipelines.lake.runs.run_facts import RUN_ID
from partitioned_pipelines.lake.runs.usage import JobUsage
from partitioned_pipelines.operations.costs.run_cost import RunRecord, estimated_transitions
from partitioned_pipelines.spec import job_stem, jobs_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from datetime import datetime

    from mypy_boto3_sagemaker import SageMakerClient

    from partitioned_pipelines.lake.runs.usage import RunUsage
    from partitioned_pipelines.spec import Pipeline

_READERS = 8  # concurrent; fewer than a client's connection pool
_CLOCK_SKEW = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class ListedRun:
    """A run, as listed by ``pipelines runs``.

    Attributes
    ----------
    status
        The status of its execution; None if the service has forgotten it.
    usages
        The usage in its receipts.
    """

    run_id: str
    started_at: datetime | None
    status: str | None
    failed: bool
    usages: tuple[RunUsage, ...]


def read_records(
    sagemaker: SageMakerClient, spec: Pipeline, outputs: Mapping[str, str], runs: Sequence[ListedRun]
) -> list[RunRecord]:
    """Return what each run of a pipeline used, given its stack's outputs.

    SageMaker is asked for the jobs that no receipt lists with their times.
    """
    stems = {job_stem(spec.name, step.name): step.name for step in spec.steps}
    known = {
        job.job_name for run in runs for usage in run.usages for job in usage.jobs or () if job.seconds is not None
    }
    since = min((run.started_at for run in runs if run.started_at), default=None)
    others = _jobs_by_run(sagemaker, stems, since - _CLOCK_SKEW, known) if since else {}
    return [
        RunRecord(
            run.run_id,
            run.started_at,
            run.failed,
            run.usages,
            tuple(others.get(run.run_id, ())),
            transitions_of(spec, outputs, failed=run.failed),
        )
        for run in runs
    ]


def transitions_of(pipeline: Pipeline, outputs: Mapping[str, str], *, failed: bool) -> int:
    """Return the estimated number of state transitions of a run, given its stack's outputs."""
    if failed or "StateMachineArn" not in outputs:
        return 0
    return estimated_transitions(len(jobs_of(pipeline)), len(pipeline.tables))


def _jobs_by_run(
    sagemaker: SageMakerClient, stems: Mapping[str, str], since: datetime, known: Collection[str]
) -> dict[str, list[JobUsage]]:
    """Return the jobs of the steps by the id of their run, which their environment names.

    Parameters
    ----------
    stems
        The steps by the stems of their jobs' names.
    since
        Jobs that were created earlier are left out.
    known
        The names of jobs that are not asked for.
    """
    wanted = [
        (step, name) for stem, step in stems.items() for name in _names(sagemaker, stem, since) if name not in known
    ]

    def describe(job: tuple[str, str]) -> tuple[str | None, JobUsage]:
        step, name = job
        described: Any = sagemaker.describe_processing_job(ProcessingJobName=name)
        return described.get("Environment", {}).get(RUN_ID), JobUsage.of_description(step, described)

    found: dict[str, list[JobUsage]] = {}
    with ThreadPoolExecutor(_READERS) as pool:
        for run_id, usage in pool.map(describe, wanted):
            if run_id:
                found.setdefault(run_id, []).append(usage)
    return found


def _names(sagemaker: SageMakerClient, stem: str, since: datetime) -> Iterator[str]:
    pages = sagemaker.get_paginator("list_processing_jobs").paginate(NameContains=stem, CreationTimeAfter=since)
    for page in pages:
        for job in page["ProcessingJobSummaries"]:
            # The stem of another step may contain this one.
            if job["ProcessingJobName"].startswith(f"{stem}-"):
                yield job["ProcessingJobName"]
