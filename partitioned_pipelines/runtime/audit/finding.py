"""What an audit found wrong: bounded in number, so that a state's error can hold it."""

from __future__ import annotations

from dataclasses import dataclass, field

MAX_FINDINGS_PER_FILE = 5
_MAX_QUOTED = 60


@dataclass(frozen=True, slots=True)
class Finding:
    """Something in a file that its table would not read as it is meant.

    Attributes
    ----------
    file
        Its URI or path.
    place
        ``line 3``, or ``the line at byte 1048576`` where the lines before it were not read; empty if it is the whole file.
    problem
        What is wrong, and what would be right.
    """

    file: str
    place: str
    problem: str

    def __str__(self) -> str:
        return f"{self.file}{f', {self.place}' if self.place else ''}: {self.problem}"


@dataclass(slots=True)
class FileFindings:
    """The findings of one file: the first of them, and how many there are.

    Attributes
    ----------
    has_rows
        Whether the file holds a row at all; None if that is not known.
    """

    file: str
    findings: list[Finding] = field(default_factory=list)
    count: int = 0
    has_rows: bool | None = None

    def add(self, place: str, problem: str) -> None:
        """Note a finding; of many the first are enough to see what is wrong."""
        self.count += 1
        if len(self.findings) < MAX_FINDINGS_PER_FILE:
            self.findings.append(Finding(self.file, place, problem))


def quoted(text: str) -> str:
    """Show a text of the data in quotes, not all of it where it is long."""
    return repr(text) if len(text) <= _MAX_QUOTED else f"{text[:_MAX_QUOTED]!r}…"


def cut(text: str) -> str:
    """Show a text, not all of it where it is long."""
    return text if len(text) <= _MAX_QUOTED else f"{text[:_MAX_QUOTED]}…"
