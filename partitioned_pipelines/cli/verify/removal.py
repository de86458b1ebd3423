"""The removal of everything that the copy has created; each service is asked by name for what is left."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from partitioned_pipelines.cli.deployment.removal.stack_contents import (
    BucketNotEmptiedError,
    empty_bucket,
    running_executions,
    stop_executions,
)
from partitioned_pipelines.cli.deployment.removal.stacks import delete_stacks, stack_status
from partitioned_pipelines.cli.terminal.output import note
from partitioned_pipelines.cli.verify.scene import CheckFailedError
from partitioned_pipelines.lake.runs.job_logs import LOG_GROUP

if TYPE_CHECKING:
    from collections.abc import Callable

    from partitioned_pipelines.cli.verify.scene import Scene

_NOT_THERE = frozenset(
    {
        "404",
        "AWS.SimpleQueueService.NonExistentQueue",
        "EntityNotFoundException",
        "NoSuchBucket",
        "QueueDoesNotExist",
        "ResourceNotFoundException",
    }
)
_GONE_ALREADY = frozenset({"ResourceNotFoundException", "AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist"})


def own_buckets(scene: Scene) -> list[str]:
    """Return the buckets among the resources of the copy's stacks: their names begin with that of the data lake's stack."""
    return sorted(
        one for one in scene.ownership.physical_ids if one.startswith(f"{scene.settings.data_lake_stack}-lake")
    )


def empty_own_buckets(scene: Scene) -> None:
    """Delete everything in the copy's buckets.

    Raises
    ------
    CheckFailedError
        If an object could not be deleted.
    """
    for bucket in own_buckets(scene):
        try:
            empty_bucket(scene.cloud.s3, bucket)
        except BucketNotEmptiedError as error:
            raise CheckFailedError(str(error)) from error


def find_leftovers(scene: Scene) -> list[str]:
    """Return what is left of everything that a copy creates."""
    cloud, names = scene.cloud, scene.names
    group = scene.settings.pipeline_stack(names.pipeline)
    left = [f"stack {stack} ({status})" for stack in names.stacks if (status := stack_status(cloud, stack)) is not None]
    asked: list[tuple[str, Callable[[], object]]] = [
        *((f"bucket {one}", _bucket_exists(scene, one)) for one in own_buckets(scene)),
        (f"Glue database {names.database}", lambda: cloud.glue.get_database(Name=names.database)),
        (f"queue {names.queue}", lambda: scene.clients.sqs.get_queue_url(QueueName=names.queue)),
        (f"schedule group {group}", lambda: scene.cloud.scheduler.get_schedule_group(Name=group)),
    ]
    left += [what for what, ask in asked if _is_there(ask)]
    if names.prefix in _work_groups(scene):
        left.append(f"Athena workgroup {names.prefix}")
    return left + [f"log stream {stream}" for stream in job_streams(scene)]


def job_streams(scene: Scene) -> list[str]:
    """Return the names of the log streams of the copy's jobs."""
    beginning = scene.names.job_beginning
    pages = scene.cloud.logs.get_paginator("describe_log_streams")
    try:
        found = [
            stream["logStreamName"]
            for page in pages.paginate(logGroupName=LOG_GROUP, logStreamNamePrefix=beginning)
            for stream in page["logStreams"]
        ]
    except ClientError as error:
        if error.response["Error"].get("Code") == "ResourceNotFoundException":
            return []
        raise
    return [name for name in found if name.startswith(beginning)]


def _work_groups(scene: Scene) -> set[str]:
    found: set[str] = set()
    page = scene.cloud.athena.list_work_groups()
    found.update(one.get("Name", "") for one in page.get("WorkGroups", []))
    while token := page.get("NextToken"):
        page = scene.cloud.athena.list_work_groups(NextToken=token)
        found.update(one.get("Name", "") for one in page.get("WorkGroups", []))
    return found


def _bucket_exists(scene: Scene, bucket: str) -> Callable[[], object]:
    return lambda: scene.cloud.s3.head_bucket(Bucket=bucket)


def _is_there(ask: Callable[[], object]) -> bool:
    try:
        ask()
    except ClientError as error:
        if error.response["Error"].get("Code") in _NOT_THERE:
            return False
        raise
    return True


@dataclass
class Removal:
    """A removal, which continues with the next part if one fails.

    Attributes
    ----------
    problems
        The reason of each failure.
    """

    scene: Scene
    problems: list[str] = field(default_factory=list)

    def run(self) -> list[str]:
        """Remove everything; return what is left."""
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
        """Return what is left, after waiting for services in which deletions take a while to become visible."""
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
            return [*self.problems, f"the resources of {prefix} could not be listed: {error}"]
        return []

    def _attempt(self, what: str, remove: Callable[[], None]) -> None:
        try:
            remove()
        except (ClientError, BotoCoreError, CheckFailedError) as error:
            code = error.response["Error"].get("Code") if isinstance(error, ClientError) else None
            if code not in _GONE_ALREADY:
                self.problems.append(f"{what}: {error}")
                note(f"  {what} could not be removed yet: {error}", style="yellow")

    def _delete_schedule(self) -> None:
        names = self.scene.names
        self.scene.cloud.scheduler.delete_schedule(
            GroupName=self.scene.settings.pipeline_stack(names.pipeline), Name=names.schedule
        )

    def _stop_executions(self) -> None:
        machines = sorted(one for one in self.scene.ownership.physical_ids if ":stateMachine:" in one)
        cloud = self.scene.cloud
        if left := stop_executions(cloud, running_executions(cloud, machines)):
            raise CheckFailedError(f"{', '.join(left)} did not stop")

    def _stop_jobs(self) -> None:
        """Stop the copy's jobs: a job that outlives its execution would write into the bucket while it is emptied."""
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
