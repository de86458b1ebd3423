"""Strings of letters in run-length form: ``t398f2`` is 398 intervals that are there, and two that failed."""

from __future__ import annotations

import re
from itertools import groupby
from typing import TYPE_CHECKING, cast

from partitioned_pipelines.operations.lake_state.interval_letters import LETTERS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from partitioned_pipelines.operations.lake_state.interval_letters import Letter

_LETTERS = "".join(map(re.escape, LETTERS))
PATTERN = f"([{_LETTERS}]([2-9]|[1-9][0-9]+)?)*"
"""The form of an encoded string; a letter that stands alone has no number."""
_ENCODED = re.compile(PATTERN)
_PART = re.compile(f"([{_LETTERS}])([0-9]*)")


class InvalidRunLengthError(ValueError):
    """A string is not letters with their numbers."""


def encode(letters: Iterable[Letter]) -> str:
    """Return letters in run-length form; equal neighbours are one part."""
    parts = ((letter, sum(1 for _ in equal)) for letter, equal in groupby(letters))
    return "".join(letter if count == 1 else f"{letter}{count}" for letter, count in parts)


def parts(encoded: str) -> Iterator[tuple[Letter, int]]:
    """Yield each letter of a string in run-length form, with the number of its repetitions.

    Raises
    ------
    InvalidRunLengthError
        If it has another form.
    """
    if not _ENCODED.fullmatch(encoded):
        raise InvalidRunLengthError(
            f"{encoded[:80]!r} is not a string such as t398f2, of the letters {''.join(LETTERS)}"
        )
    for letter, count in _PART.findall(encoded):
        yield cast("Letter", letter), int(count or 1)


def decode(encoded: str) -> list[Letter]:
    """Return the letters of a string in run-length form. Raises InvalidRunLengthError if it has another form."""
    return [letter for letter, count in parts(encoded) for _ in range(count)]


def length(encoded: str) -> int:
    """Return the number of letters of a string in run-length form. Raises InvalidRunLengthError if it has another form."""
    return sum(count for _, count in parts(encoded))
