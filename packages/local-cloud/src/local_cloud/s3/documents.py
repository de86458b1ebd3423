"""The shape of an XML document in a request, by botocore's model: moto's readers fail for any other."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from botocore.model import Shape

_INTEGER = re.compile(r"\s*-?\d{1,18}\s*")


def has_shape(node: Any, shape: Shape) -> bool:
    """Return whether an element that xmltodict has parsed has a shape: its required members, and values of the right types.

    Elements that the model does not have are ignored.
    """
    structure: Any = shape
    match shape.type_name:
        case "structure":
            if not isinstance(node, dict | None):
                return False
            given = node or {}
            return all(_has_member(given, name, member, structure) for name, member in structure.members.items())
        case "list":
            entries = node if isinstance(node, list) else [node]
            return all(has_shape(entry, structure.member) for entry in entries)
        case "integer" | "long":
            return isinstance(node, str) and bool(_INTEGER.fullmatch(node))
        case "string":
            # An element with attributes is a dict with the text.
            text = node.get("#text") if isinstance(node, dict) else node
            return text is None or isinstance(text, str)
    return node is None or isinstance(node, str)


def _has_member(given: dict[str, Any], name: str, member: Any, structure: Any) -> bool:
    if member.serialization.get("xmlAttribute"):
        return True
    element = _name(member, name)
    if member.type_name == "list":
        entry = _name(member.member, "member")
        if not member.serialization.get("flattened") and given.get(element) is not None:
            entries = given[element]
            return isinstance(entries, dict) and (entry not in entries or has_shape(entries[entry], member))
        if not member.serialization.get("flattened"):
            return element in given or name not in structure.required_members
    return has_shape(given[element], member) if element in given else name not in structure.required_members


def _name(shape: Any, default: str) -> str:
    return str(shape.serialization.get("name", default))
