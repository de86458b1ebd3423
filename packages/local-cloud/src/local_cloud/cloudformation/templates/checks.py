"""The checks of a template before a stack or change set is created.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html,
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-anatomy.html
"""

from __future__ import annotations

import contextlib
import json
import re
from typing import Any

import yaml  # type: ignore[import-untyped]  # moto depends on it; its stubs are not installed
from moto.cloudformation.exceptions import ValidationError
from moto.cloudformation.models import Stack

from local_cloud.cloudformation.resource_types import is_known_type
from local_cloud.cloudformation.templates.order import deployment_order, references
from local_cloud.cloudformation.templates.shape import check_shape
from local_cloud.patching import original_of

BODY_BYTES = 51_200
URL_BYTES = 1_000_000
_STACK_NAME = r"[a-zA-Z][-a-zA-Z0-9]*"
_STACK_NAME_LENGTH = 128


def check_stack_name(name: str) -> None:
    """Check the name of a new stack: https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateStack.html.

    Raises
    ------
    ValidationError
        If it is too long or has invalid characters.
    """
    broken = ""
    if len(name) > _STACK_NAME_LENGTH:
        broken = f"have length less than or equal to {_STACK_NAME_LENGTH}"
    elif not re.fullmatch(_STACK_NAME, name):
        broken = f"satisfy regular expression pattern: {_STACK_NAME}"
    if broken:
        raise ValidationError(
            message=f"1 validation error detected: Value '{name}' at 'stackName' failed to satisfy constraint: Member must {broken}"
        )


def check_size(body: str | None, *, by_url: bool) -> None:
    """Check that a template is present, and within the limit for requests or URLs.

    Raises
    ------
    ValidationError
        If it is missing or too large.
    """
    if not body:
        raise ValidationError(message="Either Template URL or Template Body must be specified.")
    size = len(body.encode())
    if by_url and size > URL_BYTES:
        raise ValidationError(message=f"Template may not exceed {URL_BYTES} bytes in size.")
    if not by_url and size > BODY_BYTES:
        raise ValidationError(
            message="1 validation error detected: Value at 'templateBody' failed to satisfy constraint: "
            f"Member must have length less than or equal to {BODY_BYTES}"
        )


def read_template(body: str) -> Any:
    """Return the content of a JSON or YAML template: JSON is read as such, which takes a hundredth of the time.

    Raises
    ------
    ValueError
        If it is neither; or a YAMLError.
    """
    if body.lstrip().startswith("{"):
        with contextlib.suppress(ValueError):  # a mapping of YAML may have braces, too
            return json.loads(body)
    return original_of(Stack, "parse_template")(body)


def parse_template(body: str) -> dict[str, Any]:
    """Return a template's sections.

    Raises
    ------
    ValidationError
        If it is not JSON or YAML, or not a mapping.
    """
    try:
        template = read_template(body)
    except (ValueError, yaml.YAMLError) as error:
        raise ValidationError(message=f"Template format error: {error}") from error
    if not isinstance(template, dict):
        raise ValidationError(message="Template format error: unsupported structure.")
    return template


def check_template(template: dict[str, Any]) -> None:
    """Check a template's shape, and for resources without a type, unknown types, unresolved references and circular dependencies.

    Raises
    ------
    ValidationError
        With CloudFormation's message.
    """
    resources = template.get("Resources")
    if not isinstance(resources, dict) or not resources:
        raise ValidationError(message="Template format error: At least one Resources member must be defined.")
    for logical_id, definition in resources.items():
        if not isinstance(definition, dict) or "Type" not in definition:
            raise ValidationError(
                message=f"Template format error: [/Resources/{logical_id}] Every Resources object must contain a Type member."
            )
    check_shape(template)
    parameters, conditions = template.get("Parameters", {}), template.get("Conditions", {})
    types = sorted({str(definition["Type"]) for definition in resources.values()})
    if unknown := [kind for kind in types if not is_known_type(kind)]:
        names = ", ".join(unknown)
        raise ValidationError(
            message=f"Template format error: Unrecognized resource types: [{names}] (the local cloud has no resource type {names})"
        )
    known = {*resources, *parameters}
    for section in ("Resources", "Outputs"):
        named = {name for name in references(template.get(section, {})) if not name.startswith("AWS::")}
        if missing := sorted(named - known):
            raise ValidationError(
                message=f"Template format error: Unresolved resource dependencies [{', '.join(missing)}] in the {section} block of the template"
            )
    if missing := sorted({name for name in references(conditions) if not name.startswith("AWS::")} - {*parameters}):
        raise ValidationError(
            message=f"Template format error: Unresolved dependencies [{', '.join(missing)}]. Cannot reference resources in the Conditions "
            "block of the template"
        )
    deployment_order(resources)
