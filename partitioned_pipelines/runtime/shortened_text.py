"""Long texts of scripts, services and objects, shortened for lines and answers that have a limit."""

from __future__ import annotations

from partitioned_pipelines.lake.unsafe_text import without_unsafe

LONGEST_MESSAGE = 1_000


def shortened(text: str, longest: int = LONGEST_MESSAGE) -> str:
    """Return a text without unsafe characters, with its end left out if it is long."""
    plain = without_unsafe(text).strip()
    return plain if len(plain) <= longest else f"{plain[:longest]}…"


def shortened_inside(text: str, longest: int) -> str:
    """Return a text with its middle left out if it is long: of a key and a reason, both are needed."""
    half = longest // 2
    return text if len(text) <= longest else f"{text[:half]}…{text[-half:]}"
