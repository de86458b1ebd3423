"""Results go to standard output, everything else to standard error: tables and words for people, JSON for programs.

What people read comes here from anywhere, so each piece of it is one line without control characters: see cli.terminal_text.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from contextlib import contextmanager, suppress
from functools import cache
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from cli.errors import CommandError
from cli.exit_codes import ExitCode
from cli.terminal_text import json_escaped, visible, visible_lines

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

# Where nobody looks at a terminal, a table is as wide as its content: nothing is cut or folded.
_UNBOUNDED = 10_000


@cache
def standard_error() -> Console:
    """Make the one console of progress and errors: a spinner and the lines above it have to share it."""
    return _console(stderr=True)


@contextmanager
def spinner(text: str) -> Iterator[Callable[[str], None]]:
    """Show what is going on, where somebody looks at a terminal; hands over a way to change the text."""
    console = standard_error()
    if not console.is_terminal:
        yield lambda _text: None
        return
    with console.status(Text(visible(text))) as status:
        yield lambda changed: status.update(Text(visible(changed)))


def print_json(document: Any, *, indent: int | None = 2) -> None:
    """Print the one JSON document of a command, or with ``indent=None`` one of several, each on a line.

    What a terminal would obey, and what the encoding of standard output does not have, is written with JSON's own escapes.
    """
    plain = (sys.stdout.encoding or "").lower().replace("-", "") != "utf8"
    text = json.dumps(document, ensure_ascii=plain, indent=indent, allow_nan=False)
    with writing_results():
        sys.stdout.write(json_escaped(text) + "\n")


@contextmanager
def writing_results() -> Iterator[None]:
    """Write to standard output all that the block does; raises CommandError if it takes nothing more.

    A reader that has gone (``| head``) is no error of ours: the command ends as SIGPIPE ends other programs.
    """
    try:
        yield
        sys.stdout.flush()
    except OSError as error:
        # The interpreter flushes again as it ends: https://docs.python.org/3/library/signal.html#note-on-sigpipe
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if isinstance(error, BrokenPipeError):
            raise SystemExit(128 + signal.SIGPIPE) from error
        raise CommandError(f"standard output cannot be written: {error.strerror}", exit_code=ExitCode.FAILED) from error


def note(text: str, style: str = "") -> None:
    """Print a line about what is going on, on standard error."""
    with suppress(OSError):  # a standard error that takes nothing: there is nowhere to say so
        standard_error().print(Text(visible(text), style=style), soft_wrap=True)


def say(text: str) -> None:
    """Print a line of the result, on standard output."""
    with writing_results():
        _console(stderr=False).print(Text(visible(text)), soft_wrap=True)


def print_error(error: CommandError) -> None:
    """Print what is wrong, and what to do.

    Further lines of a message are indented: nothing in it can look like another error.
    """
    first, *further = visible_lines(error.message)
    text = Text.assemble(("error: ", "bold red"), first)
    for line in further:
        text.append(f"\n  {line}")
    if error.remedy:
        remedy, *steps = visible_lines(error.remedy)
        text.append("\n".join(["", remedy, *(f"  {line}" for line in steps)]))
    with suppress(OSError):
        standard_error().print(text, soft_wrap=True)


def print_table(header: Sequence[str], rows: Iterable[Sequence[str | None]], *, numeric: Sequence[bool] = ()) -> None:
    """Print a table for people.

    Parameters
    ----------
    header
        Names of the columns.
    rows
        Cells as text; None is null.
    numeric
        Which columns stand to the right; none when left out.
    """
    table = Table(box=None, pad_edge=False, header_style="bold")
    for index, name in enumerate(header):
        right = index < len(numeric) and numeric[index]
        table.add_column(Text(visible(name)), justify="right" if right else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text("NULL", style="dim") if cell is None else Text(visible(cell)) for cell in row))
    console = _console(stderr=False)
    with writing_results():
        if console.is_terminal:
            console.print(table)
            return
        with console.capture() as capture:
            console.print(table)
        # The last column is filled up with spaces, as wide as its widest cell.
        for line in capture.get().splitlines():
            console.print(Text(line.rstrip()), soft_wrap=True)


class _PlainConsole(Console):
    """A console that leaves a reader who has gone to ``writing_results``."""

    def on_broken_pipe(self) -> None:
        """Raise the BrokenPipeError that is handled: rich's own way ends the program with 1."""
        raise  # called by rich in its except block


def _console(*, stderr: bool) -> Console:
    console = _PlainConsole(stderr=stderr, highlight=False, markup=False, emoji=False)
    if not console.is_terminal:
        console.width = _UNBOUNDED
    return console
