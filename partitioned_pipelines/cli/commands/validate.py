"""``pipelines validate``: a report of all problems of the pipeline files and deployment.yaml."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from partitioned_pipelines.cli.command import command
from partitioned_pipelines.cli.deployment.preflight.partition_keys import key_changes
from partitioned_pipelines.cli.errors import CommandError, ExitCode
from partitioned_pipelines.cli.settings import Settings
from partitioned_pipelines.cli.target.local_state import LocalState
from partitioned_pipelines.cli.target.target import Cloud, told_in_words
from partitioned_pipelines.cli.terminal.output import note, print_json, say
from partitioned_pipelines.lake.schedule.interval_rule import schedule_rule
from partitioned_pipelines.operations.costs.price_list import InvalidPriceListError, PriceList
from partitioned_pipelines.spec import (
    DEPLOYMENT_FILE,
    InvalidContextError,
    InvalidProjectError,
    Pipeline,
    Problem,
    Project,
    Schedule,
    describe_jobs,
    load_project,
)
from partitioned_pipelines.spec.checks.schedules.schedule_advice import advise, next_firings, replaced_partitions
from partitioned_pipelines.spec.checks.schedules.schedule_check import has_ended
from partitioned_pipelines.spec.checks.schedules.start_advice import advise_start, next_starts
from partitioned_pipelines.spec.derived.interval_rule import key_timezone
from partitioned_pipelines.spec.derived.projection import hidden_by_now
from partitioned_pipelines.spec.files.problems import did_you_mean

if TYPE_CHECKING:
    from partitioned_pipelines.spec.files.problems import Location

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

    For each schedule, the next three firings are printed with the intervals that their runs process, or the next three deadlines with what
    their runs wait for. Warnings name the days of the next
    two years on which a schedule does not fire, or fires once although its time comes twice, and firings that are more or fewer than the
    intervals. They do not fail the command.
    """
    problems: list[Problem] = []
    remarks: list[Remark] = []
    known: set[str] = set()
    try:
        project = _load(settings, redshift=redshift)
        known = {pipeline.name for pipeline in project.pipelines}
        checked = known.intersection(names or known)
        problems = [
            *_price_problems(project),
            *_ended_schedules(project, checked),
            *_changed_keys(settings, project, checked),
        ]
        remarks = _remarks(project, checked, datetime.now(UTC))
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
    _report(settings, problems, remarks)
    if problems:
        raise typer.Exit(ExitCode.INVALID)
    warned = any(remark.severity == "warning" for remark in remarks)
    note(f"{', '.join(names or sorted(known))}: {'no problems but warnings' if warned else 'no problems'}")


def _load(settings: Settings, *, redshift: bool) -> Project:
    """Return the project with the options for an account."""
    try:
        return load_project(settings.project, redshift=redshift, overrides=settings.overrides)
    except InvalidContextError as error:
        raise CommandError(str(error)) from error


Severity = Literal["warning", "note", "firing"]


@dataclass(frozen=True)
class Remark:
    """What is said about a valid file: a warning, a note, or a firing of its schedule."""

    severity: Severity
    problem: Problem


def _report(settings: Settings, problems: list[Problem], remarks: list[Remark]) -> None:
    if settings.json:
        errors = [_document(problem, "error") for problem in problems]
        print_json(errors + [_document(remark.problem, remark.severity) for remark in remarks])
        return
    for problem in problems:
        say(str(problem))
    for remark in remarks:
        if remark.severity == "firing":
            note(f"{PurePosixPath(remark.problem.file).stem}: {remark.problem.message}", style="dim")
        else:
            note(f"{remark.severity}: {remark.problem}", style="yellow" if remark.severity == "warning" else "dim")


def _price_problems(project: Project) -> list[Problem]:
    """Return errors for the list of prices that deployment.yaml names."""
    file = project.deployment.prices
    if file is None:
        return []
    try:
        PriceList.parse((project.root / file).read_text(encoding="utf-8"), file)
    except InvalidPriceListError as error:
        return [Problem(file, 1, "", problem) for problem in error.problems]
    except UnicodeDecodeError as error:
        return [Problem(file, 1, "", f"is not UTF-8: {error}")]
    return []


def _ended_schedules(project: Project, checked: set[str]) -> list[Problem]:
    """Return errors for schedules that have ended. Only validate reports them: a project must stay operable after a schedule ends."""
    today = datetime.now(UTC).date()
    return [
        project.problem(pipeline.name, ("schedule", "cron"), message)
        for pipeline in project.pipelines
        if pipeline.name in checked
        and pipeline.schedule
        and pipeline.schedule.cron
        and (message := has_ended(pipeline.schedule, today))
    ]


def _remarks(project: Project, checked: set[str], now: datetime) -> list[Remark]:
    return [
        Remark(severity, project.problem(pipeline.name, place, message))
        for pipeline in project.pipelines
        if pipeline.name in checked
        for severity, place, message in (
            *_said_of_jobs(pipeline),
            *(_said_about(pipeline, pipeline.schedule, now) if pipeline.schedule else ()),
        )
    ]


def _said_of_jobs(pipeline: Pipeline) -> "Iterator[tuple[Severity, Location, str]]":
    if pipeline.jobs == "shared":
        for sentence in describe_jobs(pipeline):
            yield "note", ("jobs",), sentence


def _said_about(pipeline: Pipeline, schedule: Schedule, now: datetime) -> "Iterator[tuple[Severity, Location, str]]":
    for text in next_firings(schedule, now):
        yield "firing", ("schedule", "cron"), f"fires at {text}"
    for text in next_starts(pipeline, now):
        yield "firing", ("schedule", "when"), text
    for place, message in advise_start(pipeline, now):
        yield "warning", place, message
    for advice in advise(schedule, now):
        yield advice.severity, ("schedule", "cron"), advice.message
    for index, table in enumerate(pipeline.tables):
        if replaced := replaced_partitions(table, schedule):
            yield "warning", ("tables", index, "partition_keys"), replaced
        for key, message in hidden_by_now(table, key_timezone(table, schedule), schedule_rule(schedule)):
            yield "warning", ("tables", index, "partition_keys", key, "projection", "range"), message


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
