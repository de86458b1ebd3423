"""Exports of stacks: unique in a region, and not changed or deleted while another stack imports them.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-stack-exports.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import moto.cloudformation.parsing as parsing
from moto.cloudformation.exceptions import ValidationError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from moto.cloudformation.models import CloudFormationBackend, Stack


def publish_exports(backend: CloudFormationBackend, stack: Stack) -> None:
    """Replace the exports of a stack.

    Raises
    ------
    ValidationError
        If another stack exports one of the names, or imports a value that would change.
    """
    exports = {export.name: export for export in stack.exports}
    others = {name for name, export in backend.exports.items() if export.exporting_stack_id != stack.stack_id}
    if taken := sorted(exports.keys() & others):
        raise ValidationError(message=f"Export with name {taken[0]} is already exported by another stack.")
    for name, before in _exports_of(backend, stack).items():
        if name not in exports:
            refuse_if_in_use(backend, name, "deleted")
        elif exports[name].value != before.value:
            refuse_if_in_use(backend, name, "updated")
    remove_exports(backend, stack)
    backend.exports.update(exports)


def refuse_if_in_use(backend: CloudFormationBackend, name: str, operation: str) -> None:
    """Raise ValidationError if a stack imports an export."""
    importing = sorted(stack.name for stack in backend.stacks.values() if name in set(_imports(stack)))
    if importing:
        raise ValidationError(
            message=f"Export {name} cannot be {operation} as it is in use by {' and '.join(importing)}"
        )


def refuse_deletion(backend: CloudFormationBackend, stack: Stack) -> None:
    """Raise ValidationError if another stack imports an export of a stack."""
    for name in _exports_of(backend, stack):
        refuse_if_in_use(backend, name, "deleted")


def remove_exports(backend: CloudFormationBackend, stack: Stack) -> None:
    """Delete the exports of a stack."""
    for name in _exports_of(backend, stack):
        del backend.exports[name]


def _exports_of(backend: CloudFormationBackend, stack: Stack) -> dict[str, Any]:
    return {name: export for name, export in backend.exports.items() if export.exporting_stack_id == stack.stack_id}


def _imports(stack: Stack) -> Iterator[str]:
    """Yield the names of the exports that a stack's template imports."""
    yield from _imported(stack.template_dict.get("Resources", {}), stack)
    yield from _imported(stack.template_dict.get("Outputs", {}), stack)


def _imported(node: Any, stack: Stack) -> Iterator[str]:
    if isinstance(node, dict):
        if "Fn::ImportValue" in node:
            yield str(parsing.clean_json(node["Fn::ImportValue"], stack.resource_map))
        for value in node.values():
            yield from _imported(value, stack)
    elif isinstance(node, list):
        for value in node:
            yield from _imported(value, stack)
