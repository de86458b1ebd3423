"""``pipelines validate``: a report of all problems of the pipeline files and deployment.yaml."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import Annotated

import typer

from partitioned_pipelines.cli.command import command
from partitioned_pipelines.cli.deployment.preflight.partition_keys import key_changes
from partitioned_pipelines.cli.errors import CommandError, ExitCode
from partitioned_pipelines.cli.settings import Settings
from partitioned_pipelines.cli.target.local_state import LocalState
from partitioned_pipelines.cli.target.target import Cloud, told_in_words
from partitioned_pipelines.cli.terminal.output import note, print_json, say
from partitioned_pipelines.spec import (
    DEPLOYMENT_FILE,
    InvalidContextError,
    InvalidProjectError,
    Problem,
    Project,
    load_project,
)
from partitioned_pipelines.spec.checks.schedule_times import clock_changes, has_ended
from partitioned_pipelines.spec.files.problems import did_you_mean

Names = Annotated[list[str] | None, typer.Argument(metavar="[NAME]...", help="Names of the pipelines  [default: all]")]
Redshift = Annotated[
    bool,
    typer.Option(
        "--redshift",
        help="Check also whether Redshift Spectrum can read the tables, as with redshift: true in deployment.yaml",
    ),
]


@command
def validate(settings: Settings, names: Names = None, redshift: Redshift = False) -> None:
    """Check the pipeline files and deployment.yaml, and report every problem with its file, line and field.

    The network is used only to compare with deployed tables: those of the project's local cloud, if one
    is running, or with --target aws those of your account. A change of partition keys is refused while the deployed table holds data.

    Warnings name the days of the next two years on which a schedule does not fire, or fires once although its time comes twice. They
    do not fail the command.
    """
    problems: list[Problem] = []
    warnings: list[Problem] = []
    known: set[str] = set()
    try:
        project = _load(settings, redshift=redshift)
        known = {pipeline.name for pipeline in project.pipelines}
        checked = known.intersection(names or known)
        problems = [*_ended_schedules(project, checked), *_changed_keys(settings, project, checked)]
        warnings = _clock_changes(project, checked)
    except InvalidProjectError as error:
        # The pipeline of an invalid file can only be identified by the file's name.
        folder = settings.project / "pipelines"
        known = {path.stem for pattern in ("*.yaml", "*.yml") for path in folder.glob(pattern)}
        wanted = known.intersection(names) if names else set(known)
        # The deployment's options affect every pipeline.
        wanted |= {PurePosixPath(DEPLOYMENT_FILE).stem}
        problems = [problem for problem in error.problems if not known or PurePosixPath(problem.file).stem in wanted]
    for name in names or []:
        if known and name not in known:
            raise CommandError(f"no pipeline {name!r}", did_you_mean(name, sorted(known)))
    _report(settings, problems, warnings)
    if problems:
        raise typer.Exit(ExitCode.INVALID)
    note(f"{', '.join(names or sorted(known))}: {'no problems' if not warnings else 'no problems but warnings'}")


def _load(settings: Settings, *, redshift: bool) -> Project:
    """Return the project with the options for an account."""
    try:
        return load_project(settings.project, redshift=redshift, overrides=settings.overrides)
    except InvalidContextError as error:
        raise CommandError(str(error)) from error


def _report(settings: Settings, problems: list[Problem], warnings: list[Problem]) -> None:
    if settings.json:
        errors = [_document(problem, "error") for problem in problems]
        print_json(errors + [_document(warning, "warning") for warning in warnings])
        return
    for problem in problems:
        say(str(problem))
    for warning in warnings:
        note(f"warning: {warning}", style="yellow")


def _ended_schedules(project: Project, checked: set[str]) -> list[Problem]:
    """Return errors for schedules that have ended. Only validate reports them: a project must stay operable after a schedule ends."""
    today = datetime.now(UTC).date()
    return [
        project.problem(pipeline.name, ("schedule", "cron"), message)
        for pipeline in project.pipelines
        if pipeline.name in checked and pipeline.schedule and (message := has_ended(pipeline.schedule, today))
    ]


def _clock_changes(project: Project, checked: set[str]) -> list[Problem]:
    today = datetime.now(UTC).date()
    return [
        project.problem(pipeline.name, ("schedule", "cron"), message)
        for pipeline in project.pipelines
        if pipeline.name in checked and pipeline.schedule
        for message in clock_changes(pipeline.schedule, today)
    ]


def _changed_keys(settings: Settings, project: Project, checked: set[str]) -> list[Problem]:
    with _deployed_tables(settings) as cloud:
        if cloud is None:
            return []
        return [
            project.problem(change.pipeline, ("tables", change.index, "partition_keys"), change.message)
            for change in key_changes(cloud.glue, cloud.s3, project)
            if change.pipeline in checked
        ]


@contextmanager
def _deployed_tables(settings: Settings) -> Iterator[Cloud | None]:
    """Yield the cloud whose tables the files are compared with: AWS if requested, else the local cloud if it is running, else None."""
    with told_in_words():
        if not settings.local:
            yield Cloud.aws(settings.options.region)
            return
        running = LocalState(settings.project).running()
        yield Cloud.local(running.endpoint) if running else None


def _document(problem: Problem, severity: str) -> dict[str, object]:
    return {
        "severity": severity,
        "file": problem.file,
        "line": problem.line,
        "field": problem.field,
        "message": problem.message,
    }
