"""``pipelines outdated``: the runs whose inputs changed after they had read them."""

from typing import Annotated, Any

import typer

from partitioned_pipelines.cli.command import command
from partitioned_pipelines.cli.commands.runs import shown_interval
from partitioned_pipelines.cli.errors import CommandError, ExitCode
from partitioned_pipelines.cli.project import open_project
from partitioned_pipelines.cli.remedies import paste
from partitioned_pipelines.cli.runs.intervals.outdated_runs import read_outdated
from partitioned_pipelines.cli.runs.published_table import PublishedPipeline, open_pipeline
from partitioned_pipelines.cli.settings import Settings
from partitioned_pipelines.cli.target.clouds import open_cloud
from partitioned_pipelines.cli.terminal.output import note, print_json, print_table, spinner
from partitioned_pipelines.operations.outdated import OutdatedRun

OptionalName = Annotated[
    str | None, typer.Argument(metavar="[NAME]", help="Name of the pipeline  [default: every deployed pipeline]")
]


@command
def outdated(settings: Settings, name: OptionalName = None) -> None:
    """List the runs whose inputs were published or written again since: they may be worth repeating.

    A table that was read counts if one of the partitions that the run read shows another run's files now; an S3 input, if it has newer or
    more objects. Only runs that a partition points to are listed. The exit code is 0 if there are none, and 1 if there are some.
    """
    found: list[dict[str, Any]] = []
    for each in [name] if name is not None else _deployed(settings):
        with open_pipeline(settings, each, None) as pipeline, spinner(f"comparing the inputs of {each}"):
            runs, unrecorded = read_outdated(pipeline)
        found += [_document(pipeline, run) for run in runs]
        if unrecorded:
            which = "run has a receipt that does" if unrecorded == 1 else "runs have receipts that do"
            note(f"{each}: {unrecorded:,} older {which} not say what was read", style="dim")
        if not pipeline.tables:
            note(f"{each}: its tables have no receipts, so that nothing says what its runs read", style="dim")
    if settings.json:
        print_json(found)
    else:
        _print(settings, found)
    if found:
        raise typer.Exit(ExitCode.FAILED)


def _deployed(settings: Settings) -> list[str]:
    """Return the project's pipelines whose stacks are deployed."""
    names = [pipeline.name for pipeline in open_project(settings).pipelines]
    deployed = []
    with open_cloud(settings) as cloud:
        for name in names:
            try:
                cloud.stack_outputs(settings.pipeline_stack(name))
            except CommandError:
                note(f"{name} is not deployed", style="dim")
            else:
                deployed.append(name)
    return deployed


def _document(pipeline: PublishedPipeline, run: OutdatedRun) -> dict[str, Any]:
    receipt = run.receipt
    return {
        "pipeline": pipeline.pipeline.name,
        "run_id": receipt.receipt_id,
        "process_start": receipt.process_start,
        "process_end": receipt.process_end,
        "changes": [
            {
                "step": change.step,
                "input": change.name,
                "source": change.source,
                "changed": change.count,
                "problem": change.problem,
            }
            for change in run.changes
        ],
    }


def _print(settings: Settings, found: list[dict[str, Any]]) -> None:
    rows = [
        [
            run["pipeline"],
            run["run_id"],
            shown_interval(run),
            f"{change['step']}.{change['input']}",
            change["source"],
            change["problem"],
        ]
        for run in found
        for change in run["changes"]
    ]
    if not rows:
        note("no run has an input that changed since", style="green")
        return
    print_table(["pipeline", "run_id", "interval", "input", "source", "changed since"], rows)
    again = [
        paste(settings, "backfill", name, "--outdated") for name in dict.fromkeys(run["pipeline"] for run in found)
    ]
    note(f"{len(found):,} {'run' if len(found) == 1 else 'runs'}; to repeat them: {'; '.join(again)}", style="yellow")
