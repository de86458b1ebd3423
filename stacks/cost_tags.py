"""The tags by which AWS's cost reports divide a bill: the deployment and the pipeline of each resource and of each job."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import Tags

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aws_cdk import Stack


def cost_tags(prefix: str, pipeline_name: str | None = None) -> dict[str, str]:
    """Return the tags of a stack's resources; those that all pipelines share belong to none.

    There is no tag for a table, because nothing that is billed belongs to one table alone.
    """
    return {"environment": prefix, **({"pipeline": pipeline_name} if pipeline_name else {})}


def tag_resources(stack: Stack, tags: Mapping[str, str]) -> None:
    """Add tags to each resource of a stack that can have them: https://docs.aws.amazon.com/cdk/v2/guide/tagging.html."""
    added = Tags.of(stack)
    for name, value in tags.items():
        added.add(name, value)


def tag_list(tags: Mapping[str, str]) -> list[dict[str, str]]:
    """Return tags in the form of a request, and of most resource types."""
    return [{"Key": name, "Value": value} for name, value in sorted(tags.items())]
