"""The ``pipelines`` program: which commands there are."""

import sys

import typer

from partitioned_pipelines.cli.commands import (
    audit,
    deploy,
    destroy,
    doctor,
    local,
    logs,
    new,
    partitions,
    query,
    redshift_sql,
    rollback,
    runs,
    step,
    synth,
    vacuum,
    validate,
    verify,
)
from partitioned_pipelines.cli.commands import run as run_command
from partitioned_pipelines.cli.errors import CommandError
from partitioned_pipelines.cli.exit_codes import HELP
from partitioned_pipelines.cli.settings import (
    JsonOption,
    PrefixOption,
    ProjectOption,
    TargetOption,
    remember,
)
from partitioned_pipelines.cli.terminal.interruption import heed_sigterm
from partitioned_pipelines.cli.terminal.option_once import CommandOfSingleOptions
from partitioned_pipelines.cli.terminal.output import print_error, writing_results
from partitioned_pipelines.cli.terminal.standard_streams import prepare_standard_streams
from partitioned_pipelines.cli.version import VersionOption

app = typer.Typer(
    name="pipelines",
    help="Run, deploy and query partitioned pipelines, on this machine or on AWS.",
    epilog=HELP,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def shared_options(
    context: typer.Context,
    project: ProjectOption = None,
    target: TargetOption = None,
    prefix: PrefixOption = None,
    json: JsonOption = None,
    version: VersionOption = False,
) -> None:
    """Remember the shared options that stand before the command's name."""
    remember(context, project=project, target=target, prefix=prefix, json=json)


for _name, _function in {
    "new": new.new,
    "validate": validate.validate,
    "run": run_command.run,
    "step": step.step,
    "query": query.query,
    "partitions": partitions.partitions,
    "runs": runs.runs,
    "logs": logs.logs,
    "rollback": rollback.rollback,
    "vacuum": vacuum.vacuum,
    "doctor": doctor.doctor,
    "audit": audit.audit,
    "deploy": deploy.deploy,
    "destroy": destroy.destroy,
    "redshift-sql": redshift_sql.redshift_sql,
    "synth": synth.synth,
    "verify": verify.verify,
}.items():
    app.command(_name, cls=CommandOfSingleOptions, epilog=HELP)(_function)
app.add_typer(local.app, name="local")


def run() -> None:
    """Run the program (the entry point of the ``pipelines`` script)."""
    prepare_standard_streams()
    heed_sigterm()
    try:
        with writing_results():  # help is printed before there is a command
            app()
    except CommandError as error:
        print_error(error)
        sys.exit(error.exit_code)
