"""Functions of regular expressions, and LIKE.

https://trino.io/docs/current/functions/regexp.html
"""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING

from local_cloud.athena.functions.implementation import invalid, python

if TYPE_CHECKING:
    from local_cloud.athena.functions.implementation import Build

_NAMED_GROUP = re.compile(r"\(\?<(?=[A-Za-z])")
_REPLACED = re.compile(r"\\(.)|\$(\d+)|\$\{(\w+)\}|(\$)", re.DOTALL)
_CLASSES = {
    "Alpha": "A-Za-z",
    "Digit": "0-9",
    "Alnum": "A-Za-z0-9",
    "Lower": "a-z",
    "Upper": "A-Z",
    "Space": r"\s",
    "Punct": r"!-/:-@\[-`{-~",
    "XDigit": "0-9A-Fa-f",
}


@functools.lru_cache(maxsize=256)
def compiled(pattern: str) -> re.Pattern[str]:
    """Return a Java pattern, compiled. Raises QueryFailedError for an invalid one."""
    if "(?P" in pattern:
        raise invalid(f"undefined group option: {pattern}")  # Python's, which Java lacks
    text = _NAMED_GROUP.sub("(?P<", pattern)
    text = re.sub(
        r"\\p\{(?:Is)?(\w+)\}", lambda found: f"[{_CLASSES[found[1]]}]" if found[1] in _CLASSES else found[0], text
    )
    text = re.sub(r"\\[zZ]$", r"\\Z", text).replace(r"\h", r"[ \t\xa0\u3000]")
    flags = re.match(r"(.+?)\(\?([imsx]+)\)", text)
    if flags and not flags[1].endswith("\\"):
        text = f"{flags[1]}(?{flags[2]}:{text[flags.end() :]})"
    try:
        # \d, \w and \s are of ASCII in Java; (?i) is, too
        return re.compile(text, re.ASCII)
    except (re.error, OverflowError, RecursionError) as error:
        raise invalid(f"{error}") from None


def _like(text: str, pattern: str) -> bool:
    return compiled(pattern).search(text) is not None


def _extract(text: str, pattern: str, group: int = 0) -> str | None:
    found = compiled(pattern)
    _check(found, group)
    match = found.search(text)
    return match[group] if match else None


def _extract_all(text: str, pattern: str, group: int = 0) -> list[str | None]:
    found = compiled(pattern)
    _check(found, group)
    return [match[group] for match in found.finditer(text)]


def _check(pattern: re.Pattern[str], group: int) -> None:
    if group < 0:
        raise invalid("Group cannot be negative")
    if group > pattern.groups:
        raise invalid(f"Pattern has {pattern.groups} groups. Cannot access group {group}")


def _replace(text: str, pattern: str, instead: str = "") -> str:
    found = compiled(pattern)

    def replacement(match: re.Match[str]) -> str:
        def piece(part: re.Match[str]) -> str:
            if part[1] is not None:
                return part[1]
            if part[2] is not None:
                number = part[2]
                while len(number) > 1 and int(number) > found.groups:
                    number = number[:-1]
                if int(number) > found.groups:
                    raise invalid(f"Illegal replacement sequence: unknown group {number}")
                return (match[int(number)] or "") + part[2][len(number) :]
            if part[3] is not None:
                if part[3] not in found.groupindex:
                    raise invalid(f"Illegal replacement sequence: unknown group {{{part[3]}}}")
                return match[part[3]] or ""
            raise invalid("Illegal replacement sequence")

        return _REPLACED.sub(piece, instead)

    return found.sub(replacement, text)


def _split(text: str, pattern: str) -> list[str]:
    parts, place = [], 0
    for match in compiled(pattern).finditer(text):
        parts.append(text[place : match.start()])
        place = match.end()
    return [*parts, text[place:]]


def _count(text: str, pattern: str) -> int:
    return sum(1 for _ in compiled(pattern).finditer(text))


def _position(text: str, pattern: str, start: int = 1, occurrence: int = 1) -> int:
    if start < 1:
        raise invalid("start position cannot be smaller than 1")
    if occurrence < 1:
        raise invalid("occurrence cannot be smaller than 1")
    if start > len(text):
        return -1
    for number, match in enumerate(compiled(pattern).finditer(text, start - 1), start=1):
        if number == occurrence:
            return match.start() + 1
    return -1


@functools.lru_cache(maxsize=256)
def _like_pattern(pattern: str, escape: str | None) -> re.Pattern[str]:
    if escape is not None and len(escape) != 1:
        raise invalid("Escape string must be a single character")
    text, place = "", 0
    while place < len(pattern):
        one = pattern[place]
        if one == escape:
            following = pattern[place + 1 : place + 2]
            if following not in {"%", "_", escape} or not following:
                raise invalid("Escape character must be followed by '%', '_' or the escape character itself")
            text += re.escape(following)
            place += 2
            continue
        text += ".*" if one == "%" else "." if one == "_" else re.escape(one)
        place += 1
    return re.compile(text, re.DOTALL)


def like(text: str, pattern: str, escape: str | None = None) -> bool:
    """Return whether a string matches a pattern of LIKE."""
    return _like_pattern(pattern, escape).fullmatch(text) is not None


FUNCTIONS: dict[str, Build] = {
    "regexp_count": python(_count),
    "regexp_extract": python(_extract),
    "regexp_extract_all": python(_extract_all),
    "regexp_like": python(_like),
    "regexp_position": python(_position),
    "regexp_replace": python(_replace),
    "regexp_split": python(_split),
}
