"""What to do about a failure: words, and commands that the CLI completes, which alone knows the pipeline, the target and the project."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True)
class Command:
    """A ``pipelines`` command that a remedy names.

    Attributes
    ----------
    words
        Its name, of one word or two: ``("local", "up")``.
    options
        Its own options, and their values.
    about
        What it works on: the whole project, the pipeline at hand, or one table of that pipeline.
    target
        The only target that it is for; None if it is for the one that the failure is about.
    """

    words: tuple[str, ...]
    options: tuple[str, ...] = ()
    about: Literal["project", "pipeline", "table"] = "project"
    target: Literal["local", "aws"] | None = None

    def __str__(self) -> str:
        name = [] if self.about == "project" else ["NAME"]
        target = ["--target", "aws"] if self.target == "aws" else []
        return " ".join(["pipelines", *self.words, *name, *target, *map(shlex.quote, self.options)])


def of_table(name: str, *options: str) -> Command:
    """Return a command on the table at hand."""
    return Command((name,), options, "table")


DEPLOY = Command(("deploy",))


@dataclass(frozen=True, slots=True)
class Remedy:
    """Words and commands, in the order in which they are read."""

    parts: tuple[str | Command, ...]

    @classmethod
    def of(cls, *parts: str | Command) -> Remedy:
        """Return a remedy of these parts."""
        return cls(parts)

    def __str__(self) -> str:
        return self.written(str)

    def written(self, complete: Callable[[Command], str]) -> str:
        """Return the remedy as a string, with each command as ``complete`` writes it."""
        return "".join(part if isinstance(part, str) else complete(part) for part in self.parts)
