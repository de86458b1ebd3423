"""CloudFormation: templates, stacks with change sets and rollbacks, and resource types."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local_cloud.cloudformation import resource_types
from local_cloud.cloudformation.stacks import change_sets, operations
from local_cloud.cloudformation.templates import evaluation, requests

if TYPE_CHECKING:
    from local_cloud.settings import Settings


def install(settings: Settings) -> None:
    """Replace moto's resource types, templates and deployment of stacks."""
    resource_types.install()
    change_sets.install()
    operations.install()
    evaluation.install()
    requests.install()
