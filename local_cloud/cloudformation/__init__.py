"""CloudFormation types that moto lacks, one file for each service; a type that nobody has fails the deployment by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import moto.cloudformation.parsing as parsing
from moto.cloudformation.exceptions import ValidationError

# Defining a type's class registers it.
from local_cloud.cloudformation import athena, glue, resource_policies, scheduler

if TYPE_CHECKING:
    from local_cloud.settings import Settings

__all__ = ["athena", "glue", "install", "resource_policies", "scheduler"]

# It describes the CDK version to AWS, and makes nothing.
_NOTHING_TO_MAKE = "AWS::CDK::Metadata"
_moto_class_from_type = parsing.resource_class_from_type


def install(settings: Settings) -> None:
    """Add the types, and refuse what moto would skip with a warning."""
    if _NOTHING_TO_MAKE not in parsing.NULL_MODELS:
        parsing.NULL_MODELS.append(_NOTHING_TO_MAKE)
    parsing.resource_class_from_type = _known_class_from_type
    for cached in (parsing.get_model_list, parsing.get_model_map, parsing.get_name_type_map):
        cached.cache_clear()


def _known_class_from_type(resource_type: str) -> Any:
    found = _moto_class_from_type(resource_type)
    if found is None and resource_type not in parsing.NULL_MODELS:
        raise ValidationError(message=f"the local cloud has no resource type {resource_type}")
    return found
