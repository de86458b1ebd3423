"""Everything that the copy has made, removed; what cannot be is named."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from partitioned_pipelines.cli.deployment.removal.executions import running_executions, stop_executions
from partitioned_pipelines.cli.deployment.removal.stack_deletion import delete_stacks
from partitioned_pipelines.cli.runs.job_log import LOG_GROUP
from partitioned_pipelines.cli.terminal.output import note
from partitioned_pipelines.cli.verify.bucket import empty_own_buckets
from partitioned_pipelines.cli.verify.leftovers import find_leftovers, job_streams
from partitioned_pipelines.cli.verify.outcome import CheckFailedError

if TYPE_CHECKING:
    from collections.abc import Callable

    from partitioned_pipelines.cli.verify.scene import Scene

_GONE = frozenset({"ResourceNotFoundException", "AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist"})


@dataclass
class Removal:
    """A removal, each part of which goes on where another failed.

    Attributes
    ----------
    problems
        Why a part failed.
    """

    scene: Scene
    problems: list[str] = field(default_factory=list)

    def run(self) -> list[str]:
        """Remove all, and hand back what is left."""
        scene = self.scene
        self._attempt("the list of its resources", scene.learn_resources)
        self._attempt("its schedule", self._delete_schedule)
        self._attempt("its executions", self._stop_executions)
        self._attempt("its jobs", self._stop_jobs)
        self._attempt("its queue", self._delete_queue)
        self._attempt("its objects", lambda: empty_own_buckets(scene))
        for stack in scene.names.stacks:
            self._attempt(f"the stack {stack}", lambda stack=stack: self._delete_stack(stack))  # type: ignore[misc]  # a lambda's default has no type
        self._attempt("its logs", self._delete_log_streams)
        return self.look()

    def look(self) -> list[str]:
        """Find what is left, with a while for what AWS forgets slowly."""
        found: list[str] = []

        def gone() -> bool:
            found[:] = find_leftovers(self.scene)
            return not found

        try:
            self.scene.wait("the end of what was removed", gone, seconds=10 if self.scene.cloud.is_local else 120)
        except CheckFailedError:
            return [*found, *self.problems]
        except (ClientError, BotoCoreError) as error:
            prefix = self.scene.names.prefix
            return [*self.problems, f"what there is of {prefix} could not be asked for: {error}"]
        return []

    def _attempt(self, what: str, remove: Callable[[], None]) -> None:
        try:
            remove()
        except (ClientError, BotoCoreError, CheckFailedError) as error:
            code = error.response["Error"].get("Code") if isinstance(error, ClientError) else None
            if code not in _GONE:
                self.problems.append(f"{what}: {error}")
                note(f"  {what} could not be removed yet: {error}", style="yellow")

    def _delete_schedule(self) -> None:
        names = self.scene.names
        self.scene.clients.scheduler.delete_schedule(
            GroupName=self.scene.settings.pipeline_stack(names.pipeline), Name=names.schedule
        )

    def _stop_executions(self) -> None:
        machines = sorted(one for one in self.scene.ownership.physical_ids if ":stateMachine:" in one)
        cloud = self.scene.cloud
        if left := stop_executions(cloud, running_executions(cloud, machines)):
            raise CheckFailedError(f"{', '.join(left)} did not stop")

    def _stop_jobs(self) -> None:
        """A job that outlives its execution would write into the bucket while it is emptied."""
        sagemaker, beginning = self.scene.cloud.sagemaker, self.scene.names.job_beginning

        def jobs(status: str) -> list[str]:
            pages = sagemaker.get_paginator("list_processing_jobs").paginate(
                NameContains=beginning,
                StatusEquals=status,  # type: ignore[arg-type]  # one of the two below
            )
            found = [one["ProcessingJobName"] for page in pages for one in page["ProcessingJobSummaries"]]
            return [name for name in found if name.startswith(beginning)]

        for name in jobs("InProgress"):
            sagemaker.stop_processing_job(ProcessingJobName=name)
        self.scene.wait("the end of its jobs", lambda: not jobs("InProgress") and not jobs("Stopping"), seconds=900)

    def _delete_queue(self) -> None:
        sqs = self.scene.clients.sqs
        sqs.delete_queue(QueueUrl=sqs.get_queue_url(QueueName=self.scene.names.queue)["QueueUrl"])

    def _delete_stack(self, stack: str) -> None:
        failed = delete_stacks(self.scene.cloud, [stack])
        if failed:
            empty_own_buckets(self.scene)  # something was written while the stack was being deleted
            failed = delete_stacks(self.scene.cloud, [stack])
        if failed:
            raise CheckFailedError(failed[stack])

    def _delete_log_streams(self) -> None:
        for stream in job_streams(self.scene):
            self.scene.cloud.logs.delete_log_stream(logGroupName=LOG_GROUP, logStreamName=stream)
