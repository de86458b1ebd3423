"""The stacks of a deployment, found in the account itself: those of pipelines whose files are gone among them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from partitioned_pipelines.spec import StackMark

if TYPE_CHECKING:
    from collections.abc import Collection

    from partitioned_pipelines.cli.target.target import Cloud


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
