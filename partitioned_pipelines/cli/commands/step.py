"""``pipelines step``: a run of a single step in this terminal, on local files or on what a job of an earlier run was given."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Annotated, Any

import typer

from partitioned_pipelines.cli.command import command
from partitioned_pipelines.cli.commands.run import At, Date, From, To
from partitioned_pipelines.cli.errors import CommandError, ExitCode
from partitioned_pipelines.cli.project import Name, find_pipeline, find_step, open_project
from partitioned_pipelines.cli.runs.input_files import GivenInput
from partitioned_pipelines.cli.runs.intervals.interval_options import asked_interval
from partitioned_pipelines.cli.settings import Settings
from partitioned_pipelines.cli.steps.local_job import LocalJob
from partitioned_pipelines.cli.steps.local_plan import LocalPlan
from partitioned_pipelines.cli.steps.output_folder import OutputFolder
from partitioned_pipelines.cli.steps.past_job import PastJob, parse_size
from partitioned_pipelines.cli.steps.step_folders import LOCAL_LAKE, StepFolders, describe_step, match_inputs
from partitioned_pipelines.cli.steps.step_image import local_image
from partitioned_pipelines.cli.target.clouds import open_cloud
from partitioned_pipelines.cli.target.locations import IMAGE_STORE
from partitioned_pipelines.cli.terminal.output import note, print_json, say, somebody_is_there
from partitioned_pipelines.lake.intervals.interval import Interval
from partitioned_pipelines.lake.runs.run_facts import build_run_id
from partitioned_pipelines.lake.runs.shared_job import StepLines
from partitioned_pipelines.spec.derived.interval_rule import interval_rule
from partitioned_pipelines.spec.model.pipeline import Pipeline

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
RunId = Annotated[
    str | None,
    typer.Option("--run", metavar="RUN", help="Run whose job to repeat here: its id, or last for the newest run"),
]
MaxSize = Annotated[str, typer.Option("--max-size", metavar="SIZE", help="Most that --run may download, such as 500MB")]
ProjectCode = Annotated[
    bool,
    typer.Option("--project-code", help="With --run: run the project's script instead of the job's, to test a fix"),
]
Debug = Annotated[bool, typer.Option("--debug", help="Run the script in Python's debugger, pdb, on this terminal")]
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
    run_id: RunId = None,
    max_size: MaxSize = "2GB",
    project_code: ProjectCode = False,
    debug: Debug = False,
    force: Force = False,
    quiet: Quiet = False,
) -> None:
    """Run one step on local files, as a processing job would; breakpoint() works.

    By default, the interval is the one that a run scheduled now would process. What an earlier step wrote to the output folder is
    replaced.

    With --run, the step's last job in that run is repeated here: its inputs, script, arguments and environment variables are
    fetched from the target.
    """
    from local_cloud.container import UnreadableOutputError  # from the extra `local`
    from local_cloud.folder_removal import temporary_folder
    from local_cloud.images import ImageStore

    if run_id is not None and (inputs or date or at or from_ or to):
        raise CommandError("--run takes inputs and dates from the run", "omit --input, --date, --at, --from and --to")
    if run_id is None and project_code:
        raise CommandError("--project-code has no effect without --run", "omit it: the project's script runs anyway")
    most_bytes = parse_size(max_size)
    project = open_project(settings)
    pipeline = find_pipeline(project, name)
    found = find_step(pipeline, step_name)
    interactive = somebody_is_there() and not settings.json and not quiet
    if debug and not interactive:
        raise CommandError(
            "--debug needs a terminal", "omit --json and --quiet, and redirect nothing to standard input"
        )
    folder_of_output = OutputFolder(output)
    folder_of_output.check(force=force)
    store = ImageStore(IMAGE_STORE)
    past: PastJob | None = None
    with temporary_folder("pipelines-step-") as folder:
        opt_ml = folder / "ml"
        if run_id is None:
            plan, matched = (
                _plan(pipeline, (date, at, from_, to)),
                match_inputs(found, map(GivenInput.parse, inputs or [])),
            )
            job = LocalJob(opt_ml, describe_step(pipeline, found, plan))
            image = local_image(found.image, project.root, store)
            StepFolders(opt_ml, found).prepare(project.root, plan, matched)
        else:
            with open_cloud(settings) as cloud:
                past = PastJob.find(settings, cloud, pipeline, found, run_id)
                past.require_size(most_bytes)
                if debug:  # refuses a job before anything is downloaded
                    _require_alone(past)
                    _in_debugger(past.command)
                past.tell()
                image = past.image(project.root, store, project_code=project_code)
                job = past.fetch(cloud, opt_ml, project.root if project_code else None)
        job.prepare()
        spec = job.container(image, interactive=interactive)
        if debug:
            spec = replace(spec, command=_in_debugger(job.command), timeout_seconds=None)
        # Prefixed as in `run`, so that a script's lines cannot be mistaken for this program's.
        result = _run(spec, None if quiet else _printer(found.name, StepLines() if past else None))
        try:
            folder_of_output.clear()
            written = job.collect(output)
            folder_of_output.record(written)
        except UnreadableOutputError as error:
            raise CommandError(f"the output of {found.name} is invalid: {error}", exit_code=ExitCode.FAILED) from error
    _tell(settings, found.name, job, result, written, past)
    if result.exit_code != 0 or result.timed_out:
        raise typer.Exit(ExitCode.FAILED)


def _plan(pipeline: Pipeline, options: tuple[str | None, ...]) -> LocalPlan:
    now = datetime.now(UTC)
    interval = _interval(pipeline, options, now)
    return LocalPlan.of(pipeline, interval, LOCAL_LAKE, build_run_id(now, "pipelines step"))


def _interval(pipeline: Pipeline, options: tuple[str | None, ...], now: datetime) -> Interval:
    on, at, start, end = options
    rule = interval_rule(pipeline)
    asked = asked_interval(rule.calendar, on=on, at=at, start=start, end=end)
    if asked is not None:
        return asked
    interval = rule.scheduled_at(now)
    note(f"--date is not set: processing {interval}, as a run scheduled now would")
    return interval


def _in_debugger(command_of_job: tuple[str, ...]) -> tuple[str, ...]:
    """Return the job's command under pdb: https://docs.python.org/3/library/pdb.html.

    Raises
    ------
    CommandError
        If the command is not ``python SCRIPT …`` or ``python -m MODULE …``.
    """
    program, *rest = command_of_job
    is_python = PurePosixPath(program).name.startswith("python")
    if not is_python or not rest or (rest[0].startswith("-") and rest[0] != "-m"):
        raise CommandError(
            f"--debug: the step runs {program!r}, and only a Python script can run in pdb", "run it without --debug"
        )
    return (program, "-m", "pdb", *rest)


def _printer(step_name: str, steps: StepLines | None) -> Callable[[str], None]:
    """Return what prints a line of a script's output, with its step: of a past job, others may run first."""

    def show(line: str) -> None:
        for name, text in steps.read(line) if steps else [(step_name, line)]:
            note(f"  {name or step_name} | {text}", style="dim")

    return show


def _require_alone(past: PastJob) -> None:
    """Raise CommandError if other steps run before the step."""
    if past.runs_others_first:
        raise CommandError(
            f"--debug: {past.step.name} reads what {past.runs_others_first[-1]} wrote in the same job, so that the steps before it run first",
            f"repeat {past.runs_others_first[-1]} with --run, and give its output to {past.step.name} with --input",
        )


def _run(spec: "ContainerSpec", on_line: Callable[[str], None] | None) -> "ContainerResult":
    from local_cloud.container import NoIsolationError, run_container

    try:
        return run_container(spec, on_line)
    except NoIsolationError as error:
        raise CommandError(str(error)) from error


def _tell(
    settings: Settings,
    name: str,
    job: LocalJob,
    result: "ContainerResult",
    written: list[Path],
    past: PastJob | None,
) -> None:
    if result.timed_out:
        note(f"{name} was stopped after its {job.timeout_seconds // 60} minutes", style="bold red")
    elif result.out_of_memory:
        from local_cloud.container import memory_bound

        bound = memory_bound(job.instance_type) / 1024**3
        note(
            f"{name} was stopped: it used more memory than {job.instance_type} has here, {bound:.1f} GiB",
            style="bold red",
        )
    elif result.exit_code != 0:
        message = f": {result.exit_message}" if result.exit_message else ""
        note(f"{name} failed with exit code {result.exit_code}{message}", style="bold red")
    if settings.json:
        document: dict[str, Any] = {
            "exit_code": result.exit_code,
            "exit_message": result.exit_message,
            "timed_out": result.timed_out,
            "files": [str(path) for path in written],
        }
        print_json(document | ({"run": past.document()} if past else {}))
        return
    for path in written:
        say(str(path))
    note(f"{len(written)} {'file' if len(written) == 1 else 'files'} written")
