"""The SQL of ``pipelines query``: an argument, a file, or standard input."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from partitioned_pipelines.cli.errors import CommandError

if TYPE_CHECKING:
    from pathlib import Path
    from typing import IO

# https://docs.aws.amazon.com/athena/latest/ug/service-limits.html#service-limits-query-string-length
LONGEST_BYTES = 262_144
_STANDARD_INPUT = "-"
_EXAMPLE = "for example: pipelines query 'SELECT 1'"


@dataclass(frozen=True)
class GivenStatement:
    """A statement, and where it came from.

    Attributes
    ----------
    file
        The file that holds it; None for an argument or standard input.
    """

    sql: str
    file: Path | None = None

    @property
    def words(self) -> list[str]:
        """The words of a command that give it again."""
        return [self.sql] if self.file is None else ["--file", str(self.file)]


def read_statement(sql: str | None, file: Path | None) -> GivenStatement:
    """Read the statement.

    Raises
    ------
    CommandError
        If there is none, or two, or it is longer than Athena takes, or not UTF-8.
    """
    if sql is not None and file is not None:
        raise CommandError("SQL and --file are mutually exclusive", "give one of them")
    if file is not None and str(file) != _STANDARD_INPUT:
        with file.open("rb") as opened:
            text = _read(opened, str(file))
        return GivenStatement(_checked(text, str(file)), file)
    if file is not None or sql == _STANDARD_INPUT or (sql is None and not sys.stdin.isatty()):
        return GivenStatement(_checked(_read(sys.stdin.buffer, "standard input"), "standard input"))
    return GivenStatement(_checked(sql or "", "SQL"))


def _read(stream: IO[bytes], name: str) -> str:
    # Not to the end of /dev/zero.
    content = stream.read(LONGEST_BYTES + 1)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if len(content) > LONGEST_BYTES:
            raise _too_long(name) from error
        raise CommandError(f"{name} is not UTF-8: byte {error.start} is {content[error.start]:#04x}") from error


def _checked(text: str, name: str) -> str:
    if not text.strip():
        raise CommandError("there is no SQL" if name == "SQL" else f"there is no SQL in {name}", _EXAMPLE)
    if len(text.encode(errors="surrogateescape")) > LONGEST_BYTES:
        raise _too_long(name)
    return text.rstrip()


def _too_long(name: str) -> CommandError:
    return CommandError(f"{name} is longer than {LONGEST_BYTES:,} bytes, the longest query that Athena takes")
