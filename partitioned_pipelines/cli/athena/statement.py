"""The SQL of ``pipelines query``: its source, and the tables that it names."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from partitioned_pipelines.cli.errors import CommandError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path
    from typing import IO

# https://docs.aws.amazon.com/athena/latest/ug/service-limits.html#service-limits-query-string-length
LONGEST_BYTES = 262_144
_STANDARD_INPUT = "-"
_EXAMPLE = "for example: pipelines query 'SELECT 1'"

_WORDS = re.compile(
    r"""(?P<skipped> \s+ | --[^\n]* | /\*.*?\*/ | '(?:[^']|'')*' )
    | (?P<name> "(?:[^"]|"")+" | `[^`]+` | \w+ ) | (?P<other> . )""",
    re.DOTALL | re.VERBOSE,
)
_BEFORE_A_TABLE = {"FROM", "JOIN", "INTO", "TABLE", "UPDATE", "PARTITIONS", "DESCRIBE", "DESC", "VIEW"}
_ENDS_A_FROM = {
    "WHERE",
    "GROUP",
    "ORDER",
    "HAVING",
    "LIMIT",
    "UNION",
    "INTERSECT",
    "EXCEPT",
    "SELECT",
    "WINDOW",
    "OFFSET",
}
_NO_TABLES = {"SELECT", "VALUES", "UNNEST", "LATERAL", "IF", "FORMATTED", "EXTENDED", "TABLE", "DISTINCT"}
# Functions whose arguments contain FROM: https://trino.io/docs/current/functions/datetime.html#extract, …/string.html#trim
_WITH_FROM = {"EXTRACT", "TRIM"}
_HIVE = re.compile(r"\s*(ALTER|CREATE|DESC|DESCRIBE|DROP|MSCK|SHOW)\b", re.IGNORECASE)
_PLAIN = re.compile(r"[a-z_][a-z0-9_]*", re.IGNORECASE)
# Such as "flights$partitions": https://docs.aws.amazon.com/athena/latest/ug/show-partitions.html
_METADATA = re.compile(r"\$\w+\Z")


@dataclass(frozen=True)
class GivenStatement:
    """An SQL statement and its source.

    Attributes
    ----------
    file
        The file that contains it; None for an argument or standard input.
    """

    sql: str
    file: Path | None = None

    @property
    def words(self) -> list[str]:
        """The command line words that pass the same statement again."""
        return [self.sql] if self.file is None else ["--file", str(self.file)]


def read_statement(sql: str | None, file: Path | None) -> GivenStatement:
    """Return the statement.

    Raises
    ------
    CommandError
        If there is no statement or more than one, if it is longer than Athena allows, or if it is not UTF-8.
    """
    if sql is not None and file is not None:
        raise CommandError("SQL and --file are mutually exclusive", "use one of them")
    if file is not None and str(file) != _STANDARD_INPUT:
        with file.open("rb") as opened:
            text = _read_text(opened, str(file))
        return GivenStatement(_checked(text, str(file)), file)
    if file is not None or sql == _STANDARD_INPUT or (sql is None and not sys.stdin.isatty()):
        return GivenStatement(_checked(_read_text(sys.stdin.buffer, "standard input"), "standard input"))
    return GivenStatement(_checked(sql or "", "SQL"))


def _read_text(stream: IO[bytes], name: str) -> str:
    # A bounded read, because the file may be endless, such as /dev/zero.
    content = stream.read(LONGEST_BYTES + 1)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if len(content) > LONGEST_BYTES:
            raise _too_long(name) from error
        raise CommandError(f"{name} is not UTF-8: byte {error.start} is {content[error.start]:#04x}") from error


def _checked(text: str, name: str) -> str:
    if not text.strip():
        raise CommandError("no SQL statement" if name == "SQL" else f"no SQL statement in {name}", _EXAMPLE)
    if len(text.encode(errors="surrogateescape")) > LONGEST_BYTES:
        raise _too_long(name)
    return text.rstrip()


def _too_long(name: str) -> CommandError:
    return CommandError(f"{name} is longer than {LONGEST_BYTES:,} bytes, the longest query that Athena takes")


@dataclass(frozen=True)
class TableReference:
    """A reference to a table in a statement.

    Attributes
    ----------
    database
        None if the statement omits it.
    start, end
        The position of the full name.
    suffix
        The suffix of a metadata table: ``$partitions``.
    """

    database: str | None
    table: str
    start: int
    end: int
    suffix: str = ""

    def __str__(self) -> str:
        return self.table if self.database is None else f"{self.database}.{self.table}"


def find_references(sql: str) -> list[TableReference]:
    """Return all references to tables in a statement."""
    words = [found for found in _WORDS.finditer(sql) if found.lastgroup != "skipped"]
    created_here = _common_tables(words)
    found: list[TableReference] = []
    in_from: list[bool | None] = [False]  # for each open parenthesis; None if a FROM in it names no table
    for index, each in enumerate(words):
        word = each[0].upper()
        if word == "(":
            in_from.append(None if index and words[index - 1][0].upper() in _WITH_FROM else False)
        elif word == ")" and len(in_from) > 1:
            in_from.pop()
        elif word in _ENDS_A_FROM:
            in_from[-1] = False
        elif in_from[-1] is not None and (word in _BEFORE_A_TABLE or (word == "," and in_from[-1])):
            in_from[-1] = in_from[-1] or word in {"FROM", "JOIN"}
            reference = _reference(words, index + 1)
            if reference and not (reference.database is None and reference.table.lower() in created_here):
                found.append(reference)
    return found


def rewrite(sql: str, places: Mapping[TableReference, tuple[str, str]]) -> str:
    """Return a statement with the database and name of some tables replaced."""
    quote = "`" if _HIVE.match(sql) else '"'
    for reference, (database, table) in sorted(places.items(), key=lambda item: item[0].start, reverse=True):
        name = ".".join(_quoted(part, quote) for part in (database, table + reference.suffix))
        sql = sql[: reference.start] + name + sql[reference.end :]
    return sql


def _quoted(name: str, quote: str) -> str:
    return name if _PLAIN.fullmatch(name) else f"{quote}{name}{quote}"


def _common_tables(words: Sequence[re.Match[str]]) -> set[str]:
    """Return the names of ``WITH name AS (`` and ``WITH name (a, b) AS (``, which are not tables of a database."""
    texts = [word[0] for word in words]
    names = set()
    for index, text in enumerate(texts):
        if text.upper() == "AS" and texts[index + 1 : index + 2] == ["("] and index:
            before = index - 1
            if texts[before] == ")":
                before = max((place for place in range(before) if texts[place] == "("), default=0) - 1
            names.add(texts[max(before, 0)].strip('"`').lower())
    return names


def _reference(words: Sequence[re.Match[str]], index: int) -> TableReference | None:
    """Return the table reference that begins at a word: with one part, two, or three including a catalog."""
    parts = []
    while index < len(words) and words[index].lastgroup == "name":
        parts.append(words[index])
        index += 1
        if words[index : index + 1] == [] or words[index][0] != ".":
            break
        index += 1
    if not parts or parts[0][0].upper() in _NO_TABLES:
        return None
    names = [part[0].strip('"`').replace('""', '"') for part in parts]
    suffix = match[0] if (match := _METADATA.search(names[-1])) else ""
    database = names[-2] if len(names) > 1 else None
    return TableReference(database, names[-1].removesuffix(suffix), parts[0].start(), parts[-1].end(), suffix)
