"""A step's processing job in an earlier run: what it was given, and its copy on this machine."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from partitioned_pipelines.cli.errors import CommandError, ExitCode
from partitioned_pipelines.cli.remedies import paste
from partitioned_pipelines.cli.runs.executions.execution import list_jobs
from partitioned_pipelines.cli.runs.executions.execution_list import find_run
from partitioned_pipelines.cli.steps.job_inputs import JobInput, download, list_inputs
from partitioned_pipelines.cli.steps.local_job import LocalJob, command_of
from partitioned_pipelines.cli.steps.shared_step import SharedStep
from partitioned_pipelines.cli.steps.step_folders import StepFolders
from partitioned_pipelines.cli.steps.step_image import local_image
from partitioned_pipelines.cli.terminal.output import note, progress, readable_bytes, spinner
from partitioned_pipelines.lake.intervals.instants import format_instant
from partitioned_pipelines.lake.runs.shared_job import is_shared_job, steps_of_job
from partitioned_pipelines.spec.checks.names import RESERVED_INPUTS
from partitioned_pipelines.spec.derived.job import container_entrypoint
from partitioned_pipelines.spec.model.fields import SECRETS_MANAGER_PATTERN

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from pathlib import Path

    from local_cloud.images import ImageStore, LocalImage
    from partitioned_pipelines.cli.settings import Settings
    from partitioned_pipelines.cli.target.target import Cloud
    from partitioned_pipelines.spec.model.pipeline import Pipeline, Step

_SECRET = re.compile(SECRETS_MANAGER_PATTERN)
_SIZE = re.compile(r"(?P<number>[0-9]+(\.[0-9]+)?)\s*(?P<unit>|[kMGT]?B)", re.IGNORECASE)
_UNITS = {"": 1, "b": 1, "kb": 10**3, "mb": 10**6, "gb": 10**9, "tb": 10**12}
# The fields of a description that are its request's: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DescribeProcessingJob.html
_REQUEST = (
    "ProcessingJobName",
    "ProcessingJobArn",
    "ProcessingInputs",
    "ProcessingOutputConfig",
    "ProcessingResources",
    "AppSpecification",
    "Environment",
    "NetworkConfig",
    "StoppingCondition",
    "RoleArn",
)


def parse_size(text: str) -> int:
    """Return a number of bytes: ``500MB``, ``2GB``. Raises CommandError if the string is not a size."""
    match = _SIZE.fullmatch(text.strip())
    if match is None:
        raise CommandError(f"--max-size: invalid size {text!r} (like 500MB, 2GB)")
    return round(float(match["number"]) * _UNITS[match["unit"].lower()])


@dataclass(frozen=True)
class PastJob:
    """A step's last processing job in a run.

    Attributes
    ----------
    step
        The step, as the project has it now.
    inputs
        The inputs, with the objects that they have now.
    shared
        The step in its shared job; None if the step had a job of its own.
    """

    run_id: str
    step: Step
    description: dict[str, Any]
    inputs: list[JobInput]
    shared: SharedStep | None = None

    @classmethod
    def find(cls, settings: Settings, cloud: Cloud, pipeline: Pipeline, step: Step, run_id: str) -> PastJob:
        """Find the job, and list its inputs.

        Parameters
        ----------
        run_id
            The id or the execution's ARN of a run; ``last`` is the newest run.

        Raises
        ------
        CommandError
            If the run did not start the step, or what the job was given cannot be fetched.
        """
        outputs = cloud.stack_outputs(settings.pipeline_stack(pipeline.name))
        with spinner("reading the run"):
            execution = find_run(settings, cloud, outputs, pipeline, None if run_id == "last" else run_id)
            described = _last_job(cloud, execution.arn, step.name)
        if described is None:
            raise CommandError(
                f"step {step.name} was not started in run {execution.run_id}, which is {execution.status}",
                f"what came of it: {paste(settings, 'runs', pipeline.name, '--limit', '5')}",
                exit_code=ExitCode.FAILED,
            )
        _require_support(described)
        with spinner("listing the job's inputs"):
            shared = SharedStep.find(cloud.s3, described, step.name) if steps_of_job(described) else None
            job = shared.job if shared else described
            return cls(execution.run_id, step, job, list_inputs(cloud.s3, job), shared)

    @property
    def created_at(self) -> datetime:
        """The time at which the job was created; it read its inputs later."""
        moment: datetime = self.description["CreationTime"]
        return moment

    @property
    def runs_others_first(self) -> list[str]:
        """The steps of the same job that run before it, because it reads what they write."""
        return self.shared.before if self.shared else []

    @property
    def command(self) -> tuple[str, ...]:
        """The entrypoint with its arguments."""
        return command_of(self.description)

    def require_size(self, most_bytes: int) -> None:
        """Raise CommandError if the inputs are larger."""
        total = sum(entry.bytes for entry in self.inputs)
        if total <= most_bytes:
            return
        sizes = "\n".join(f"{entry.name}: {_size(entry)}" for entry in self.inputs)
        raise CommandError(
            f"the job's inputs are {readable_bytes(total)}, more than {readable_bytes(most_bytes)}; nothing was downloaded\n{sizes}",
            f"to download them all the same: --max-size {-(-total // 10**6)}MB",
        )

    def tell(self) -> None:
        """Print what the job was given. The values of secrets' variables are not printed."""
        job, status = self.description["ProcessingJobName"], self.description["ProcessingJobStatus"]
        reason = self.description.get("FailureReason")
        note(f"run {self.run_id}: job {job}, {status}{f': {reason}' if reason else ''}")
        if self.runs_others_first:
            names = " and ".join(self.runs_others_first)
            note(f"  {self.step.name} shared this job, and reads what {names} wrote in it: {names} runs first")
        for entry in self.inputs:
            note(f"  input {entry.name}: {_size(entry)} from {entry.uri}", style="dim")
        for name, value in sorted(self.description.get("Environment", {}).items()):
            note(f"  {name}={'(a secret, not shown)' if self._is_secret(name, value) else value}", style="dim")
        for entry in self.inputs:
            if changed := entry.changed_since(self.created_at):
                note(
                    f"input {entry.name} is not what the job read: {len(changed):,} of {len(entry.objects):,} files were written after "
                    f"the job's start at {format_instant(self.created_at)}, such as s3://{changed[0].bucket}/{changed[0].key}",
                    style="yellow",
                )
        count = self.description["ProcessingResources"]["ClusterConfig"]["InstanceCount"]
        shared = [entry.name for entry in self.inputs if entry.is_shared]
        if shared and count > 1:
            note(
                f"each of the job's {count} instances got a part of {', '.join(shared)}; here, one gets all",
                style="yellow",
            )

    def _is_secret(self, name: str, value: str) -> bool:
        return name in self.step.secrets or _SECRET.fullmatch(value) is not None

    def document(self) -> dict[str, Any]:
        """Return the job in the format of ``step --json``."""
        return {
            "run_id": self.run_id,
            "job_name": self.description["ProcessingJobName"],
            "inputs": [
                {
                    "name": entry.name,
                    "uri": entry.uri,
                    "objects": len(entry.objects),
                    "bytes": entry.bytes,
                    "changed": len(entry.changed_since(self.created_at)),
                }
                for entry in self.inputs
            ],
        }

    def image(self, project_root: Path, store: ImageStore, *, project_code: bool) -> LocalImage:
        """Return the image that the job ran in if this machine has its stand-in, else that of the step in the project."""
        from local_cloud.images import UnknownImageError  # from the extra `local`

        if not project_code:
            try:
                return store.resolve(self.description["AppSpecification"]["ImageUri"])
            except UnknownImageError:
                note("the job's image is not on this machine: the step's image in the project replaces it", style="dim")
        return local_image(self.step.image, project_root, store)

    def fetch(self, cloud: Cloud, opt_ml: Path, project_code: Path | None) -> LocalJob:
        """Download what the job was given, and return its copy.

        Parameters
        ----------
        project_code
            The project whose code the copy runs, with the arguments of the job; None for the job's own code.
        """
        inputs = self.inputs
        description = {name: self.description[name] for name in _REQUEST if name in self.description}
        if project_code is not None and not self.runs_others_first:
            inputs = [entry for entry in inputs if entry.name not in RESERVED_INPUTS]
            StepFolders(opt_ml, self.step).copy_code(project_code)
            application = {**description["AppSpecification"], "ContainerEntrypoint": container_entrypoint(self.step)}
            description["AppSpecification"] = application
        with progress(f"downloading {readable_bytes(sum(entry.bytes for entry in inputs))}"):
            download(cloud.s3, inputs, opt_ml)
        if self.shared and self.runs_others_first:
            self.shared.prepare(opt_ml, self.step, project_code)
        return LocalJob(opt_ml, description)


def _last_job(cloud: Cloud, execution_arn: str, step_name: str) -> dict[str, Any] | None:
    """Return the description of the last job that ran a step; None if there is none."""
    for job in reversed(list_jobs(cloud, execution_arn)):
        if job.step == step_name or is_shared_job(job.step):
            described: dict[str, Any] = {**cloud.sagemaker.describe_processing_job(ProcessingJobName=job.job_name)}
            if step_name in (job.step, *steps_of_job(described)):
                return described
    return None


def _require_support(description: Mapping[str, Any]) -> None:
    """Raise CommandError for a job that could not run here, though no step of this project creates such jobs."""
    if not description["AppSpecification"].get("ContainerEntrypoint"):
        raise CommandError("the job runs its image's own entrypoint, which pipelines step does not support")
    for output in description.get("ProcessingOutputConfig", {}).get("Outputs", []):
        if "S3Output" not in output or output.get("AppManaged"):
            raise CommandError(
                f"the job's output {output['OutputName']!r} is not in S3, which pipelines step does not support"
            )


def _size(entry: JobInput) -> str:
    count = len(entry.objects)
    return f"{readable_bytes(entry.bytes)} in {count:,} {'file' if count == 1 else 'files'}"
