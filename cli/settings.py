"""The options that every command takes, before its name or after it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.errors import CommandError

if TYPE_CHECKING:
    from collections.abc import Mapping


class Target(StrEnum):
    """Where a command works."""

    LOCAL = "local"
    AWS = "aws"


# A panel of its own: a command's own options stand first, and apart.
_PANEL = "Options of every command"

ProjectOption = Annotated[
    Path | None,
    typer.Option(
        "--project",
        metavar="DIR",
        help="Folder that holds pipelines/.  [default: the current folder]",
        rich_help_panel=_PANEL,
    ),
]
TargetOption = Annotated[
    Target | None,
    typer.Option("--target", help="The local cloud, or your AWS account.  [default: local]", rich_help_panel=_PANEL),
]
PrefixOption = Annotated[
    str | None,
    typer.Option(
        "--prefix",
        metavar="TEXT",
        help="What the names of the stacks begin with.  [default: pipelines]",
        rich_help_panel=_PANEL,
    ),
]
JsonOption = Annotated[
    bool | None,
    typer.Option(
        "--json", help="Print one JSON document on standard output.", show_default=False, rich_help_panel=_PANEL
    ),
]

SHARED_OPTIONS: Mapping[str, Any] = {
    "project": ProjectOption,
    "target": TargetOption,
    "prefix": PrefixOption,
    "json": JsonOption,
}


def remember(context: typer.Context, **given: Any) -> None:
    """Keep the shared options that stand before a command's name; those nearer to it win."""
    context.obj = (context.obj or {}) | {name: value for name, value in given.items() if value is not None}


@dataclass(frozen=True)
class Settings:
    """What the shared options say."""

    project: Path
    target: Target
    prefix: str
    json: bool

    @classmethod
    def merge(cls, *layers: Mapping[str, Any]) -> Settings:
        """Read the shared options; a later layer wins over an earlier one.

        Raises
        ------
        CommandError
            Where the project is no folder, or the prefix cannot begin a stack's name.
        """
        given = {name: value for layer in layers for name, value in layer.items() if value is not None}
        project, prefix = Path(given.get("project", ".")), given.get("prefix", "pipelines")
        if not project.is_dir():
            raise CommandError(f"--project {project}: there is no such folder")
        if not re.fullmatch(r"[a-z](-?[a-z0-9])*", prefix) or len(prefix) > 20:
            raise CommandError(f"--prefix {prefix!r}: give 1 to 20 lower-case letters, digits and single hyphens")
        return cls(project.resolve(), given.get("target", Target.LOCAL), prefix, given.get("json", False))

    @property
    def local(self) -> bool:
        """Whether the command works on the local cloud."""
        return self.target is Target.LOCAL

    @cached_property
    def data_lake_stack(self) -> str:
        """The name of the stack that all pipelines share."""
        return f"{self.prefix}-data-lake"

    def pipeline_stack(self, pipeline_name: str) -> str:
        """Give the name of a pipeline's stack."""
        return f"{self.prefix}-{pipeline_name.replace('_', '-')}"
