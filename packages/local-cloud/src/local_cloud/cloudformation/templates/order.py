"""The order in which the resources of a template are created."""

from __future__ import annotations

import re
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING, Any

from moto.cloudformation.exceptions import ValidationError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_SUBSTITUTION = re.compile(r"\$\{([^!}][^}]*)\}")


def deployment_order(resources: Mapping[str, dict[str, Any]]) -> list[str]:
    """Return the logical ids in the order of their dependencies.

    Raises
    ------
    ValidationError
        If dependencies are circular.
    """
    graph = {
        logical_id: {name for name in references(definition) if name in resources}
        for logical_id, definition in resources.items()
    }
    try:
        return list(TopologicalSorter(graph).static_order())
    except CycleError as error:
        circle = ", ".join(sorted(set(error.args[1])))
        raise ValidationError(message=f"Circular dependency between resources: [{circle}]") from error


def references(node: Any) -> Iterator[str]:
    """Yield the names in Ref, Fn::GetAtt, Fn::Sub and DependsOn."""
    match node:
        case {"Ref": str(name)}:
            yield name
        case {"Fn::GetAtt": str(name)}:
            yield name.split(".")[0]
        case {"Fn::GetAtt": [str(name), *_]}:
            yield name
        case dict():
            for key, value in node.items():
                if key == "DependsOn":
                    yield from [value] if isinstance(value, str) else value
                elif key == "Fn::Sub":
                    template, own = (value, {}) if isinstance(value, str) else value
                    yield from (name.split(".")[0] for name in _SUBSTITUTION.findall(template) if name not in own)
                    yield from references(own)
                else:
                    yield from references(value)
        case list():
            for item in node:
                yield from references(item)
