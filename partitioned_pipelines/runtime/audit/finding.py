"""The findings of an audit, limited in number so that they fit into a state's error."""

from __future__ import annotations

from dataclasses import dataclass, field

MAX_FINDINGS_PER_FILE = 5
_MAX_QUOTED = 60


@dataclass(frozen=True, slots=True)
class Finding:
    """A part of a file that its table would not read as intended.

    Attributes
    ----------
    file
        The file's URI or path.
    place
        ``line 3``, or ``the line at byte 1048576`` if the lines before it were not read; empty if the finding is about the whole file.
    problem
        The problem and its correction.
    """

    file: str
    place: str
    problem: str

    def __str__(self) -> str:
        return f"{self.file}{f', {self.place}' if self.place else ''}: {self.problem}"


@dataclass(slots=True)
class FileFindings:
    """The first findings of one file, and the number of all of them.

    Attributes
    ----------
    has_rows
        True if the file has at least one row; None if unknown.
    rows
        The number of rows; None unless the file itself says it.
    """

    file: str
    findings: list[Finding] = field(default_factory=list)
    count: int = 0
    has_rows: bool | None = None
    rows: int | None = None

    def add(self, place: str, problem: str) -> None:
        """Record a finding. Only the first findings of a file are kept, which is enough to see the problem."""
        self.count += 1
        if len(self.findings) < MAX_FINDINGS_PER_FILE:
            self.findings.append(Finding(self.file, place, problem))


def quoted(text: str) -> str:
    """Return a string of the data in quotes, shortened if it is long."""
    return repr(text) if len(text) <= _MAX_QUOTED else f"{text[:_MAX_QUOTED]!r}…"


def cut(text: str) -> str:
    """Return a string, shortened if it is long."""
    return text if len(text) <= _MAX_QUOTED else f"{text[:_MAX_QUOTED]}…"
