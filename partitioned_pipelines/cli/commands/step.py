"""``pipelines step``: a run of a single step in this terminal, on local files, without a cloud."""

import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from partitioned_pipelines.cli.command import command
from partitioned_pipelines.cli.commands.run import At, Date, From, To
from partitioned_pipelines.cli.errors import CommandError, ExitCode
from partitioned_pipelines.cli.project import Name, find_pipeline, find_step, open_project
from partitioned_pipelines.cli.runs.input_files import GivenInput
from partitioned_pipelines.cli.runs.interval_options import asked_interval
from partitioned_pipelines.cli.settings import Settings
from partitioned_pipelines.cli.steps.local_plan import LocalPlan
from partitioned_pipelines.cli.steps.output_folder import OutputFolder
from partitioned_pipelines.cli.steps.step_folders import LOCAL_LAKE, StepFolders, match_inputs, write_job_config
from partitioned_pipelines.cli.steps.step_image import local_image
from partitioned_pipelines.cli.target.locations import IMAGE_STORE
from partitioned_pipelines.cli.terminal.output import note, print_json, say
from partitioned_pipelines.lake.intervals.interval import Interval
from partitioned_pipelines.lake.run_facts import build_run_id
from partitioned_pipelines.spec.derived.job import container_entrypoint
from partitioned_pipelines.spec.model.pipeline import Pipeline, Step
from partitioned_pipelines.spec.schedule.interval_rule import interval_rule

if TYPE_CHECKING:
    from local_cloud.container import ContainerResult, ContainerSpec

StepName = Annotated[str, typer.Argument(metavar="STEP", help="Name of the step")]
Inputs = Annotated[
    list[str] | None,
    typer.Option("--input", metavar="NAME=FILE", help="File or folder for an input of the step; may be repeated"),
]
Output = Annotated[
    Path,
    typer.Option(
        "--output", metavar="DIR", help="Folder for the output, with a subfolder each if the step has several"
    ),
]
Force = Annotated[
    bool, typer.Option("--force", help="Write into the output folder even if it holds other files, which stay")
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Hide the script's output")]


@command
def step(
    settings: Settings,
    name: Name,
    step_name: StepName,
    output: Output,
    inputs: Inputs = None,
    date: Date = None,
    at: At = None,
    from_: From = None,
    to: To = None,
    force: Force = False,
    quiet: Quiet = False,
) -> None:
    """Run one step on local files, as a processing job would; breakpoint() works.

    By default, the interval is the one that a run scheduled now would process. What an earlier step wrote to the output folder is
    replaced.
    """
    from local_cloud.container import ContainerSpec, UnreadableOutputError, memory_bound  # from the extra `local`
    from local_cloud.images import ImageStore

    project = open_project(settings)
    pipeline = find_pipeline(project, name)
    found = find_step(pipeline, step_name)
    now = datetime.now(UTC)
    plan = LocalPlan.of(
        pipeline, _interval(pipeline, (date, at, from_, to), now), LOCAL_LAKE, build_run_id(now, "pipelines step")
    )
    matched = match_inputs(found, [GivenInput.parse(text) for text in inputs or []])
    arguments = [plan.resolve(text, f"step {found.name!r}, arguments,") for text in found.arguments]
    folder_of_output = OutputFolder(output)
    folder_of_output.check(force=force)
    image = local_image(found.image, project.root, ImageStore(IMAGE_STORE))
    with tempfile.TemporaryDirectory(prefix="pipelines-step-") as folder:
        folders = StepFolders(Path(folder) / "ml", found)
        folders.prepare(project.root, plan, matched)
        entry = (*container_entrypoint(found), *arguments)
        environment = plan.environment(found)
        write_job_config(folders.opt_ml, found, entry, environment)
        spec = ContainerSpec(
            image=image,
            command=entry,
            opt_ml=folders.opt_ml,
            environment=environment,
            network=not pipeline.network_isolation,
            timeout_seconds=found.timeout_minutes * 60,
            memory_bytes=memory_bound(found.instance.type),
            interactive=sys.stdin.isatty() and not settings.json and not quiet,
            scratch=Path(folder),
            ends_with_this_process=True,
        )
        if found.is_spark:
            spec = _with_spark(spec, folders, Path(folder) / "programs")
        # Prefixed as in `run`, so that a script's lines cannot be mistaken for this program's.
        result = _run(spec, None if quiet else lambda line: note(f"  {found.name} | {line}", style="dim"))
        try:
            folder_of_output.clear()
            written = folders.collect(output)
            folder_of_output.record(written)
        except UnreadableOutputError as error:
            raise CommandError(f"the output of {found.name} is invalid: {error}", exit_code=ExitCode.FAILED) from error
    _tell(settings, found, result, written)
    if result.exit_code != 0 or result.timed_out:
        raise typer.Exit(ExitCode.FAILED)


def _interval(pipeline: Pipeline, options: tuple[str | None, ...], now: datetime) -> Interval:
    on, at, start, end = options
    rule = interval_rule(pipeline)
    asked = asked_interval(rule.calendar, on=on, at=at, start=start, end=end)
    if asked is not None:
        return asked
    interval = rule.scheduled_at(now)
    note(f"--date is not set: processing {interval}, as a run scheduled now would")
    return interval


def _with_spark(spec: "ContainerSpec", folders: StepFolders, programs: Path) -> "ContainerSpec":
    from local_cloud.spark import folder_environment, write_programs  # imports all of moto

    environment = {**spec.environment, **folder_environment(folders.s3)}
    return replace(spec, environment=environment, programs=write_programs(programs))


def _run(spec: "ContainerSpec", on_line: Callable[[str], None] | None) -> "ContainerResult":
    from local_cloud.container import NoIsolationError, run_container

    try:
        return run_container(spec, on_line)
    except NoIsolationError as error:
        raise CommandError(str(error)) from error


def _tell(settings: Settings, step: Step, result: "ContainerResult", written: list[Path]) -> None:
    if result.timed_out:
        note(f"{step.name} was stopped after its {step.timeout_minutes} minutes", style="bold red")
    elif result.out_of_memory:
        from local_cloud.container import memory_bound

        bound = memory_bound(step.instance.type) / 1024**3
        note(
            f"{step.name} was stopped: it used more memory than {step.instance.type} has here, {bound:.1f} GiB",
            style="bold red",
        )
    elif result.exit_code != 0:
        message = f": {result.exit_message}" if result.exit_message else ""
        note(f"{step.name} failed with exit code {result.exit_code}{message}", style="bold red")
    if settings.json:
        document = {
            "exit_code": result.exit_code,
            "exit_message": result.exit_message,
            "timed_out": result.timed_out,
            "files": [str(path) for path in written],
        }
        print_json(document)
        return
    for path in written:
        say(str(path))
    note(f"{len(written)} {'file' if len(written) == 1 else 'files'} written")
