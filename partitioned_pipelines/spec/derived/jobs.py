"""The processing jobs of a pipeline: one for each step, or, with ``jobs: shared``, one for steps that can share one.

A step joins the job of the steps before it if

- it can share a job at all (`why_alone`) and needs the same machine as they do (`why_not_with`),
- it depends on steps of that job alone, so that the job does not have to wait for others,
- every step outside of the job that depends on a step in it depends on the joining step as well: sharing never makes a step wait for one
  that it does not wait for anyway, and steps that run in parallel still do,
- the request of the job stays within SageMaker's limits.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from partitioned_pipelines.lake.runs.shared_job import STEPS_FOLDER, shared_job_name
from partitioned_pipelines.spec.derived.s3_access import source_of
from partitioned_pipelines.spec.derived.step_graph import dependencies, layers
from partitioned_pipelines.spec.model.limits import (
    LONGEST_TIMEOUT_MINUTES,
    MOST_ARGUMENTS,
    MOST_INPUTS,
    MOST_OUTPUTS,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from partitioned_pipelines.spec.model.pipeline import Pipeline, Step


@dataclass(frozen=True)
class Job:
    """A processing job of a run: one step, or several that share it, in the order in which they run."""

    steps: tuple[Step, ...]

    @property
    def is_shared(self) -> bool:
        """Whether it runs several steps."""
        return len(self.steps) > 1

    @property
    def first(self) -> Step:
        """The first step: the image, the instances and the retries of all are the same."""
        return self.steps[0]

    @property
    def name(self) -> str:
        """The name of its state: the step's own, or ``first-to-last``."""
        return shared_job_name(self.step_names) if self.is_shared else self.first.name

    @property
    def step_names(self) -> list[str]:
        """The names of its steps."""
        return [step.name for step in self.steps]

    @property
    def timeout_minutes(self) -> int:
        """The time after which it is stopped: that of all its steps."""
        return sum(step.timeout_minutes for step in self.steps)

    def is_handed_over(self, pipeline: Pipeline, step: Step, output: str) -> bool:
        """Check whether an output is read by later steps of the job and by nothing else, so that it need not be uploaded."""
        readers = {
            each.name
            for each in pipeline.steps
            for source in each.step_inputs.values()
            if (source.step, source.output) == (step.name, output)
        }
        return bool(readers) and readers.issubset(self.step_names) and source_of(pipeline, step.name, output) is None

    def uploaded(self, pipeline: Pipeline) -> Iterator[tuple[Step, str]]:
        """Yield the outputs that SageMaker uploads, in order, each with its step."""
        for step in self.steps:
            for output in step.outputs:
                if not self.is_handed_over(pipeline, step, output):
                    yield step, output


def jobs_of(pipeline: Pipeline) -> list[Job]:
    """Return the jobs of a pipeline, in the order of their first steps in the file."""
    if pipeline.jobs == "separate":
        return [Job((step,)) for step in pipeline.steps]
    before = _steps_before(pipeline)
    found: list[list[Step]] = []
    for step in (step for layer in layers(pipeline.steps) for step in layer):
        job = next((job for job in found if _may_join(pipeline, job, step, before)), None)
        if job is None:
            found.append([step])
        else:
            job.append(step)
    order = [step.name for step in pipeline.steps]
    return [Job(tuple(job)) for job in sorted(found, key=lambda job: order.index(job[0].name))]


def job_of(pipeline: Pipeline, step_name: str) -> Job:
    """Return the job that runs a step; KeyError if there is no such step."""
    for job in jobs_of(pipeline):
        if step_name in job.step_names:
            return job
    raise KeyError(step_name)


def job_layers(pipeline: Pipeline) -> list[list[Job]]:
    """Group the jobs that may run in parallel: each is in the first group after all jobs that its steps depend on."""
    jobs = jobs_of(pipeline)
    job_with = {name: job.name for job in jobs for name in job.step_names}
    depth: dict[str, int] = {}
    while len(depth) < len(jobs):
        for job in jobs:
            needed = {job_with[name] for step in job.steps for name in dependencies(step)} - {job.name}
            if needed <= depth.keys():
                depth[job.name] = max((depth[name] + 1 for name in needed), default=0)
    return [[job for job in jobs if depth[job.name] == level] for level in sorted(set(depth.values()))]


def needed_jobs(pipeline: Pipeline, job: Job) -> list[str]:
    """Return the names of the jobs that ``needs`` of a job's steps name, in the order of the file."""
    needed = [job_of(pipeline, name).name for step in job.steps for name in step.needs]
    return [name for name in dict.fromkeys(needed) if name != job.name]


def why_alone(step: Step) -> str | None:
    """Return why a step cannot share a job with any other; None if it can."""
    if step.is_spark:
        return "Spark has a job of its own"
    if step.script is None:
        return "it runs a program of its image, which may lack Python"
    if step.instance.count > 1:
        return f"it has {step.instance.count} instances, which have no folder in common"
    if step.table_inputs:
        return f"it reads a table, {next(iter(step.table_inputs.values())).table}"
    if any(f"{path.rstrip('/')}/".startswith(f"{STEPS_FOLDER}/") for path in step.outputs.values()):
        return f"it writes to {STEPS_FOLDER}, where a shared job keeps the folders of its steps"
    return None


def why_not_with(step: Step, other: Step) -> str | None:
    """Return why two steps that may share a job cannot share one with each other; None if they can."""
    if step.image != other.image:
        return f"its image is not that of {other.name}"
    if step.instance != other.instance:
        return f"its instance is not that of {other.name}"
    if step.retries != other.retries:
        return f"its retries are not those of {other.name}"
    return None


def describe_jobs(pipeline: Pipeline) -> list[str]:
    """Return a sentence about each job of a pipeline with ``jobs: shared``, for whoever wrote the file."""
    sentences = []
    for job in jobs_of(pipeline):
        if job.is_shared:
            *names, last = job.step_names
            sentences.append(f"{', '.join(names)} and {last} share a processing job")
        else:
            sentences.append(f"{job.first.name} has a processing job of its own: {_why_single(pipeline, job.first)}")
    return sentences


def _why_single(pipeline: Pipeline, step: Step) -> str:
    if reason := why_alone(step):
        return reason
    neighbours = [
        other
        for other in pipeline.steps
        if other.name in dependencies(step) or step.name in dependencies(other)
    ]  # fmt: skip
    reasons = [(why_alone(other) and f"{other.name} has one") or why_not_with(step, other) for other in neighbours]
    return next((reason for reason in reasons if reason), "no other step runs just before or after it alone")


def _steps_before(pipeline: Pipeline) -> dict[str, set[str]]:
    """Return the names of all steps that must succeed before a step begins, by step."""
    before: dict[str, set[str]] = {}
    for step in (step for layer in layers(pipeline.steps) for step in layer):
        direct = dependencies(step)
        before[step.name] = set(direct).union(*(before[name] for name in direct))
    return before


def _may_join(pipeline: Pipeline, job: Sequence[Step], step: Step, before: dict[str, set[str]]) -> bool:
    inside = {each.name for each in job}
    needed = set(dependencies(step))
    if not needed or not needed <= inside:
        return False
    if why_alone(step) or why_alone(job[0]) or why_not_with(step, job[0]):
        return False
    for other in pipeline.steps:
        depends = not inside.isdisjoint(dependencies(other))
        if depends and other.name not in inside and other.name != step.name and step.name not in before[other.name]:
            return False
    return _fits(pipeline, Job((*job, step)))


def _fits(pipeline: Pipeline, job: Job) -> bool:
    """Check whether the request of a job is within the limits of SageMaker."""
    names = job.step_names
    # Each step has its code, and the job its runner.
    inputs = 1 + sum(
        1 + len(step.uri_inputs) + sum(source.step not in names for source in step.step_inputs.values())
        for step in job.steps
    )
    return (
        inputs <= MOST_INPUTS
        and len(list(job.uploaded(pipeline))) <= MOST_OUTPUTS
        and sum(len(step.arguments) for step in job.steps) <= MOST_ARGUMENTS
        and job.timeout_minutes <= LONGEST_TIMEOUT_MINUTES
    )
