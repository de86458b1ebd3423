"""``pipelines report``: the state of the lake as one HTML file."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from partitioned_pipelines.cli.command import command
from partitioned_pipelines.cli.errors import CommandError
from partitioned_pipelines.cli.lake.lake_reader import with_sources
from partitioned_pipelines.cli.private_file import write_private
from partitioned_pipelines.cli.project import find_pipeline, open_project
from partitioned_pipelines.cli.runs.results.cost_report import read_price_list, require_region
from partitioned_pipelines.cli.settings import Settings
from partitioned_pipelines.cli.target.clouds import open_cloud
from partitioned_pipelines.cli.terminal.output import note, print_json, readable_bytes, say, spinner
from partitioned_pipelines.operations.lake_state.documents.detail import LONGEST
from partitioned_pipelines.page.wording import count, listed

if TYPE_CHECKING:
    from partitioned_pipelines.page.report import Report

Output = Annotated[
    Path, typer.Option("--output", "-o", metavar="FILE", help="HTML file to write, readable by you only")
]
Names = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[NAME]...", help="Names of pipelines; those whose tables they read are included  [default: all]"
    ),
]
Intervals = Annotated[
    int, typer.Option("--intervals", metavar="N", min=1, max=LONGEST, help="Largest number of intervals of each table")
]
Runs = Annotated[
    int,
    typer.Option(
        "--runs",
        metavar="N",
        min=0,
        help="Largest number of runs with a page: the newest of each pipeline, and those that failed or run",
    ),
]
NoLogs = Annotated[bool, typer.Option("--no-logs", help="Leave out logs and tracebacks")]
Redact = Annotated[bool, typer.Option("--redact", help="Replace the ids of accounts")]
Prices = Annotated[
    Path | None,
    typer.Option(
        "--prices",
        metavar="FILE",
        help="List of prices, as written by pipelines prices  [default: prices of deployment.yaml, on AWS]",
    ),
]

LARGEST = 20_000_000
"""The size of a file, in bytes, above which it gets fewer runs."""
_RUNS = 30


@command
def report(
    settings: Settings,
    output: Output,
    names: Names = None,
    intervals: Intervals = LONGEST,
    runs: Runs = _RUNS,
    no_logs: NoLogs = False,
    redact: Redact = False,
    prices: Prices = None,
) -> None:
    """Write what `status` and `show` say as one HTML file, which loads nothing: for a wiki, a mail, or the artifacts of a CI run.

    It holds the ends of logs, ARNs and account ids: see `--no-logs` and `--redact`. The exit code is 0 if the file was written, whatever
    it says; that of `status` tells whether something needs somebody.
    """
    from partitioned_pipelines.cli.lake.report_reader import read_report  # the pages take a sixth of a command's start

    if output.exists() and not output.is_file():
        raise CommandError(f"--output {output}: not a file", "name a file to write: --output lake.html")
    price_list = read_price_list(settings, prices)
    project = open_project(settings)
    named = [find_pipeline(project, name) for name in names or []]
    pipelines = with_sources(project.pipelines, named) if named else list(project.pipelines)
    with open_cloud(settings) as opened, spinner("reading the lake") as progress:
        cloud = opened.for_many_calls()
        if price_list and not settings.local:
            require_region(price_list, cloud.session.region_name)
        found = read_report(
            settings,
            cloud,
            pipelines,
            now=datetime.now(UTC),
            intervals=intervals,
            runs=runs,
            logs=not no_logs,
            prices=price_list,
            progress=progress,
        )
    written, html = fitting(found, LARGEST, redact=redact)
    write_private(output, html)
    size = len(html)
    if settings.json:
        print_json(
            {
                "output": str(output),
                "bytes": size,
                "verdict": written.lake.verdict,
                "tables": len(written.lake.tables),
                "runs": len(written.runs),
                "holds": written.holds(redact=redact),
                "left_out": list(written.left_out),
            }
        )
    else:
        tables, with_page = count(len(written.lake.tables), "table"), count(len(written.runs), "run")
        say(f"{output}: {written.lake.verdict} ({tables}, {with_page}, {readable_bytes(size)})")
    note(f"it holds {listed(written.holds(redact=redact))}: pass it on with care", style="yellow")
    for sentence in written.left_out[1:]:
        note(sentence, style="yellow")


def fitting(found: "Report", largest: int, *, redact: bool) -> "tuple[Report, bytes]":
    """Return a report and its file; with fewer runs if the file would be too large by them, which the report then says."""
    html = found.html(redact=redact).encode()
    kept = found
    if len(html) > largest and len(replace(found, runs=()).html(redact=redact).encode()) > largest:
        large = f"The file is larger than {readable_bytes(largest)}: fewer pipelines, or a smaller --intervals, make it smaller."
        kept = replace(found, left_out=(*found.left_out, large))
        return kept, kept.html(redact=redact).encode()
    while len(html) > largest and kept.runs:
        left = len(kept.runs) // 2
        gone = (
            f"{count(len(found.runs) - left, 'run')} left out: the file would be larger than {readable_bytes(largest)}."
        )
        kept = replace(found, runs=found.runs[:left], left_out=(*found.left_out, gone))
        html = kept.html(redact=redact).encode()
    return kept, html
