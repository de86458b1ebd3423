"""References in a step's arguments: ``{"Get": …}`` and ``{"Std:Join": …}``.

https://docs.aws.amazon.com/sagemaker/latest/dg/define-pipeline.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_PATH = re.compile(
    r"""(?P<first>[A-Za-z]+)|\.(?P<name>[^.\[\]]+)|\[(?P<number>\d+)\]|\[(?P<quote>['"])(?P<key>.*?)(?P=quote)\]"""
)
_ROOTS = ("Execution", "Parameters", "Steps")
# The members that name an entry of a list.
_NAMES = ("OutputName", "InputName", "Name")


class InvalidReferenceError(ValueError):
    """A reference that is invalid or cannot be resolved."""


Part = str | int


def parse_reference(text: str) -> tuple[Part, ...]:
    """Return the parts of a reference such as ``Steps.x.ProcessingOutputConfig.Outputs['y'].S3Output.S3Uri``.

    Raises
    ------
    InvalidReferenceError
        If it does not begin with Execution, Parameters or Steps, or is malformed.
    """
    parts: list[Part] = []
    position = 0
    while position < len(text):
        found = _PATH.match(text, position)
        if found is None or (found["first"] is not None) != (position == 0):
            raise InvalidReferenceError(f"the reference {text!r} is malformed")
        parts.append(int(found["number"]) if found["number"] else found["first"] or found["name"] or found["key"])
        position = found.end()
    if len(parts) == 1 or not parts or parts[0] not in _ROOTS:
        raise InvalidReferenceError(f"the reference {text!r} must begin with one of {_ROOTS}")
    return tuple(parts)


def references_in(value: Any) -> Iterator[tuple[Part, ...]]:
    """Yield all references in a value.

    Raises
    ------
    InvalidReferenceError
        If a reference is malformed, or a function is not supported by the local cloud.
    """
    if isinstance(value, dict):
        if set(value) == {"Get"}:
            yield parse_reference(value["Get"])
            return
        for name, inner in value.items():
            if name.startswith("Std:") and name != "Std:Join":
                raise InvalidReferenceError(f"the local cloud does not support {name}")
            yield from references_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from references_in(inner)


def resolve(value: Any, look_up: Callable[[tuple[Part, ...]], Any]) -> Any:
    """Return a value with its references replaced by their values."""
    if isinstance(value, list):
        return [resolve(inner, look_up) for inner in value]
    if not isinstance(value, dict):
        return value
    if set(value) == {"Get"}:
        return look_up(parse_reference(value["Get"]))
    if set(value) == {"Std:Join"}:
        join = value["Std:Join"]
        return str(join["On"]).join(_text(resolve(inner, look_up)) for inner in join["Values"])
    return {name: resolve(inner, look_up) for name, inner in value.items()}


def follow(document: Any, path: tuple[Part, ...]) -> Any:
    """Return the value at a path in a document; entries of a list are found by index or name.

    Raises
    ------
    InvalidReferenceError
        If it does not exist.
    """
    for part in path:
        try:
            document = _member(document, part)
        except LookupError:
            raise InvalidReferenceError(f"{part!r} of {'.'.join(map(str, path))} does not exist") from None
    return document


def _member(document: Any, part: Part) -> Any:
    if isinstance(document, list) and isinstance(part, str):
        document = {name: item for item in document for name in _names(item)}
    if isinstance(document, (dict, list)):
        return document[part]  # type: ignore[index]  # a list with a number, a dict with a name
    raise LookupError(part)


def _names(item: Any) -> list[str]:
    return [item[member] for member in _NAMES if member in item] if isinstance(item, dict) else []


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
