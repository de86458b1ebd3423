"""The problems of a project's files: location, error and remedy."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    Location = tuple[str | int, ...]

_PLAIN_KEY = re.compile(r"[\w-]{1,64}")
_LONGEST = 600


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One problem of a file.

    Attributes
    ----------
    file
        Relative to the project.
    line
        Counted from 1.
    field
        ``steps[0].inputs.raw``; empty for the file as a whole.
    message
        The error, and a valid value.
    """

    file: str
    line: int
    field: str
    message: str

    def __str__(self) -> str:
        """Return ``file:line: field: message``."""
        return f"{self.file}:{self.line}: {f'{self.field}: ' if self.field else ''}{self.message}"


class InvalidProjectError(ValueError):
    """The project is invalid; the exception holds every problem of every file."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(set(problems)))
        super().__init__("\n".join(map(str, self.problems)))


class UnknownPipelineError(LookupError):
    """The project has no pipeline of this name."""


def field_name(location: Location) -> str:
    """Return a location as a path: ``steps[0].inputs.raw``."""
    written = ""
    for part in location:
        if isinstance(part, int):
            written += f"[{part}]"
        elif _PLAIN_KEY.fullmatch(part):
            written += f".{part}" if written else part
        else:
            written += f"[{shortened(repr(part))}]"
    return written


def shortened(text: str) -> str:
    """Return a long string without its middle: its end says how to fix the problem."""
    half = _LONGEST // 2
    return text if len(text) <= _LONGEST else f"{text[:half]} … {text[-half:]}"


def did_you_mean(given: str, known: Iterable[str]) -> str:
    """Return a hint: the closest of the known names, or all of them."""
    names = sorted(known)
    if near := difflib.get_close_matches(given, names, n=1):
        return f"did you mean {near[0]!r}?"
    return f"use {'one of ' if len(names) > 1 else ''}{', '.join(names)}" if names else "there are none"
