"""The stacks of a deployment: found in the account, those of pipelines whose files are gone among them, and deleted by CloudFormation."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from partitioned_pipelines.spec import StackMark

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from partitioned_pipelines.cli.target.target import Cloud

_LONGEST_SECONDS = 3600.0
# After DeleteStack, its first event may be a while in coming; a stack whose export is in use keeps its status for good.
_LOCAL_GRACE_SECONDS, _AWS_GRACE_SECONDS = 0.0, 30.0
# What goes on in a stack that can be deleted nevertheless.
_DELETABLE = ("CREATE_IN_PROGRESS", "DELETE_IN_PROGRESS", "REVIEW_IN_PROGRESS")


@dataclass(frozen=True)
class DeployedStack:
    """A stack that this project's app has deployed.

    Attributes
    ----------
    name
        Of the stack.
    stack_id
        Its ARN, which names account and region.
    pipeline
        Name of the pipeline; None for the data lake.
    status
        As CloudFormation has it.
    """

    name: str
    stack_id: str
    pipeline: str | None
    status: str

    @property
    def account_and_region(self) -> tuple[str, str]:
        """The account and the region that it is deployed to."""
        _arn, _partition, _service, region, account, _rest = self.stack_id.split(":", 5)
        return account, region


@dataclass(frozen=True)
class StackResource:
    """A resource of a deployed stack.

    Attributes
    ----------
    kind
        Such as ``AWS::S3::Bucket``.
    physical_id
        Its name or ARN.
    kept
        Whether the deployed template retains it when the stack is deleted.
    properties
        As the template has them, with references unresolved.
    """

    kind: str
    physical_id: str
    kept: bool
    properties: dict[str, Any]


def find_stacks(cloud: Cloud, prefix: str, but: Collection[str] = ()) -> list[DeployedStack]:
    """Find the stacks that were deployed under a prefix, by the mark in their templates.

    A stack whose name begins with the prefix, but that has no mark or another prefix's, is not this deployment's.

    Parameters
    ----------
    but
        Names of stacks that are not looked at.

    Returns
    -------
    Pipelines by name, the data lake last.
    """
    found = []
    statuses: Any = cloud.cloudformation.meta.service_model.shape_for("StackStatus")
    # Deleted stacks are listed for 90 days.
    existing = [status for status in statuses.enum if status != "DELETE_COMPLETE"]
    for page in cloud.cloudformation.get_paginator("list_stacks").paginate(StackStatusFilter=existing):
        for one in page["StackSummaries"]:
            name = one["StackName"]
            if not name.startswith(f"{prefix}-") or name in but:
                continue
            mark = _mark(cloud, one["StackId"])
            if mark is not None and mark.prefix == prefix:
                found.append(DeployedStack(name, one["StackId"], mark.pipeline, one["StackStatus"]))
    return sorted(found, key=lambda one: (one.pipeline is None, one.name))


def list_resources(cloud: Cloud, stack: DeployedStack) -> list[StackResource]:
    """List what a stack consists of, and what of it the deployed template retains."""
    template: Any = cloud.cloudformation.get_template(StackName=stack.stack_id)["TemplateBody"]
    definitions: dict[str, Any] = template["Resources"]
    resources = []
    for page in cloud.cloudformation.get_paginator("list_stack_resources").paginate(StackName=stack.stack_id):
        for one in page["StackResourceSummaries"]:
            definition = definitions.get(one["LogicalResourceId"])
            physical_id = one.get("PhysicalResourceId", "")
            gone = one["ResourceStatus"] in {"DELETE_COMPLETE", "DELETE_SKIPPED"}
            if definition is None or not physical_id or gone:
                continue
            kept = str(definition.get("DeletionPolicy", "Delete")).startswith("Retain")
            properties = definition.get("Properties", {})
            resources.append(StackResource(one["ResourceType"], physical_id, kept, properties))
    return resources


def _mark(cloud: Cloud, stack_id: str) -> StackMark | None:
    try:
        summary = cloud.cloudformation.get_template_summary(StackName=stack_id)
    except ClientError as error:
        # A stack that was never deployed has no template, and a stack may vanish between the two calls.
        if error.response["Error"].get("Code") == "ValidationError":
            return None
        raise
    return StackMark.parse(summary.get("Metadata"))


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
