"""Athena's operations on tags."""

from __future__ import annotations

from operator import attrgetter
from typing import Any

from moto.athena.models import AthenaBackend
from moto.athena.responses import AthenaResponse

from local_cloud.athena.errors import ResourceNotFoundError
from local_cloud.patching import replace
from local_cloud.resource_tags import check_tagged_resources


def install() -> None:
    """Replace moto's operations."""
    check_tagged_resources(AthenaResponse, "ResourceARN", attrgetter("athena_backend"), _not_found)
    # moto: Athena's ListTagsForResource fails for a resource without tags; not reported yet: AWS returns an empty list.
    replace(AthenaBackend, "list_tags_for_resource", _tags)


def _not_found(arn: str) -> ResourceNotFoundError:
    return ResourceNotFoundError(f"Athena Resource, {arn} Does Not Exist")


def _tags(self: AthenaBackend, resource_arn: str) -> dict[str, Any]:
    found: dict[str, Any] = self.tagger.list_tags_for_resource(resource_arn)
    return found
