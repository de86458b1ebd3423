"""What a check is, and what it saw."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from partitioned_pipelines.cli.verify.scene import Scene


class Outcome(StrEnum):
    """What became of an assumption."""

    HELD = "held"
    NOT_HELD = "did not hold"
    NOT_SEEN = "not seen"
    NOT_ON_LOCAL = "not on local"
    BY_HAND = "by hand"


class CheckFailedError(RuntimeError):
    """What was done with the copy did not come out as it must; the checks that need it are not made."""


@dataclass(frozen=True)
class Seen:
    """What a check saw of an assumption."""

    assumption: str
    held: bool
    what: str


@dataclass(frozen=True)
class Check:
    """Something that is done with the copy.

    Attributes
    ----------
    name
        A word for it, by which the documentation names it, too.
    title
        What is done.
    assumptions
        What it sees to hold, or not to.
    aws_only
        Those of them that a local cloud says nothing about; of a check without others, nothing is done there.
    needs
        Checks without which it makes no sense.
    """

    name: str
    title: str
    perform: Callable[[Scene], Iterable[Seen]]
    assumptions: tuple[str, ...] = ()
    aws_only: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()

    @property
    def is_aws_only(self) -> bool:
        """Whether a local cloud has nothing for it."""
        return bool(self.assumptions) and set(self.assumptions) == set(self.aws_only)


@dataclass(frozen=True)
class Step:
    """How a check went: ``ok``, ``failed``, ``not made`` or ``not on local``; why, where it was not well."""

    name: str
    title: str
    status: str
    seconds: float
    reason: str = ""
