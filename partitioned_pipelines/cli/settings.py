"""The options that every command accepts, before its name or after it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from partitioned_pipelines.cli.errors import CommandError
from partitioned_pipelines.lake.stack_names import data_lake_stack_name, pipeline_stack_name
from partitioned_pipelines.spec import (
    DeploymentFile,
    InvalidContextError,
    InvalidProjectError,
    prefix_problem,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from partitioned_pipelines.spec import Deployment


class Target(StrEnum):
    """The cloud that a command works on."""

    LOCAL = "local"
    AWS = "aws"


# A separate panel, so that a command's own options come first.
_PANEL = "Options of every command"

ProjectOption = Annotated[
    Path | None,
    typer.Option(
        "--project",
        metavar="DIR",
        help="Folder that holds pipelines/  [default: the current folder, or the nearest one above that has pipelines/*.yaml]",
        rich_help_panel=_PANEL,
    ),
]
TargetOption = Annotated[
    Target | None,
    typer.Option("--target", help="The local cloud, or your AWS account  [default: local]", rich_help_panel=_PANEL),
]
PrefixOption = Annotated[
    str | None,
    typer.Option(
        "--prefix",
        metavar="TEXT",
        help="Stack name prefix  [default: the prefix of deployment.yaml, or pipelines]",
        rich_help_panel=_PANEL,
    ),
]
JsonOption = Annotated[
    bool | None,
    typer.Option(
        "--json", help="Print one JSON document on standard output", show_default=False, rich_help_panel=_PANEL
    ),
]

SHARED_OPTIONS: Mapping[str, Any] = {
    "project": ProjectOption,
    "target": TargetOption,
    "prefix": PrefixOption,
    "json": JsonOption,
}


def project_above() -> Path:
    """Return the project that contains the current folder, as git does; the current folder if no project contains it."""
    here = Path.cwd()
    for folder in (here, *here.parents):
        if any(found for pattern in ("*.yaml", "*.yml") for found in (folder / "pipelines").glob(pattern)):
            return folder
    return here


def remember(context: typer.Context, **given: Any) -> None:
    """Store the shared options given before a command's name; later ones take precedence."""
    context.obj = (context.obj or {}) | {name: value for name, value in given.items() if value is not None}


@dataclass(frozen=True)
class Settings:
    """The values of the shared options."""

    project: Path
    target: Target
    given_prefix: str | None
    json: bool

    @classmethod
    def merge(cls, *layers: Mapping[str, Any]) -> Settings:
        """Return the settings from the shared options; a later layer takes precedence over an earlier one.

        Raises
        ------
        CommandError
            If the project is not a folder, or if the prefix is invalid.
        """
        given = {name: value for layer in layers for name, value in layer.items() if value is not None}
        project, prefix = Path(given.get("project") or project_above()), given.get("prefix")
        if not project.is_dir():
            raise CommandError(f"--project {project}: no such folder")
        if prefix is not None and (problem := prefix_problem(prefix)):
            raise CommandError(f"--prefix {problem}")
        return cls(project.resolve(), given.get("target", Target.LOCAL), prefix, given.get("json", False))

    @property
    def local(self) -> bool:
        """Whether the command works on the local cloud."""
        return self.target is Target.LOCAL

    @property
    def overrides(self) -> dict[str, str]:
        """The options that override those of ``deployment.yaml``."""
        return {} if self.given_prefix is None else {"prefix": self.given_prefix}

    @cached_property
    def options(self) -> Deployment:
        """The options of the deployment.

        Raises
        ------
        CommandError
            If ``deployment.yaml`` is invalid; the message contains all problems.
        """
        try:
            return DeploymentFile.read(self.project).replaced(self.overrides)
        except (InvalidProjectError, InvalidContextError) as error:
            raise CommandError(str(error)) from error

    @property
    def prefix(self) -> str:
        """The stack name prefix: ``--prefix``, or that of ``deployment.yaml``."""
        return self.options.prefix

    @cached_property
    def data_lake_stack(self) -> str:
        """The name of the stack that all pipelines share."""
        return data_lake_stack_name(self.prefix)

    def pipeline_stack(self, pipeline_name: str) -> str:
        """Return the name of a pipeline's stack."""
        return pipeline_stack_name(self.prefix, pipeline_name)
