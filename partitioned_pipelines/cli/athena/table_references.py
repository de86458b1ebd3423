"""The tables that a statement names, and where in its text it does."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

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
# Functions with a FROM of their own: https://trino.io/docs/current/functions/datetime.html#extract, …/string.html#trim
_WITH_FROM = {"EXTRACT", "TRIM"}
_HIVE = re.compile(r"\s*(ALTER|CREATE|DESC|DESCRIBE|DROP|MSCK|SHOW)\b", re.IGNORECASE)
_PLAIN = re.compile(r"[a-z_][a-z0-9_]*", re.IGNORECASE)
# Such as "flights$partitions": https://docs.aws.amazon.com/athena/latest/ug/show-partitions.html
_METADATA = re.compile(r"\$\w+\Z")


@dataclass(frozen=True)
class TableReference:
    """A table as a statement names it.

    Attributes
    ----------
    database
        None if the statement leaves it out.
    start, end
        The place of the whole name.
    suffix
        Of a table about a table: ``$partitions``.
    """

    database: str | None
    table: str
    start: int
    end: int
    suffix: str = ""

    def __str__(self) -> str:
        return self.table if self.database is None else f"{self.database}.{self.table}"


def find_references(sql: str) -> list[TableReference]:
    """Find the tables that a statement names, wherever it names them."""
    words = [found for found in _WORDS.finditer(sql) if found.lastgroup != "skipped"]
    created_here = _common_tables(words)
    found: list[TableReference] = []
    in_from: list[bool | None] = [False]  # of each open parenthesis; None if a FROM in it names no table
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
    """Return a statement in which some tables have another database and name."""
    quote = "`" if _HIVE.match(sql) else '"'
    for reference, (database, table) in sorted(places.items(), key=lambda item: item[0].start, reverse=True):
        name = ".".join(_quoted(part, quote) for part in (database, table + reference.suffix))
        sql = sql[: reference.start] + name + sql[reference.end :]
    return sql


def _quoted(name: str, quote: str) -> str:
    return name if _PLAIN.fullmatch(name) else f"{quote}{name}{quote}"


def _common_tables(words: Sequence[re.Match[str]]) -> set[str]:
    """Return the names of ``WITH name AS (`` and ``WITH name (a, b) AS (``: they are no tables of a database."""
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
    """Read the name that begins at a word: of one part, two, or three with a catalog."""
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
