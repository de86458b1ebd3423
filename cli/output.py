"""Results go to standard output, everything else to standard error: tables and words for people, JSON for programs."""

from __future__ import annotations

import json
import sys
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from cli.errors import CommandError

# Where nobody looks at a terminal, a table is as wide as its content: nothing is cut or folded.
_UNBOUNDED = 10_000

_CONTROL_CHARACTERS = {
    code: ascii(chr(code))[1:-1] for code in (*range(0x20), *range(0x7F, 0xA0)) if chr(code) not in "\n\t"
}


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
    with console.status(Text(text)) as status:
        yield lambda changed: status.update(Text(changed))


def print_json(document: Any) -> None:
    """Print the one JSON document of a command."""
    plain = (sys.stdout.encoding or "").lower().replace("-", "") != "utf8"
    sys.stdout.write(json.dumps(document, ensure_ascii=plain, indent=2, allow_nan=False) + "\n")
    sys.stdout.flush()


def note(text: str, style: str = "") -> None:
    """Print a line for the person who waits, on standard error; what comes from data cannot control the terminal."""
    standard_error().print(Text(text.translate(_CONTROL_CHARACTERS), style=style), soft_wrap=True)


def say(text: str) -> None:
    """Print a line of the result, on standard output."""
    _console(stderr=False).print(Text(text), soft_wrap=True)


def print_error(error: CommandError) -> None:
    """Tell what is wrong, and what to do."""
    text = Text.assemble(("error: ", "bold red"), error.message)
    if error.remedy:
        text.append(f"\n{error.remedy}")
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
        table.add_column(Text(name), justify="right" if right else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text("NULL", style="dim") if cell is None else Text(cell) for cell in row))
    console = _console(stderr=False)
    if console.is_terminal:
        console.print(table)
        return
    with console.capture() as capture:
        console.print(table)
    # The last column is filled up with spaces, as wide as its widest cell.
    for line in capture.get().splitlines():
        console.print(Text(line.rstrip()), soft_wrap=True)


def _console(*, stderr: bool) -> Console:
    console = Console(stderr=stderr, highlight=False, markup=False, emoji=False)
    if not console.is_terminal:
        console.width = _UNBOUNDED
    return console
