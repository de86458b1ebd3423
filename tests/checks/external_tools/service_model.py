"""Checks of requests by botocore's service models: required, unknown, type, min, max, pattern, enum.

botocore itself checks the first three and a part of the fourth; a service checks the rest only when it is called.
"""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING, Any

import botocore.session

if TYPE_CHECKING:
    from collections.abc import Iterator

    from botocore.model import ListShape, MapShape, Shape, StructureShape

_JAVA_SURROGATES, _ABOVE_THE_BASIC_PLANE = "\\uD800\\uDC00-\\uDBFF\\uDFFF", "\\U00010000-\\U0010FFFF"
# The classes of characters in the patterns of tags, as Python's closest ones, which allow no more.
_JAVA_CLASSES = {r"\p{L}": r"\w", r"\p{N}": r"\d", r"\p{Z}": " "}
_TYPES: dict[str, tuple[type, ...]] = {
    "structure": (dict,),
    "map": (dict,),
    "list": (list,),
    "string": (str,),
    "character": (str,),
    "integer": (int,),
    "long": (int,),
    "float": (int, float),
    "double": (int, float),
    "boolean": (bool,),
    "blob": (bytes, str),
    "timestamp": (str, int, float),
}


def request_findings(service: str, operation: str, request: Any) -> list[str]:
    """Return the errors that the service would find in a request.

    Parameters
    ----------
    service, operation
        As botocore names them: ``sagemaker``, ``CreateProcessingJob``.
    """
    shape = _service_model(service).operation_model(operation).input_shape
    assert shape is not None, f"{service}:{operation} takes no input"
    return list(_findings(shape, request, operation))


@functools.cache
def _service_model(service: str) -> Any:
    return botocore.session.get_session().get_service_model(service)


def _findings(shape: Shape, value: Any, place: str) -> Iterator[str]:
    right_type = isinstance(value, _TYPES[shape.type_name])
    if not right_type or (isinstance(value, bool) and shape.type_name != "boolean"):
        yield f"{place}: {value!r} is no {shape.type_name}"
        return
    match shape.type_name:
        case "structure":
            yield from _structure_findings(shape, value, place)  # type: ignore[arg-type]  # type_name says which
        case "list":
            yield from _list_findings(shape, value, place)  # type: ignore[arg-type]  # type_name says which
        case "map":
            yield from _map_findings(shape, value, place)  # type: ignore[arg-type]  # type_name says which
        case _:
            yield from _scalar_findings(shape, value, place)


def _structure_findings(shape: StructureShape, value: dict[str, Any], place: str) -> Iterator[str]:
    for name in shape.required_members:
        if name not in value:
            yield f"{place}: {name} is required"
    for name, item in value.items():
        if name in shape.members:
            yield from _findings(shape.members[name], item, f"{place}.{name}")
        else:
            yield f"{place}: {name} is unknown"


def _list_findings(shape: ListShape, value: list[Any], place: str) -> Iterator[str]:
    yield from _range_findings(shape, len(value), f"{place}: {len(value)} items")
    for index, item in enumerate(value):
        yield from _findings(shape.member, item, f"{place}[{index}]")


def _map_findings(shape: MapShape, value: dict[str, Any], place: str) -> Iterator[str]:
    yield from _range_findings(shape, len(value), f"{place}: {len(value)} entries")
    for key, item in value.items():
        yield from _findings(shape.key, key, f"{place} key {key!r}")
        yield from _findings(shape.value, item, f"{place}[{key!r}]")


def _scalar_findings(shape: Shape, value: Any, place: str) -> Iterator[str]:
    if shape.type_name in {"string", "character", "blob"}:
        yield from _range_findings(shape, len(value), f"{place}: {len(value)} characters")
    elif shape.type_name != "boolean" and not isinstance(value, str):
        yield from _range_findings(shape, value, f"{place}: {value}")
    if isinstance(value, str):
        allowed = shape.metadata.get("enum")
        if allowed and value not in allowed:
            yield f"{place}: {value!r} is none of {', '.join(allowed)}"
        pattern = shape.metadata.get("pattern")
        # The models' patterns are Java's and match the whole value; those used here mean the same in Python, but for some classes.
        if pattern and not re.fullmatch(_in_python(pattern), value):
            yield f"{place}: {value!r} does not match {pattern}"


def _in_python(pattern: str) -> str:
    pattern = pattern.replace(_JAVA_SURROGATES, _ABOVE_THE_BASIC_PLANE)
    for java, python in _JAVA_CLASSES.items():
        pattern = pattern.replace(java, python)
    return pattern


def _range_findings(shape: Shape, size: float, what: str) -> Iterator[str]:
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if least is not None and size < least:
        yield f"{what}, at least {least}"
    if most is not None and size > most:
        yield f"{what}, at most {most}"
