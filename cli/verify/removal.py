"""Everything that the copy has made, removed; what cannot be is named."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from cli.job_log import LOG_GROUP
from cli.output import note
from cli.verify.bucket import empty_bucket
from cli.verify.leftovers import find_leftovers, job_streams, stack_status
from cli.verify.outcome import CheckFailedError

if TYPE_CHECKING:
    from collections.abc import Callable

    from cli.verify.scene import Scene

_GONE = frozenset({"ResourceNotFoundException", "AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist"})
_DELETABLE = ("CREATE_IN_PROGRESS", "DELETE_IN_PROGRESS", "REVIEW_IN_PROGRESS")


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
        self._attempt("its objects", lambda: empty_bucket(scene))
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
        step_functions = self.scene.cloud.step_functions
        for machine in sorted(one for one in self.scene.ownership.physical_ids if ":stateMachine:" in one):

            def running(machine: str = machine) -> list[str]:
                pages = step_functions.get_paginator("list_executions").paginate(
                    stateMachineArn=machine, statusFilter="RUNNING"
                )
                return [one["executionArn"] for page in pages for one in page["executions"]]

            for execution in running():
                step_functions.stop_execution(executionArn=execution, cause="pipelines verify removes its copy")
            self.scene.wait("the end of its executions", lambda: not running(), seconds=300)

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
        for attempt in range(2):
            # One that is being changed, or rolled back, can't be deleted yet.
            self.scene.wait(
                f"the end of what goes on with {stack}", lambda: not _is_busy(self.scene, stack), seconds=1800
            )
            if stack_status(self.scene, stack) is None:
                return
            if attempt:
                empty_bucket(self.scene)
            self.scene.cloud.cloudformation.delete_stack(StackName=stack)
            if self._ended(stack) is None:
                return
        raise CheckFailedError(f"it is {stack_status(self.scene, stack)}")

    def _ended(self, stack: str) -> str | None:
        """Wait for a deletion to end; None where the stack is gone."""
        ends: dict[str, str | None] = {}

        def ended() -> bool:
            ends["status"] = stack_status(self.scene, stack)
            return ends["status"] != "DELETE_IN_PROGRESS"

        self.scene.wait(f"the deletion of {stack}", ended, seconds=1800)
        return ends["status"]

    def _delete_log_streams(self) -> None:
        for stream in job_streams(self.scene):
            self.scene.cloud.logs.delete_log_stream(logGroupName=LOG_GROUP, logStreamName=stream)


def _is_busy(scene: Scene, stack: str) -> bool:
    status = stack_status(scene, stack)
    return status is not None and status.endswith("_IN_PROGRESS") and status not in _DELETABLE
