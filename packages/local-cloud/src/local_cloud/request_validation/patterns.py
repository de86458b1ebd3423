"""The models' regular expressions, translated from Java's syntax to Python's."""

from __future__ import annotations

import functools
import re
import sys
import unicodedata
from itertools import groupby

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
    ranges: list[tuple[int, int]] = []
    for category, first, last in _categories():
        if category.startswith(name):
            adjoins = bool(ranges) and ranges[-1][1] + 1 == first
            ranges.append((ranges.pop()[0] if adjoins else first, last))
    return "".join(f"\\U{first:08x}-\\U{last:08x}" for first, last in ranges)


@functools.cache
def _categories() -> list[tuple[str, int, int]]:
    """Return the ranges of characters of the same category, such as Lu, in order: one pass over Unicode, which takes 0.1 s."""
    ranges: list[tuple[str, int, int]] = []
    first = 0
    for category, same in groupby(map(unicodedata.category, map(chr, range(sys.maxunicode + 1)))):
        after = first + sum(1 for _ in same)
        ranges.append((category, first, after - 1))
        first = after
    return ranges
