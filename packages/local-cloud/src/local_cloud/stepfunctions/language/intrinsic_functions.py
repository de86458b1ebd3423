"""The intrinsic functions, with UTF-8 strings and rounding as documented. All errors become ``States.IntrinsicFailure``.

https://docs.aws.amazon.com/step-functions/latest/dg/intrinsic-functions.html
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import math
import random
import re
import uuid
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from collections.abc import Callable

_LONGEST_STRING = 10_000
_MOST_ITEMS = 1_000
_INTEGERS = range(-(2**31), 2**31)
_ALGORITHMS = {"MD5", "SHA-1", "SHA-256", "SHA-384", "SHA-512"}
_FORMAT_PART = re.compile(r"\\(.?)|\{\}|[^\\{]+|\{", re.DOTALL)


class ArgumentError(ValueError):
    """An invalid argument of an intrinsic function."""


def dump(value: Any) -> str:
    """Return a value as JSON without spaces, as AWS does."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def load(text: str) -> Any:
    """Return the value of JSON, without Python's NaN and Infinity.

    Raises
    ------
    ValueError
        If it is not JSON.
    """
    return json.loads(text, parse_constant=_refuse_constant)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _array(*values: Any) -> list[Any]:
    return list(values)


def _array_partition(array: Any, size: Any) -> list[list[Any]]:
    length = _integer(size)
    if length < 1:
        raise ArgumentError(f"the size of a part must be positive, not {size}")
    items = _list(array)
    return [items[start : start + length] for start in range(0, len(items), length)]


def _array_contains(array: Any, value: Any) -> bool:
    return dump(value) in map(dump, _list(array))


def _array_range(first: Any, last: Any, step: Any) -> list[int]:
    increment = _integer(step)
    if increment < 1:
        raise ArgumentError(f"the step must be positive, not {step}")
    numbers = range(_integer(first), _integer(last) + 1, increment)
    if len(numbers) > _MOST_ITEMS:
        raise ArgumentError(f"an array of {len(numbers)} items is over the limit of {_MOST_ITEMS}")
    return list(numbers)


def _array_get_item(array: Any, index: Any) -> Any:
    items, number = _list(array), _integer(index)
    if not 0 <= number < len(items):
        raise ArgumentError(f"index {number} is out of bounds for an array of {len(items)} items")
    return items[number]


def _array_length(array: Any) -> int:
    return len(_list(array))


def _array_unique(array: Any) -> list[Any]:
    return list({dump(item): item for item in _list(array)}.values())


def _base64_encode(data: Any) -> str:
    return base64.b64encode(_short(_string(data)).encode()).decode()


def _base64_decode(data: Any) -> str:
    try:
        return base64.b64decode(_short(_string(data)), validate=True).decode()
    except (binascii.Error, ValueError) as error:
        raise ArgumentError(f"not Base64 of UTF-8 text: {error}") from error


def _hash(data: Any, algorithm: Any) -> str:
    if algorithm not in _ALGORITHMS:
        raise ArgumentError(f"unknown algorithm {algorithm!r}")
    text = _short(data if isinstance(data, str) else dump(data))
    return hashlib.new(algorithm.replace("-", ""), text.encode(), usedforsecurity=False).hexdigest()


def _json_merge(first: Any, second: Any, deep: Any) -> dict[str, Any]:
    if deep is not False:
        raise ArgumentError("only a shallow merge is supported: the third argument must be false")
    for value in (first, second):
        if not isinstance(value, dict):
            raise ArgumentError(f"{dump(value)} is not an object")
    return {**first, **second}


def _string_to_json(text: Any) -> Any:
    try:
        return load(_string(text))
    except ValueError as error:
        raise ArgumentError(f"not JSON: {error}") from error


def _math_random(start: Any, end: Any, seed: Any = None) -> int:
    first, last = _integer(start), _integer(end)
    if first >= last:
        raise ArgumentError(f"the end {last} must be greater than the start {first}")
    generator = random.Random(None if seed is None else _integer(seed))  # noqa: S311 - not for security
    return generator.randrange(first, last)


def _math_add(first: Any, second: Any) -> int:
    total = _integer(first) + _integer(second)
    if total not in _INTEGERS:
        raise ArgumentError(f"{total} is out of the range of 32-bit integers")
    return total


def _string_split(text: Any, delimiters: Any) -> list[str]:
    characters = _string(delimiters)
    parts = re.split(f"[{re.escape(characters)}]", _string(text)) if characters else [_string(text)]
    return [part for part in parts if part]


def _format(template: Any, *values: Any) -> str:
    """Return a template with each ``{}`` replaced; the template has its escapes."""
    written, missing = list(values), "there are more {} than values"
    result = []
    for part in _FORMAT_PART.finditer(_string(template)):
        if part[0] == "{}":
            if not written:
                raise ArgumentError(missing)
            result.append(_natural(written.pop(0)))
        elif part[0].startswith("\\"):
            result.append(_unescaped(part[1]))
        else:
            result.append(part[0])
    if written:
        raise ArgumentError("there are more values than {}")
    return "".join(result)


def unescape(written: str) -> str:
    r"""Return a string with its escapes resolved: ``\'``, ``\{``, ``\}`` and ``\\``."""
    return re.sub(r"\\(.?)", lambda found: _unescaped(found[1]), written, flags=re.DOTALL)


def _unescaped(character: str) -> str:
    if not character or character not in "'{}\\":
        raise ArgumentError(f"\\{character} is not an escape: use \\\\ for a backslash")
    return character


def _natural(value: Any) -> str:
    if isinstance(value, (dict, list)):
        raise ArgumentError(f"{dump(value)} is not a string, a number, a boolean or null")
    return value if isinstance(value, str) else dump(value)


def _string(value: Any) -> str:
    if not isinstance(value, str):
        raise ArgumentError(f"{dump(value)} is not a string")
    return value


def _short(text: str) -> str:
    if len(text) > _LONGEST_STRING:
        raise ArgumentError(f"a string of {len(text)} characters is over the limit of {_LONGEST_STRING}")
    return text


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise ArgumentError(f"{dump(value)} is not an array")
    return value


def _integer(value: Any) -> int:
    """Return a number rounded to the nearest integer, half up."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise ArgumentError(f"{dump(value)} is not a number")
    number = math.floor(value + 0.5) if isinstance(value, float) else value
    if number not in _INTEGERS:
        raise ArgumentError(f"{number} is out of the range of 32-bit integers")
    return number


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "States.Array": _array,
    "States.ArrayContains": _array_contains,
    "States.ArrayGetItem": _array_get_item,
    "States.ArrayLength": _array_length,
    "States.ArrayPartition": _array_partition,
    "States.ArrayRange": _array_range,
    "States.ArrayUnique": _array_unique,
    "States.Base64Decode": _base64_decode,
    "States.Base64Encode": _base64_encode,
    "States.Format": _format,
    "States.Hash": _hash,
    "States.JsonMerge": _json_merge,
    "States.JsonToString": dump,
    "States.MathAdd": _math_add,
    "States.MathRandom": _math_random,
    "States.StringSplit": _string_split,
    "States.StringToJson": _string_to_json,
    "States.UUID": lambda: str(uuid.uuid4()),
}
