"""Functions of JSON documents.

https://trino.io/docs/current/functions/json.html
"""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING, Any

from local_cloud.athena.functions.conversions import parsed
from local_cloud.athena.functions.implementation import invalid, python, sql
from local_cloud.athena.functions.json.json_texts import JsonNumber, read_json, write_json

if TYPE_CHECKING:
    from local_cloud.athena.functions.implementation import Build

_STEP = re.compile(
    r"""\.(\w[\w\-:]*)|\[\s*(-?\d+)\s*\]|\["((?:[^"\\]|\\.)*)"\]|\['((?:[^'\\]|\\.)*)'\]|\.\["((?:[^"\\]|\\.)*)"\]""",
    re.VERBOSE,
)
_MISSING = object()


@functools.lru_cache(maxsize=256)
def _path(text: str) -> tuple[str | int, ...]:
    rest = text.strip()
    if not rest.startswith("$"):
        raise invalid(f"Invalid JSON path: '{text}'")
    rest = rest[1:]
    steps: list[str | int] = []
    place = 0
    while place < len(rest):
        match = _STEP.match(rest, place)
        if match is None or (match[2] or "").startswith("-"):
            raise invalid(f"Invalid JSON path: '{text}'")
        quoted = match[3] if match[3] is not None else match[4] if match[4] is not None else match[5]
        if match[2] is not None:
            steps.append(int(match[2]))
        else:
            steps.append(match[1] if match[1] is not None else re.sub(r"\\(.)", r"\1", str(quoted)))
        place = match.end()
    return tuple(steps)


def _found(text: str, path: str) -> Any:
    steps = _path(path)
    try:
        value = read_json(text)
    except ValueError:
        return _MISSING
    for step in steps:
        if isinstance(value, dict):
            value = value.get(str(step), _MISSING)
        elif isinstance(value, list) and (isinstance(step, int) or step.isdecimal()):
            value = value[int(step)] if int(step) < len(value) else _MISSING
        else:
            return _MISSING
        if value is _MISSING:
            return _MISSING
    return value


def _extract(text: str, path: str) -> str | None:
    value = _found(text, path)
    return None if value is _MISSING else write_json(value)


def _extract_scalar(text: str, path: str) -> str | None:
    value = _found(text, path)
    if value is _MISSING or value is None or isinstance(value, list | dict):
        return None
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


def _size(text: str, path: str) -> int | None:
    value = _found(text, path)
    if value is _MISSING:
        return None
    return len(value) if isinstance(value, list | dict) else 0


def _array(text: str) -> list[Any] | None:
    try:
        value = read_json(text)
    except ValueError:
        return None
    return value if isinstance(value, list) else None


def _length(text: str) -> int | None:
    value = _array(text)
    return None if value is None else len(value)


def _get(text: str, index: int) -> str | None:
    value = _array(text)
    if value is None or not -len(value) <= index < len(value):
        return None
    found = value[index]
    return found if isinstance(found, str) else write_json(found)  # strings without quotes, as in Trino


def _contains(text: str, wanted: Any) -> bool | None:
    value = _array(text)
    if value is None:
        return None
    return any(_is_same(one, wanted) for one in value)


def _is_same(one: Any, wanted: Any) -> bool:
    if isinstance(wanted, bool) or isinstance(one, bool):
        return one is wanted
    if isinstance(wanted, str):
        return isinstance(one, str) and not isinstance(one, JsonNumber) and one == wanted
    return (
        isinstance(one, JsonNumber)
        and (one.is_whole if isinstance(wanted, int) else not one.is_whole)
        and float(one) == wanted
    )


def _is_scalar(text: str) -> bool:
    try:
        return not isinstance(read_json(text), list | dict)
    except ValueError:
        raise invalid(f"Invalid JSON value: {text}") from None


FUNCTIONS: dict[str, Build] = {
    "is_json_scalar": python(_is_scalar),
    "json_array_contains": python(_contains),
    "json_array_get": python(_get),
    "json_array_length": python(_length),
    "json_extract": python(_extract),
    "json_extract_scalar": python(_extract_scalar),
    "json_format": sql("{0}"),
    "json_parse": python(parsed),
    "json_size": python(_size),
}
