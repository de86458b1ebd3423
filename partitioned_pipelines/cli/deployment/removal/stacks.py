"""The stacks of a deployment: found in the account, including those of pipelines without a file, and deleted by CloudFormation."""

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
# The first event after DeleteStack may be delayed; a stack whose export is in use keeps its status forever.
_LOCAL_GRACE_SECONDS, _AWS_GRACE_SECONDS = 0.0, 30.0
# States in progress in which a stack can be deleted nevertheless.
_DELETABLE = ("CREATE_IN_PROGRESS", "DELETE_IN_PROGRESS", "REVIEW_IN_PROGRESS")


@dataclass(frozen=True)
class DeployedStack:
    """A stack deployed by this project's app.

    Attributes
    ----------
    name
        Name of the stack.
    stack_id
        Its ARN, which contains the account and the region.
    pipeline
        Name of the pipeline; None for the data lake.
    status
        CloudFormation's stack status.
    """

    name: str
    stack_id: str
    pipeline: str | None
    status: str

    @property
    def account_and_region(self) -> tuple[str, str]:
        """The account and the region of the stack."""
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
        As in the template, with unresolved references.
    """

    kind: str
    physical_id: str
    kept: bool
    properties: dict[str, Any]


def find_stacks(cloud: Cloud, prefix: str, but: Collection[str] = ()) -> list[DeployedStack]:
    """Return the stacks deployed under a prefix, identified by the mark in their templates.

    A stack whose name begins with the prefix, but without a mark or with another prefix's mark, belongs to something else.

    Parameters
    ----------
    but
        Names of stacks to skip.

    Returns
    -------
    Pipelines sorted by name, the data lake last.
    """
    found = []
    statuses: Any = cloud.cloudformation.meta.service_model.shape_for("StackStatus")
    # CloudFormation lists deleted stacks for 90 days.
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
    """Return the resources of a stack, and whether the deployed template retains them."""
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
        # A stack that was never deployed has no template, and a stack may be deleted between the two calls.
        if error.response["Error"].get("Code") == "ValidationError":
            return None
        raise
    return StackMark.parse(summary.get("Metadata"))


def stack_status(cloud: Cloud, stack: str) -> str | None:
    """Return a stack's status; None if it does not exist or was deleted."""
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
    """Delete stacks in parallel, and wait until the deletions have ended.

    Parameters
    ----------
    stacks
        Names or ARNs.
    on_deleted
        Called for each deleted stack.

    Returns
    -------
    The reason for each stack that could not be deleted.
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
                continue  # a stack that is being updated or rolled back can't be deleted yet
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
    """Start a deletion; return the reason if it was refused, such as termination protection."""
    try:
        cloud.cloudformation.delete_stack(StackName=stack)
    except ClientError as error:
        if error.response["Error"].get("Code") == "ValidationError":
            return error.response["Error"].get("Message", "")
        raise
    return None


def _why(cloud: Cloud, stack: str) -> str:
    """Return the failure reasons of the latest attempt: those of undeleted resources, or else the stack's own."""
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
