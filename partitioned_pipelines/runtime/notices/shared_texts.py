"""The texts that notices have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING

from partitioned_pipelines.lake.unsafe_text import without_unsafe

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

LONGEST_QUOTE = 2_000
_ENDS = {11, 12, 13}


def command(pipeline: str, options: Sequence[str], *words: str) -> str:
    """Return a command about a pipeline: ``pipelines logs NAME …``, with the options that find its deployment."""
    name, *rest = words
    return " ".join(("pipelines", name, pipeline, *rest, *options))


def last_part(lines: Iterable[str], longest: int = LONGEST_QUOTE) -> list[str]:
    """Return the last lines that have at most so many characters together; if the last one alone has more, its end."""
    found: list[str] = []
    left = longest
    for line in reversed([without_unsafe(line).replace("\n", " ").rstrip() for line in lines]):
        if len(line) > left:
            return found or [f"…{line[-longest:]}"]
        found.insert(0, line)
        left -= len(line) + 1
    return found


def ordinal(number: int) -> str:
    """Return ``1st``, ``2nd``, ``3rd``, ``4th`` and so on."""
    ending = "th" if number % 100 in _ENDS else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def indented(lines: Iterable[str]) -> str:
    """Return lines as a quote."""
    return "\n".join(f"    {line}" for line in lines)
