"""``pipelines validate``: what is wrong with the pipeline files and deployment.yaml, all of it at once."""

from pathlib import PurePosixPath
from typing import Annotated

import typer

from cli.command import command
from cli.errors import CommandError, suggestion
from cli.exit_codes import ExitCode
from cli.output import note, print_json, say
from cli.settings import Settings
from pipeline_spec import DEPLOYMENT_FILE, InvalidContextError, InvalidProjectError, Problem, Project, load_project

Names = Annotated[list[str] | None, typer.Argument(metavar="[NAME]...", help="Pipelines.  [default: all]")]
Redshift = Annotated[
    bool,
    typer.Option(
        "--redshift",
        help="Also whether Redshift Spectrum can read the tables, as with redshift: true in deployment.yaml.",
    ),
]


@command
def validate(settings: Settings, names: Names = None, redshift: Redshift = False) -> None:
    """Check the pipeline files and deployment.yaml: every problem, with its file, line and field."""
    problems: list[Problem] = []
    known: set[str] = set()
    try:
        known = {pipeline.name for pipeline in _load(settings, redshift=redshift).pipelines}
    except InvalidProjectError as error:
        # A file that cannot be read has no other name than its own.
        folder = settings.project / "pipelines"
        known = {path.stem for pattern in ("*.yaml", "*.yml") for path in folder.glob(pattern)}
        wanted = known.intersection(names) if names else set(known)
        # The deployment's options concern every pipeline.
        wanted |= {PurePosixPath(DEPLOYMENT_FILE).stem}
        problems = [problem for problem in error.problems if not known or PurePosixPath(problem.file).stem in wanted]
    for name in names or []:
        if known and name not in known:
            raise CommandError(f"there is no pipeline {name!r}", suggestion(name, sorted(known)))
    if settings.json:
        print_json([_document(problem) for problem in problems])
    else:
        for problem in problems:
            say(str(problem))
    if problems:
        raise typer.Exit(ExitCode.INVALID)
    checked = names or sorted(known)
    note(f"{', '.join(checked)}: no problems")


def _load(settings: Settings, *, redshift: bool) -> Project:
    """Read the project, with the options as they are for an account."""
    try:
        return load_project(settings.project, redshift=redshift, overrides=settings.overrides)
    except InvalidContextError as error:
        raise CommandError(str(error)) from error


def _document(problem: Problem) -> dict[str, object]:
    return {"file": problem.file, "line": problem.line, "field": problem.field, "message": problem.message}
