"""The syntax of intrinsic functions: calls, numbers, strings in single quotes, paths, null, true and false.

https://docs.aws.amazon.com/step-functions/latest/dg/intrinsic-functions.html
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from local_cloud.stepfunctions.language.json_paths import InvalidPathError, parse_path

_MOST_NESTED = 10
_CALL = re.compile(r"\s*(States\.\w+)\s*\(\s*")
_LITERAL = re.compile(r"(?:-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|null|true|false)(?=\s*[,)])")
_STRING = re.compile(r"'((?:\\.|[^'\\])*)'", re.DOTALL)
_SEPARATOR = re.compile(r"\s*([,)])\s*")
_QUOTED = re.compile(r"'(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\"")


class InvalidCallError(ValueError):
    """A string that is not a call of an intrinsic function."""


@dataclass(frozen=True, slots=True)
class Literal:
    """A number, null, true or false."""

    value: Any


@dataclass(frozen=True, slots=True)
class Text:
    """A string with its escapes."""

    written: str


@dataclass(frozen=True, slots=True)
class Path:
    """A path into the input, or with ``$$`` into the context object."""

    path: str


@dataclass(frozen=True, slots=True)
class Call:
    """A call.

    Attributes
    ----------
    source
        The string of the call.
    """

    function: str
    arguments: tuple[Argument, ...]
    source: str


Argument = Call | Literal | Path | Text


def parse_call(source: str) -> Call:
    """Return the call in a string.

    Raises
    ------
    InvalidCallError
        If the string is not a call, or calls are nested too deeply.
    """
    call, end = _parse_call(source, 0, 1)
    if source[end:].strip():
        raise InvalidCallError(f"unexpected {source[end:].strip()!r} after the call")
    return call


def _parse_call(source: str, start: int, depth: int) -> tuple[Call, int]:
    if depth > _MOST_NESTED:
        raise InvalidCallError(f"more than {_MOST_NESTED} calls are nested")
    opened = _CALL.match(source, start)
    if opened is None:
        raise InvalidCallError(f"expected a call, found {source[start:]!r}")
    arguments: list[Argument] = []
    at = opened.end()
    if source[at : at + 1] == ")":
        return Call(opened[1], (), source[start : at + 1].strip()), at + 1
    while True:
        argument, at = _parse_argument(source, at, depth)
        arguments.append(argument)
        separator = _SEPARATOR.match(source, at)
        if separator is None:
            raise InvalidCallError(f"expected , or ) after {source[start:at]!r}")
        at = separator.end()
        if separator[1] == ")":
            return Call(opened[1], tuple(arguments), source[start : separator.start(1) + 1].strip()), at


def _parse_argument(source: str, at: int, depth: int) -> tuple[Argument, int]:
    if literal := _LITERAL.match(source, at):
        return Literal(json.loads(literal[0])), literal.end()
    if string := _STRING.match(source, at):
        return Text(string[1]), string.end()
    if source.startswith("$", at):
        end = _end_of_path(source, at)
        path = source[at:end].rstrip()
        try:
            parse_path(path)
        except InvalidPathError as error:
            raise InvalidCallError(f"{path!r} is not a path: {error}") from error
        return Path(path), at + len(path)
    return _parse_call(source, at, depth + 1)


def _end_of_path(source: str, at: int) -> int:
    """Return the index of the comma or parenthesis after a path; those in brackets and quotes belong to the path."""
    depth = 0
    while at < len(source):
        if depth and (quoted := _QUOTED.match(source, at)):
            at = quoted.end()
            continue
        character = source[at]
        if depth == 0 and character in ",)":
            return at
        depth += (character in "[(") - (character in "])")
        at += 1
    return at
