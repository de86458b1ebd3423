"""The wait for the end of a stack's creation or update on a local cloud."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from partitioned_pipelines.cli.errors import CommandError, ExitCode

if TYPE_CHECKING:
    from partitioned_pipelines.cli.target.target import Cloud

_POLLS_EVERY_SECONDS = 0.1
_ENDS_WITHIN_SECONDS = 60
_BEGINS = {"CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS"}


def wait_for_stack(cloud: Cloud, stack: str, complete: str, remedy: str = "") -> None:
    """Wait until a stack has a status.

    Raises
    ------
    CommandError
        If it gets another one, with the reason, or does not end within a minute.
    """
    deadline = time.monotonic() + _ENDS_WITHIN_SECONDS
    while True:
        (described,) = cloud.cloudformation.describe_stacks(StackName=stack)["Stacks"]
        if described["StackStatus"] == complete:
            return
        if not described["StackStatus"].endswith("_IN_PROGRESS") or time.monotonic() > deadline:
            raise CommandError(
                f"{stack} is {described['StackStatus']}, not {complete}: {_reason(cloud, stack)}",
                remedy,
                exit_code=ExitCode.NO_CLOUD,
            )
        time.sleep(_POLLS_EVERY_SECONDS)


def _reason(cloud: Cloud, stack: str) -> str:
    """Return the reason of the first resource that failed in the last deployment."""
    reason = "no reason is given"
    for event in cloud.cloudformation.describe_stack_events(StackName=stack)["StackEvents"]:  # the last one first
        if event["ResourceStatus"].endswith("_FAILED"):
            reason = f"{event['LogicalResourceId']}: {event.get('ResourceStatusReason', event['ResourceStatus'])}"
        elif event["ResourceStatus"] in _BEGINS and event["PhysicalResourceId"] == event["StackId"]:
            break
    return reason
