"""The models' regular expressions, which are Java's, as Python's."""

from __future__ import annotations

import functools
import re
import sys
import unicodedata

# A quantified anchor: no regular expression of Python's, and what Java makes of it is anybody's guess.
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
    """Compile a model's pattern, or give None for one that is skipped on purpose.

    Java's ``\\w``, ``\\d`` and ``\\s`` are those of ASCII, and a member has to match as a whole.
    """
    if pattern in SKIPPED:
        return None
    text = pattern.replace(_SURROGATE_PAIRS, r"\U00010000-\U0010FFFF")
    text = text.replace(r"[\w-", r"[\w\-")
    return re.compile(_properties(text), re.ASCII)


def _properties(pattern: str) -> str:
    """Write each ``\\p{…}`` out, as a set or within the set that it stands in."""
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
    """Return the characters of a general category of Unicode, such as L or Lu, as ranges."""
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
