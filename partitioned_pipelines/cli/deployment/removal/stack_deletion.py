"""Stacks deleted by CloudFormation itself, which needs no template and no app for it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from partitioned_pipelines.cli.target.target import Cloud

_LONGEST_SECONDS = 3600.0
# After DeleteStack, its first event may be a while in coming; a stack whose export is in use keeps its status for good.
_LOCAL_GRACE_SECONDS, _AWS_GRACE_SECONDS = 0.0, 30.0
# What goes on in a stack that can be deleted nevertheless.
_DELETABLE = ("CREATE_IN_PROGRESS", "DELETE_IN_PROGRESS", "REVIEW_IN_PROGRESS")


def stack_status(cloud: Cloud, stack: str) -> str | None:
    """Return a stack's status; None if it does not exist, or is deleted."""
    try:
        status: str = cloud.cloudformation.describe_stacks(StackName=stack)["Stacks"][0]["StackStatus"]
    except ClientError as error:
        if error.response["Error"].get("Code") == "ValidationError":
            return None
        raise
    return None if status == "DELETE_COMPLETE" else status


def delete_stacks(
    cloud: Cloud, stacks: Sequence[str], on_deleted: Callable[[str], None] = lambda _stack: None
) -> dict[str, str]:
    """Delete stacks side by side, and wait until that has ended.

    Parameters
    ----------
    stacks
        Their names or ARNs.
    on_deleted
        Called for each that is gone.

    Returns
    -------
    The reasons of those that could not be deleted, by stack.
    """
    deadline = time.monotonic() + _LONGEST_SECONDS
    grace = _LOCAL_GRACE_SECONDS if cloud.is_local else _AWS_GRACE_SECONDS
    asked: dict[str, tuple[str, float]] = {}
    left = list(stacks)
    failed: dict[str, str] = {}
    while left:
        for stack in list(left):
            status = stack_status(cloud, stack)
            reason = None
            if status is None:
                on_deleted(stack)
            elif status.endswith("_IN_PROGRESS") and status not in _DELETABLE:
                continue  # one that is being changed, or rolled back, can't be deleted yet
            elif stack not in asked:
                asked[stack] = status, time.monotonic() + grace
                reason = _ask(cloud, stack)
                if reason is None:
                    continue
            elif status == "DELETE_IN_PROGRESS" or (status == asked[stack][0] and time.monotonic() < asked[stack][1]):
                continue
            else:
                reason = f"it is {status}: {_why(cloud, stack)}"
            left.remove(stack)
            if reason is not None:
                failed[stack] = reason
        if left and time.monotonic() > deadline:
            return failed | {stack: f"it is still {stack_status(cloud, stack)}" for stack in left}
        if left:
            time.sleep(cloud.poll_seconds)
    return failed


def _ask(cloud: Cloud, stack: str) -> str | None:
    """Begin a deletion; returns why that was refused, such as termination protection."""
    try:
        cloud.cloudformation.delete_stack(StackName=stack)
    except ClientError as error:
        if error.response["Error"].get("Code") == "ValidationError":
            return error.response["Error"].get("Message", "")
        raise
    return None


def _why(cloud: Cloud, stack: str) -> str:
    """Return the reasons of the newest attempt: the resources' that were not deleted, or else the stack's own."""
    reasons: list[str] = []
    own = ""
    for page in cloud.cloudformation.get_paginator("describe_stack_events").paginate(StackName=stack):
        for event in page["StackEvents"]:
            reason = event.get("ResourceStatusReason", "")
            of_stack = event.get("PhysicalResourceId") == event["StackId"]
            if of_stack and event.get("ResourceStatus") == "DELETE_IN_PROGRESS":
                return "; ".join(reasons) or own
            if of_stack:
                own = own or reason
            elif event.get("ResourceStatus") == "DELETE_FAILED":
                reasons.append(f"{event.get('LogicalResourceId')}: {reason}")
    return "; ".join(reasons) or own
