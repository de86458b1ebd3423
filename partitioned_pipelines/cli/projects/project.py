"""The project of a command: its pipelines, or what is wrong with them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from partitioned_pipelines.cli.errors import CommandError
from partitioned_pipelines.spec import (
    InvalidContextError,
    InvalidProjectError,
    UnknownPipelineError,
    load_project,
)

if TYPE_CHECKING:
    from partitioned_pipelines.cli.settings import Settings
    from partitioned_pipelines.spec import Project
    from partitioned_pipelines.spec.model.pipeline import Pipeline


def open_project(settings: Settings, *, redshift: bool = False) -> Project:
    """Read the project's pipeline files; CommandError with every problem where they are not right.

    ``redshift`` asks whether Redshift Spectrum can read the tables, too.
    """
    try:
        return load_project(settings.project, redshift=redshift, overrides=settings.overrides, local=settings.local)
    except (InvalidProjectError, InvalidContextError) as error:
        raise CommandError(str(error)) from error


def find_pipeline(project: Project, name: str) -> Pipeline:
    """Find a pipeline by its name; CommandError with the nearest name where there is none."""
    try:
        return project.pipeline(name)
    except UnknownPipelineError as error:
        raise CommandError(str(error)) from error
