"""``pipelines --version``."""

from __future__ import annotations

import shlex
from importlib.metadata import PackageNotFoundError, version
from typing import Annotated

import typer

from partitioned_pipelines.cli.errors import CommandError
from partitioned_pipelines.cli.target.locations import APP_ROOT
from partitioned_pipelines.cli.terminal.output import print_error, say

_PACKAGE = "partitioned-pipelines"


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
