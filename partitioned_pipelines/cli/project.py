"""The project of a command, and its pipelines, steps and tables by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from partitioned_pipelines.cli.errors import CommandError
from partitioned_pipelines.spec import (
    InvalidContextError,
    InvalidProjectError,
    UnknownPipelineError,
    load_project,
)
from partitioned_pipelines.spec.files.problems import did_you_mean

if TYPE_CHECKING:
    from partitioned_pipelines.cli.settings import Settings
    from partitioned_pipelines.spec import Project
    from partitioned_pipelines.spec.model.pipeline import Pipeline, Step, Table

Name = Annotated[str, typer.Argument(metavar="NAME", help="Name of the pipeline")]
TableName = Annotated[
    str | None, typer.Option("--table", metavar="DATABASE.TABLE", help="Table, if the pipeline has several")
]


def open_project(settings: Settings, *, redshift: bool = False) -> Project:
    """Return the project. Raises CommandError with all problems if it is invalid.

    ``redshift`` also checks that Redshift Spectrum can read the tables.
    """
    try:
        return load_project(settings.project, redshift=redshift, overrides=settings.overrides, local=settings.local)
    except (InvalidProjectError, InvalidContextError) as error:
        raise CommandError(str(error)) from error


def find_pipeline(project: Project, name: str) -> Pipeline:
    """Return the pipeline with a name. Raises CommandError, with a suggestion, if the name is unknown."""
    try:
        return project.pipeline(name)
    except UnknownPipelineError as error:
        raise CommandError(str(error)) from error


def find_step(pipeline: Pipeline, name: str) -> Step:
    """Return the step with a name. Raises CommandError, with a suggestion, if the name is unknown."""
    steps = {step.name: step for step in pipeline.steps}
    if name not in steps:
        raise CommandError(f"{pipeline.name} has no step {name!r}", did_you_mean(name, steps))
    return steps[name]


def find_table(pipeline: Pipeline, name: str | None) -> Table:
    """Return the table with a name, or the only table. Raises CommandError if the name is unknown, or is missing though needed."""
    tables = {f"{table.database}.{table.name}": table for table in pipeline.tables}
    if name is None and len(tables) == 1:
        return next(iter(tables.values()))
    if name is None:
        raise CommandError(f"{pipeline.name} has {len(tables)} tables", f"choose one: --table {' or '.join(tables)}")
    if name not in tables:
        raise CommandError(f"{pipeline.name} has no table {name!r}", did_you_mean(name, tables))
    return tables[name]


def how_partitions_are_seen(table: Table) -> str | None:
    """Return a sentence on how partitions become visible without RegisterPartitions; None if runs register and count them."""
    if table.registration == "msck":
        return (
            f"{table.qualified_name}: each run lets Athena look for new folders (MSCK REPAIR TABLE), which counts nothing and writes no "
            "receipts; pipelines partitions lists what is registered"
        )
    if table.registration == "projection":
        return (
            f"{table.qualified_name}: Athena works the partitions out from its keys' values (partition projection), the catalog holds "
            "none and no run leaves a receipt; a query finds whatever lies in their folders"
        )
    return None
