"""CloudFormation: stacks are deployed, changed, rolled back and deleted as on AWS; the types have a file for each service."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local_cloud.cloudformation import resource_types
from local_cloud.cloudformation.stacks import change_sets, operations
from local_cloud.cloudformation.templates import requests

if TYPE_CHECKING:
    from local_cloud.settings import Settings


def install(settings: Settings) -> None:
    """Put the types and the deployment in moto's place."""
    resource_types.install()
    change_sets.install()
    operations.install()
    requests.install()
