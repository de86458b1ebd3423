"""The ``pipelines`` program: which commands there are."""

import typer

from cli.commands import (
    audit,
    deploy,
    destroy,
    doctor,
    local,
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
from cli.commands import run as run_command
from cli.exit_codes import HELP
from cli.settings import JsonOption, PrefixOption, ProjectOption, TargetOption, remember

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
) -> None:
    """Remember the shared options that stand before the command's name."""
    remember(context, project=project, target=target, prefix=prefix, json=json)


app.command("new", epilog=HELP)(new.new)
app.command("validate", epilog=HELP)(validate.validate)
app.command("run", epilog=HELP)(run_command.run)
app.command("step", epilog=HELP)(step.step)
app.command("query", epilog=HELP)(query.query)
app.command("partitions", epilog=HELP)(partitions.partitions)
app.command("runs", epilog=HELP)(runs.runs)
app.command("rollback", epilog=HELP)(rollback.rollback)
app.command("vacuum", epilog=HELP)(vacuum.vacuum)
app.command("doctor", epilog=HELP)(doctor.doctor)
app.command("audit", epilog=HELP)(audit.audit)
app.command("deploy", epilog=HELP)(deploy.deploy)
app.command("destroy", epilog=HELP)(destroy.destroy)
app.command("redshift-sql", epilog=HELP)(redshift_sql.redshift_sql)
app.command("synth", epilog=HELP)(synth.synth)
app.command("verify", epilog=HELP)(verify.verify)
app.add_typer(local.app, name="local")


def run() -> None:
    """Run the program (the entry point of the ``pipelines`` script)."""
    app()
