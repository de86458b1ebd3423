"""The remedies of failures: words and commands. The CLI completes the commands, because only it knows pipeline, target and project."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True)
class Command:
    """A ``pipelines`` command in a remedy.

    Attributes
    ----------
    words
        The command's name, one or two words: ``("local", "up")``.
    options
        The command's options with their values.
    about
        The command's subject: the whole project, the current pipeline, or one table of that pipeline.
    target
        The only target that the command supports; None for the target of the failed command.
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
    """Return a command for the current table."""
    return Command((name,), options, "table")


DEPLOY = Command(("deploy",))


@dataclass(frozen=True, slots=True)
class Remedy:
    """Words and commands, in reading order."""

    parts: tuple[str | Command, ...]

    @classmethod
    def of(cls, *parts: str | Command) -> Remedy:
        """Create a remedy from its parts."""
        return cls(parts)

    def __str__(self) -> str:
        return self.written(str)

    def written(self, complete: Callable[[Command], str]) -> str:
        """Return the remedy as a string, with each command as formatted by ``complete``."""
        return "".join(part if isinstance(part, str) else complete(part) for part in self.parts)
