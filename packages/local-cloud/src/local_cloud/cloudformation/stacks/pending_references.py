"""References to values that are only known after the execution of a change set, such as the id of a new resource."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection

# The value that DescribeChangeSet reports for them.
KNOWN_AFTER_APPLY = "{{changeSet:KNOWN_AFTER_APPLY}}"

_SUBSTITUTION = re.compile(r"\$\{(?P<name>[^!}.][^}.]*)(?:\.(?P<attribute>[^}]+))?\}")


@dataclass(frozen=True)
class Reference:
    """A reference in a template: ``Ref`` of a name, or ``Fn::GetAtt`` of an attribute."""

    name: str
    attribute: str | None = None

    @property
    def source(self) -> str:
        """The ChangeSource of a change that the reference causes."""
        return "ResourceAttribute" if self.attribute else "ResourceReference"

    @property
    def entity(self) -> str:
        """The CausingEntity of a change that the reference causes."""
        return f"{self.name}.{self.attribute}" if self.attribute else self.name


def mask_pending(node: Any, pending: Collection[str] | None) -> tuple[Any, list[Reference]]:
    """Return a part of a template with masked references to pending resources, and the references.

    Parameters
    ----------
    node
        The part of the template.
    pending
        The logical ids of pending resources; None masks all references.
    """
    found: dict[Reference, None] = {}

    def is_pending(reference: Reference) -> bool:
        if pending is None or reference.name in pending:
            found[reference] = None
            return True
        return False

    def substitute(text: str, own: Collection[str]) -> str:
        def mask(match: re.Match[str]) -> str:
            reference = Reference(match["name"], match["attribute"])
            return KNOWN_AFTER_APPLY if reference.name not in own and is_pending(reference) else match[0]

        return _SUBSTITUTION.sub(mask, text)

    def mask(part: Any) -> Any:
        match part:
            case {"Ref": str(name)} if len(part) == 1:
                return KNOWN_AFTER_APPLY if is_pending(Reference(name)) else part
            case {"Fn::GetAtt": str(text)} if len(part) == 1:
                name, _, attribute = text.partition(".")
                return KNOWN_AFTER_APPLY if is_pending(Reference(name, attribute)) else part
            case {"Fn::GetAtt": [str(name), str(attribute)]} if len(part) == 1:
                return KNOWN_AFTER_APPLY if is_pending(Reference(name, attribute)) else part
            case {"Fn::Sub": str(text)} if len(part) == 1:
                return {"Fn::Sub": substitute(text, ())}
            case {"Fn::Sub": [str(text), dict(values)]} if len(part) == 1:
                return {"Fn::Sub": [substitute(text, values), mask(values)]}
            case dict():
                return {key: mask(value) for key, value in part.items()}
            case list():
                return [mask(value) for value in part]
        return part

    return mask(node), list(found)
