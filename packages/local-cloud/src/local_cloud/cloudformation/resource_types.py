"""The known resource types: those of this package, which take precedence, and moto's."""

from __future__ import annotations

from functools import cache
from typing import Any

import moto.cloudformation.parsing as parsing
from moto.cloudformation.exceptions import ValidationError
from moto.cloudformation.utils import random_suffix
from moto.core.common_models import CloudFormationModel

from local_cloud.cloudformation.api_resource import ApiResource

# Importing a module registers its types.
from local_cloud.cloudformation.resources import (
    athena,
    chatbot,
    cloudwatch,
    data_catalog,
    ecr,
    eventbridge,
    iam,
    kms,
    lambda_functions,
    logs,
    s3,
    sagemaker,
    sns,
    sqs,
    ssm,
    step_functions,
)
from local_cloud.patching import original_of, replace

__all__ = [
    "athena", "chatbot", "cloudwatch", "data_catalog", "ecr", "eventbridge", "iam", "install", "kms", "lambda_functions", "logs", "s3",
    "sagemaker", "sns", "sqs", "ssm", "step_functions",
]  # fmt: skip

# It reports the CDK's version to AWS, and creates no resource.
_NOTHING_TO_MAKE = "AWS::CDK::Metadata"


def install() -> None:
    """Register the types, and reject unknown types."""
    if _NOTHING_TO_MAKE not in parsing.NULL_MODELS:
        parsing.NULL_MODELS.append(_NOTHING_TO_MAKE)
    # extension: resource types that work through their service's API take precedence over moto's.
    replace(parsing, "get_model_list", _models)
    # moto: CloudFormation skips resources of unknown types with a warning; not reported yet: AWS rejects a template with unrecognized resource
    # types.
    replace(parsing, "resource_class_from_type", _known_class_from_type)
    # moto: CloudFormation generates names that are longer than their services allow; not reported yet: AWS shortens the stack's name and the
    # logical id.
    replace(parsing, "generate_resource_name", _generate_name)
    for cached in (parsing.get_model_map, parsing.get_name_type_map):
        cached.cache_clear()


@cache
def _models() -> list[Any]:
    """Return all types, without moto's if this package has a type of the same name."""
    models: list[Any] = CloudFormationModel.__subclasses__()
    ours = {model.cloudformation_type() for model in models if issubclass(model, ApiResource)}
    return [model for model in models if issubclass(model, ApiResource) or model.cloudformation_type() not in ours]


def is_known_type(resource_type: str) -> bool:
    """Return whether the local cloud supports a type.

    Raises
    ------
    ValidationError
        If it is the type of a custom resource.
    """
    if resource_type.startswith("Custom::") or resource_type == "AWS::CloudFormation::CustomResource":
        raise ValidationError(message=f"the local cloud does not support custom resources, such as {resource_type}")
    found = original_of(parsing, "resource_class_from_type")(resource_type)
    return found is not None or resource_type in parsing.NULL_MODELS


def _known_class_from_type(resource_type: str) -> Any:
    if not is_known_type(resource_type):
        raise ValidationError(message=f"the local cloud has no resource type {resource_type}")
    return original_of(parsing, "resource_class_from_type")(resource_type)


def _generate_name(resource_type: str, stack_name: str, logical_id: str) -> str:
    """Return a name as CloudFormation generates it: stack, logical id and a random suffix, within the service's limit."""
    model = parsing.get_model_map().get(resource_type)
    if model is None or not issubclass(model, ApiResource):
        return str(original_of(parsing, "generate_resource_name")(resource_type, stack_name, logical_id))
    suffix = random_suffix()
    if not model.named_after_stack:
        return f"{logical_id[: model.name_length - len(suffix) - 1]}-{suffix}"
    room = model.name_length - len(suffix) - 2
    stack_part = stack_name[: max(room // 2, room - len(logical_id))]
    name = f"{stack_part}-{logical_id[: room - len(stack_part)]}-{suffix}"
    return name.lower() if resource_type in {"AWS::ECR::Repository", "AWS::S3::Bucket"} else name
