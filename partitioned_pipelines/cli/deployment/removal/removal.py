"""The execution of a removal plan: executions, pipelines' stacks, the content of the buckets, the data lake."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from partitioned_pipelines.cli.deployment.removal.stack_contents import (
    BucketNotEmptiedError,
    empty_bucket,
    stop_executions,
)
from partitioned_pipelines.cli.deployment.removal.stacks import delete_stacks
from partitioned_pipelines.cli.terminal.output import note, spinner

if TYPE_CHECKING:
    from collections.abc import Sequence

    from partitioned_pipelines.cli.deployment.removal.plan import RemovalPlan
    from partitioned_pipelines.cli.deployment.removal.stacks import DeployedStack
    from partitioned_pipelines.cli.target.target import Cloud

# A bucket may receive objects while it is emptied: a job's last file, or an access log that S3 delivers late.
_ATTEMPTS = 3


@dataclass
class Removal:
    """A removal, which can be repeated after an interruption or a partial failure.

    Attributes
    ----------
    problems
        The reason of each failure, by stack, bucket or execution.
    """

    cloud: Cloud
    plan: RemovalPlan
    problems: dict[str, str] = field(default_factory=dict)

    def run(self) -> bool:
        """Delete everything; return whether that succeeded. The data lake is kept while a pipeline's stack exists."""
        if self.plan.executions:
            with spinner(f"stopping {len(self.plan.executions)} executions"):
                for arn in stop_executions(self.cloud, self.plan.executions):
                    self.problems[arn] = "the execution has not stopped"
        if not self.problems:
            self._delete(self.plan.pipelines)
        if self.plan.lakes and not self.problems:
            self._delete_lake()
        return not self.problems

    def _delete_lake(self) -> None:
        for bucket in self.plan.buckets:
            self._stop_logging(bucket)
        for attempt in range(_ATTEMPTS):
            self.problems.clear()
            for bucket in self.plan.buckets:
                self._empty(bucket)
            if self.problems:
                return
            self._delete(self.plan.lakes)
            if not self.problems or not self.plan.buckets:
                return
            if attempt < _ATTEMPTS - 1:
                note("  the data lake could not be deleted yet: emptying its buckets again", style="yellow")

    def _stop_logging(self, bucket: str) -> None:
        """Disable a bucket's access logs if they go to a bucket that is also deleted: each deletion would write there."""
        logging = self.cloud.s3.get_bucket_logging(Bucket=bucket).get("LoggingEnabled", {})
        if logging.get("TargetBucket") in self.plan.buckets:
            self.cloud.s3.put_bucket_logging(Bucket=bucket, BucketLoggingStatus={})

    def _empty(self, bucket: str) -> None:
        with spinner(f"emptying {bucket}") as show:
            try:
                empty_bucket(self.cloud.s3, bucket, lambda count: show(f"emptying {bucket}: {count:,} deleted"))
            except BucketNotEmptiedError as error:
                self.problems[bucket] = str(error)
                return
        note(f"  {bucket} emptied")

    def _delete(self, stacks: Sequence[DeployedStack]) -> None:
        names = {stack.stack_id: stack.name for stack in stacks}
        with spinner(f"deleting {', '.join(names.values())}"):
            failed = delete_stacks(self.cloud, list(names), lambda stack: note(f"  {names[stack]} deleted"))
        self.problems |= {names[stack]: reason for stack, reason in failed.items()}
