"""Older lines of the log of a job: the document of ``/api/log``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

from pydantic import ConfigDict

from partitioned_pipelines.operations.lake_state.documents.lake import CONFIG

MORE_LINES: Final = 1000
"""The lines of a page."""


@dataclass(frozen=True, slots=True)
class LogPage:
    """Lines of a job's log."""

    __pydantic_config__: ClassVar[ConfigDict] = CONFIG

    lines: tuple[str, ...]
    """The lines, oldest first; those of several machines by time."""
    next: str | None
    """The token of the lines before these; null if there are none."""
