"""The shapes of a file's JSON objects as one regular expression, by which DuckDB recognizes valid lines without Python.

The objects of a file mostly have the same keys in the same order. A line that matches a shape is an object without duplicate keys; a
line that does not match may still be one, and is parsed.
"""

from __future__ import annotations

import itertools
import json
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

_MOST_SHAPES = 8
_LONGEST = 50_000  # characters; RE2 limits the memory of an expression
_SPACE = r"[ \t]*"
# Surrogate escapes do not match: Python tells pairs from halves.
_STRING = r'"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-cefA-CEF][0-9a-fA-F][0-9a-fA-F][0-9a-fA-F]))*"'
_NUMBER = r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?"
_PLAIN = f"(?:{_STRING}|{_NUMBER}|true|false|null)"


def shapes_of(documents: Iterable[dict[str, Any]]) -> str | None:
    """Return an RE2 expression for the shapes of some objects without duplicate keys, or None without objects."""
    shapes = dict.fromkeys(_shape(document) for document in documents)
    kept: list[str] = []
    for shape in itertools.islice(shapes, _MOST_SHAPES):
        if sum(map(len, kept)) + len(shape) <= _LONGEST:
            kept.append(shape)
    return f"{_SPACE}(?:{'|'.join(kept)}){_SPACE}" if kept else None


def _shape(value: Any) -> str:
    if isinstance(value, dict):
        comma, colon = f"{_SPACE},{_SPACE}", f"{_SPACE}:{_SPACE}"
        pairs = (re.escape(json.dumps(name, ensure_ascii=False)) + colon + _shape(part) for name, part in value.items())
        return rf"\{{{_SPACE}{comma.join(pairs)}{_SPACE}\}}"
    if isinstance(value, list):
        item = f"(?:{'|'.join(dict.fromkeys(map(_shape, value)))})" if value else _PLAIN
        return rf"\[{_SPACE}(?:{item}(?:{_SPACE},{_SPACE}{item})*)?{_SPACE}\]"
    return _PLAIN
