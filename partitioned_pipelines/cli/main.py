"""The ``pipelines`` program: the registration of its commands."""

import shlex
import sys
from importlib.metadata import PackageNotFoundError, version
from typing import Annotated

import typer

from partitioned_pipelines.cli.command import CommandOfSingleOptions
from partitioned_pipelines.cli.commands import (
    audit,
    backfill,
    backfills,
    deploy,
    destroy,
    doctor,
    local,
    logs,
    missing,
    new,
    outdated,
    partitions,
    pause,
    prices,
    query,
    redshift_sql,
    report,
    retry,
    rollback,
    runs,
    show,
    status,
    step,
    synth,
    ui,
    vacuum,
    validate,
    verify,
)
from partitioned_pipelines.cli.commands import run as run_command
from partitioned_pipelines.cli.errors import EXIT_CODES_HELP, CommandError
from partitioned_pipelines.cli.settings import (
    JsonOption,
    PrefixOption,
    ProjectOption,
    TargetOption,
    remember,
)
from partitioned_pipelines.cli.target.locations import APP_ROOT
from partitioned_pipelines.cli.terminal.output import print_error, say, writing_results
from partitioned_pipelines.cli.terminal.streams_and_signals import heed_sigterm, prepare_standard_streams

_PACKAGE = "partitioned-pipelines"

app = typer.Typer(
    name="pipelines",
    help="Run, deploy and query partitioned pipelines, on this machine or on AWS.",
    epilog=EXIT_CODES_HELP,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(wanted: bool) -> None:
    if not wanted:
        return
    try:
        say(f"pipelines {_installed_version()}")
    except CommandError as error:
        print_error(error)
        raise typer.Exit(error.exit_code) from error
    raise typer.Exit


def _installed_version() -> str:
    try:
        return version(_PACKAGE)
    except PackageNotFoundError as error:
        install = shlex.join(["pip", "install", "--editable", str(APP_ROOT)])
        raise CommandError(f"{_PACKAGE} runs from its source and is not installed", f"install it: {install}") from error


VersionOption = Annotated[
    bool, typer.Option("--version", help="Print the version and exit", is_eager=True, callback=_print_version)
]


@app.callback()
def shared_options(
    context: typer.Context,
    project: ProjectOption = None,
    target: TargetOption = None,
    prefix: PrefixOption = None,
    json: JsonOption = None,
    version: VersionOption = False,
) -> None:
    """Store the shared options that are given before the command's name."""
    remember(context, project=project, target=target, prefix=prefix, json=json)


for _name, _function in {
    "new": new.new,
    "validate": validate.validate,
    "run": run_command.run,
    "step": step.step,
    "query": query.query,
    "status": status.status,
    "show": show.show,
    "ui": ui.ui,
    "report": report.report,
    "partitions": partitions.partitions,
    "runs": runs.runs,
    "missing": missing.missing,
    "retry": retry.retry,
    "logs": logs.logs,
    "outdated": outdated.outdated,
    "backfill": backfill.backfill,
    "backfills": backfills.backfills,
    "pause": pause.pause,
    "resume": pause.resume,
    "rollback": rollback.rollback,
    "vacuum": vacuum.vacuum,
    "doctor": doctor.doctor,
    "audit": audit.audit,
    "deploy": deploy.deploy,
    "destroy": destroy.destroy,
    "redshift-sql": redshift_sql.redshift_sql,
    "synth": synth.synth,
    "verify": verify.verify,
    "prices": prices.prices,
}.items():
    app.command(_name, cls=CommandOfSingleOptions, epilog=EXIT_CODES_HELP)(_function)

app.add_typer(local.app, name="local")


def run() -> None:
    """Run the program (the entry point of the ``pipelines`` script)."""
    prepare_standard_streams()
    heed_sigterm()
    try:
        with writing_results():  # help is printed before any command runs
            app()
    except CommandError as error:
        print_error(error)
        sys.exit(error.exit_code)
