"""The ``pipelines`` program: the registration of its commands."""

import shlex
import sys
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from partitioned_pipelines.cli.command import CommandOfSingleOptions
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
COMMANDS = (
    "new",
    "validate",
    "run",
    "step",
    "query",
    "status",
    "show",
    "ui",
    "report",
    "partitions",
    "runs",
    "missing",
    "retry",
    "logs",
    "outdated",
    "backfill",
    "backfills",
    "pause",
    "resume",
    "rollback",
    "vacuum",
    "doctor",
    "audit",
    "deploy",
    "destroy",
    "redshift-sql",
    "synth",
    "verify",
    "prices",
    "local",
)
_IN_ANOTHER_MODULE = {"resume": "pause"}


class _Commands(TyperGroup):
    """The commands, in the order of the help. A command's module is imported when the command is used.

    The import of all of them takes longer than most commands.
    """

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the names of all commands."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Return a command by its name, or None."""
        if cmd_name in COMMANDS and cmd_name not in self.commands:
            self.add_command(_import_command(cmd_name), cmd_name)
        return super().get_command(ctx, cmd_name)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Return the command of a command line; the error for an unknown one suggests similar names of all commands."""
        if args and args[0] not in COMMANDS:
            for name in COMMANDS:
                self.get_command(ctx, name)
        return super().resolve_command(ctx, args)


def _import_command(name: str) -> Any:
    attribute = name.replace("-", "_")
    module = import_module(f"partitioned_pipelines.cli.commands.{_IN_ANOTHER_MODULE.get(name, attribute)}")
    if isinstance(group := getattr(module, "app", None), typer.Typer):
        command = typer.main.get_command(group)
    else:
        alone = typer.Typer(add_completion=False, rich_markup_mode="markdown")
        alone.command(name, cls=CommandOfSingleOptions, epilog=EXIT_CODES_HELP)(getattr(module, attribute))
        command = typer.main.get_command(alone)
    command.name = name
    return command


app = typer.Typer(
    name="pipelines",
    cls=_Commands,
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
