"""Output on the terminal: results on standard output, everything else on standard error; tables and text for users, JSON for programs.

Text may come from any source, so each string is printed as one line without control characters: see ``terminal_text``.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from contextlib import contextmanager
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING, Any

import typer
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from partitioned_pipelines.cli.errors import CommandError, ExitCode
from partitioned_pipelines.cli.terminal.terminal_text import json_escaped, visible_lines
from partitioned_pipelines.lake.unsafe_text import visible

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

# Without a terminal, a line is as wide as its content: nothing is truncated or wrapped.
_UNBOUNDED = 10_000
_ROWS_AT_ONCE = 500
_PIECE_CHARACTERS = 1 << 16
_NOTE_SECONDS = 30.0


@cache
def standard_error() -> Console:
    """Return the single console for progress and errors: a spinner and the lines above it must share it."""
    return _console(stderr=True)


@contextmanager
def spinner(text: str) -> Iterator[Callable[[str], None]]:
    """Show what is in progress, on a terminal only; yield a function that changes the text."""
    console = standard_error()
    if not console.is_terminal:
        yield lambda _text: None
        return
    with console.status(Text(visible(text))) as status:
        yield lambda changed: status.update(Text(visible(changed)))


@contextmanager
def progress(text: str) -> Iterator[Callable[[str], None]]:
    """Show the progress of a long operation: in place on a terminal, and as a line every 30 seconds in a log."""
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
    """Return a number of bytes as text: ``17 bytes``, ``1.2 MB``."""
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
    """Return whether standard output's encoding may not support all characters."""
    return (sys.stdout.encoding or "").lower().replace("-", "") != "utf8"


def print_text(pieces: Iterable[str]) -> None:
    """Print a result that arrives in pieces, each of them safe for a terminal."""
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
    """Print a result as bytes, for programs."""
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
    """Print a command's JSON document, or with ``indent=None`` one of several, each on one line.

    Control characters, and characters that standard output's encoding does not support, are written as JSON escapes.
    """
    text = json.dumps(document, ensure_ascii=results_are_ascii(), indent=indent, allow_nan=False)
    _write(json_escaped(text) + "\n")


@contextmanager
def writing_results() -> Iterator[None]:
    """Flush what the block writes to standard output; raise CommandError if that fails.

    A reader that has closed the pipe (``| head``) is not an error: the command exits as other programs do on SIGPIPE.
    """
    try:
        yield
        sys.stdout.flush()
    except OSError as error:
        # The interpreter flushes again at exit: https://docs.python.org/3/library/signal.html#note-on-sigpipe
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if isinstance(error, BrokenPipeError):
            raise SystemExit(128 + signal.SIGPIPE) from error
        raise CommandError(f"standard output cannot be written: {error.strerror}", exit_code=ExitCode.FAILED) from error


@contextmanager
def _writing_notes() -> Iterator[None]:
    """Ignore that standard error cannot be written: that cannot be reported either."""
    try:
        yield
    except OSError:
        # The interpreter flushes again at exit, and would change the exit code if that failed.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)


def shown_reason(text: str, longest: int = 160) -> str:
    """Return a reason as one line of a table, of which the longest say that ``--json`` has the rest."""
    line = " ".join(text.split())
    return line if len(line) <= longest else f"{line[:longest]}… (--json has it all)"


def note(text: str, style: str = "") -> None:
    """Print a progress line on standard error."""
    with _writing_notes():
        standard_error().print(Text(visible(text), style=style), soft_wrap=True)


def say(text: str) -> None:
    """Print a line of the result on standard output."""
    with writing_results():
        _console(stderr=False).print(Text(visible(text)), soft_wrap=True)


def print_error(error: CommandError) -> None:
    """Print an error and its remedy.

    Further lines of a message are indented, so that none can look like another error.
    """
    first, *further = visible_lines(error.message)
    text = Text.assemble(("error: ", "bold red"), first)
    for line in further:
        text.append(f"\n  {line}")
    if error.remedy:
        remedy, *steps = visible_lines(str(error.remedy))
        text.append("\n".join(["", remedy, *(f"  {line}" for line in steps)]))
    with _writing_notes():
        standard_error().print(text, soft_wrap=True)


def print_table(header: Sequence[str], rows: Iterable[Sequence[str | None]], *, numeric: Sequence[bool] = ()) -> None:
    """Print a table as text, a few hundred rows at a time; each part is as wide as its rows require.

    Parameters
    ----------
    header
        Names of the columns.
    rows
        Cells as text; None is NULL.
    numeric
        The columns to align right; none if omitted.
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
    """Return a table that is wrapped to the width of the terminal."""
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
    """A console that leaves closed pipes to ``writing_results``."""

    def on_broken_pipe(self) -> None:
        """Re-raise the BrokenPipeError that is being handled: rich would exit with code 1."""
        raise  # called by rich in its except block


def _console(*, stderr: bool) -> Console:
    console = _PlainConsole(stderr=stderr, highlight=False, markup=False, emoji=False)
    if not console.is_terminal:
        console.width = _UNBOUNDED
    return console


def confirm(question: str, *, yes: bool) -> None:
    """Ask for confirmation on the terminal, unless ``--yes`` was given.

    Raises
    ------
    CommandError
        If standard input is not a terminal, so that nobody can answer.
    typer.Exit
        If the answer is no.
    """
    if yes:
        return
    if not somebody_is_there():
        raise CommandError("the confirmation needs a terminal", "add --yes")
    if not typer.confirm(question, err=True):
        note("nothing was done")
        raise typer.Exit(ExitCode.FAILED)


def somebody_is_there() -> bool:
    """Return whether standard input is a terminal."""
    return sys.stdin.isatty()
