"""Results go to standard output, everything else to standard error: tables and words for people, JSON for programs; and questions.

What people read comes here from anywhere, so each piece of it is one line without control characters: see ``terminal_text``.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from contextlib import contextmanager, suppress
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING, Any

import typer
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from partitioned_pipelines.cli.errors import CommandError, ExitCode
from partitioned_pipelines.cli.terminal.terminal_text import json_escaped, visible, visible_lines

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

# Where nobody looks at a terminal, a line is as wide as its content: nothing is cut or folded.
_UNBOUNDED = 10_000
_ROWS_AT_ONCE = 500
_PIECE_CHARACTERS = 1 << 16
_NOTE_SECONDS = 30.0


@cache
def standard_error() -> Console:
    """Create the one console of progress and errors: a spinner and the lines above it have to share it."""
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


@contextmanager
def progress(text: str) -> Iterator[Callable[[str], None]]:
    """Show how something long goes on: in place on a terminal, and in a log as a line every half a minute."""
    if standard_error().is_terminal:
        with spinner(text) as show:
            yield show
        return
    next_at = time.monotonic() + _NOTE_SECONDS

    def report(changed: str) -> None:
        nonlocal next_at
        if time.monotonic() >= next_at:
            next_at = time.monotonic() + _NOTE_SECONDS
            note(changed, style="dim")

    yield report


def readable_bytes(count: float) -> str:
    """Write a number of bytes: ``17 bytes``, ``1.2 MB``."""
    if count < 1000:
        return f"{count:.0f} bytes"
    for unit in ("kB", "MB", "GB"):
        count /= 1000
        if count < 1000:
            return f"{count:.1f} {unit}"
    return f"{count / 1000:.1f} TB"


def results_are_seen() -> bool:
    """Return whether standard output is a terminal."""
    return sys.stdout.isatty()


def results_are_ascii() -> bool:
    """Return whether standard output's encoding may lack characters."""
    return (sys.stdout.encoding or "").lower().replace("-", "") != "utf8"


def print_text(pieces: Iterable[str]) -> None:
    """Print a result that comes piece by piece, each of them safe for a terminal."""
    waiting: list[str] = []
    size = 0
    for piece in pieces:
        waiting.append(piece)
        size += len(piece)
        if size >= _PIECE_CHARACTERS:
            _write("".join(waiting))
            waiting, size = [], 0
    _write("".join(waiting))


def print_bytes(pieces: Iterable[bytes]) -> None:
    """Print a result byte by byte, as a program reads it."""
    waiting = bytearray()
    for piece in pieces:
        waiting += piece
        if len(waiting) >= _PIECE_CHARACTERS:
            _write(bytes(waiting))
            waiting.clear()
    _write(bytes(waiting))


def _write(piece: str | bytes) -> None:
    with writing_results():
        if isinstance(piece, str):
            sys.stdout.write(piece)
        else:
            sys.stdout.flush()
            sys.stdout.buffer.write(piece)


def print_json(document: Any, *, indent: int | None = 2) -> None:
    """Print the one JSON document of a command, or with ``indent=None`` one of several, each on a line.

    What a terminal would obey, and what the encoding of standard output does not have, is written with JSON's own escapes.
    """
    text = json.dumps(document, ensure_ascii=results_are_ascii(), indent=indent, allow_nan=False)
    _write(json_escaped(text) + "\n")


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
        remedy, *steps = visible_lines(str(error.remedy))
        text.append("\n".join(["", remedy, *(f"  {line}" for line in steps)]))
    with suppress(OSError):
        standard_error().print(text, soft_wrap=True)


def print_table(header: Sequence[str], rows: Iterable[Sequence[str | None]], *, numeric: Sequence[bool] = ()) -> None:
    """Print a table for people, some hundred rows at a time: each part of a long one is as wide as it needs.

    Parameters
    ----------
    header
        Names of the columns.
    rows
        Cells as text; None is null.
    numeric
        Which columns stand to the right; none when left out.
    """
    right = [index < len(numeric) and numeric[index] for index in range(len(header))]
    console = _console(stderr=False)
    widths = [0 for _ in header]
    unread = iter(rows)
    part = list(islice(unread, _ROWS_AT_ONCE))
    is_first = True
    while part or is_first:
        with writing_results():
            if console.is_terminal:
                console.print(_rich_table(header, part, right))
            else:
                shown = [[visible(name) for name in header]] if is_first else []
                shown += [["NULL" if cell is None else visible(cell) for cell in row] for row in part]
                widths = [
                    max(width, *map(cell_len, column))
                    for width, column in zip(widths, zip(*shown, strict=True), strict=True)
                ]
                sys.stdout.write("".join(_plain_line(row, widths, right) for row in shown))
        part, is_first = list(islice(unread, _ROWS_AT_ONCE)), False


def _rich_table(header: Sequence[str], rows: Iterable[Sequence[str | None]], right: Sequence[bool]) -> Table:
    """Build a table that is folded to the width of the terminal."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name, is_right in zip(header, right, strict=True):
        table.add_column(Text(visible(name)), justify="right" if is_right else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text("NULL", style="dim") if cell is None else Text(visible(cell)) for cell in row))
    return table


def _plain_line(cells: Sequence[str], widths: Sequence[int], right: Sequence[bool]) -> str:
    padded = []
    for cell, width, is_right in zip(cells, widths, right, strict=True):
        space = " " * (width - cell_len(cell))
        padded.append(space + cell if is_right else cell + space)
    return "  ".join(padded).rstrip() + "\n"


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
