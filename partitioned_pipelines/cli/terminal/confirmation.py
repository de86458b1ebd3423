"""A question that is asked before something is done that cannot be undone, or costs money."""

from __future__ import annotations

import sys

import typer

from partitioned_pipelines.cli.errors import CommandError
from partitioned_pipelines.cli.exit_codes import ExitCode
from partitioned_pipelines.cli.terminal.output import note


def confirm(question: str, *, yes: bool) -> None:
    """Ask on the terminal, unless ``--yes`` was given.

    Raises
    ------
    CommandError
        If nobody can answer: standard input is not a terminal.
    typer.Exit
        If the answer is no.
    """
    if yes:
        return
    if not somebody_is_there():
        raise CommandError("nobody is there to confirm it", "add --yes")
    if not typer.confirm(question, err=True):
        note("nothing was done")
        raise typer.Exit(ExitCode.FAILED)


def somebody_is_there() -> bool:
    """Return whether standard input is a terminal."""
    return sys.stdin.isatty()
