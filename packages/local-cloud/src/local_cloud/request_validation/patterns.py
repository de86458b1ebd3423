"""The models' regular expressions, translated from Java's syntax to Python's."""

from __future__ import annotations

import functools
import re
import sys
import unicodedata

# Quantified anchors are invalid in Python, and of unclear meaning in Java.
SKIPPED = frozenset(
    {
        r"([\p{L}\p{Z}\p{N}_.:\/=+\-@]*)${1,128}",
        r"([\p{L}\p{Z}\p{N}_.:\/=+\-@]*)${1,256}",
    }
)

_SURROGATE_PAIRS = r"\uD800\uDC00-\uDBFF\uDFFF"
_POSIX_CLASSES = {"ASCII": r"\x00-\x7F", "Alnum": "A-Za-z0-9", "Print": r"\x20-\x7E"}
_PROPERTY = re.compile(r"\\p\{(\w+)\}")


@functools.cache
def compile_pattern(pattern: str) -> re.Pattern[str] | None:
    """Return a compiled pattern, or None if it is skipped.

    As in Java, ``\\w``, ``\\d`` and ``\\s`` are ASCII only; a member must match as a whole.
    """
    if pattern in SKIPPED:
        return None
    text = pattern.replace(_SURROGATE_PAIRS, r"\U00010000-\U0010FFFF")
    text = text.replace(r"[\w-", r"[\w\-")
    return re.compile(_properties(text), re.ASCII)


def _properties(pattern: str) -> str:
    """Return a pattern with each ``\\p{…}`` replaced by a set, or by ranges in a set."""
    parts: list[str] = []
    end = 0
    for found in _PROPERTY.finditer(pattern):
        before = pattern[: found.start()]
        inside = before.count("[") - before.count(r"\[") > before.count("]") - before.count(r"\]")
        characters = _POSIX_CLASSES.get(found[1]) or _general_category(found[1])
        parts += [pattern[end : found.start()], characters if inside else f"[{characters}]"]
        end = found.end()
    return "".join([*parts, pattern[end:]])


@functools.cache
def _general_category(name: str) -> str:
    """Return the character ranges of a Unicode general category, such as L or Lu."""
    ranges: list[str] = []
    first: int | None = None
    for point in range(sys.maxunicode + 2):
        member = point <= sys.maxunicode and unicodedata.category(chr(point)).startswith(name)
        if member and first is None:
            first = point
        elif not member and first is not None:
            ranges.append(f"\\U{first:08x}-\\U{point - 1:08x}")
            first = None
    return "".join(ranges)
