r"""The number of JSON objects in a file, counted by DuckDB alone if that proves each line to be an object that Athena reads.

DuckDB's reader checks all of JSON but three things: it takes ``NaN``, ``Infinity`` and a comma before a closing bracket, and keys may occur
twice. It is asked, in one pass, whether

- nothing was skipped: the lengths of the objects and one line feed for each are the size of the file, which has no ``\r``;
- each line has one of the shapes of the first lines: their keys in their order, none of which occurs twice, and strings in the same places.
  If the file has no other quotation marks than these shapes, then no line has another key: a key has two.

A file that does not prove it may still be valid: its lines are then parsed one by one.
"""

from __future__ import annotations

import itertools
import os
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import duckdb

from local_cloud.athena.catalog.hive_types import literal
from local_cloud.athena.formats.json_rows import first_lines

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from local_cloud.athena.formats.json_rows import JsonRules

_MOST_SHAPES = 8
_PIECE = 256 * 1024  # bytes of the file that are held in memory at a time
_QUOTE, _BACKSLASH = b'"', b"\\"
# Without these characters, the first character of a key cannot follow the end of a string.
_KEY = re.compile(r'[^"\\\x00-\x1f,:\[\]{}]+')
# Shorter lines cannot be nested more deeply than Python's parser reads.
_SHALLOW_BYTES = 1000
# What strict JSON has not: https://github.com/ibireme/yyjson/blob/master/doc/API.md#reader-flag
_NOT_A_NUMBER = r'":[ \t]*-?(?:[iI]|[nN][aA])'


@dataclass(frozen=True, slots=True)
class _Shape:
    """The shape of some lines.

    Attributes
    ----------
    pattern
        The pattern of LIKE, with ``%`` for each value that is not an object; strings are in quotation marks.
    quotes
        The number of quotation marks.
    """

    pattern: str
    quotes: int

    def fits_sql(self, *, is_strict: bool) -> str:
        """Return the condition that a line has this shape and, if asked, nothing that is not strict JSON."""
        escaped = r" ESCAPE '\'" if "\\" in self.pattern else ""
        conditions = [f"json LIKE {literal(self.pattern)}{escaped}"]
        if not is_strict:
            conditions.append(f"(strlen(json) < {_SHALLOW_BYTES} OR NOT contains(json, '['))")
        else:
            conditions.append("NOT contains(json, '[')")
            if self.pattern.endswith("%}"):  # not a string
                conditions += [f"json NOT LIKE {literal(end)}" for end in ("%,}", "% }", "%\t}")]
            conditions.append(f"NOT regexp_matches(json, {literal(_NOT_A_NUMBER)})")
        return " AND ".join(conditions)


def count_objects(connection: duckdb.DuckDBPyConnection, file: Path, rules: JsonRules) -> int | None:
    """Return the number of objects in a file, or None if its lines have to be parsed.

    Parameters
    ----------
    file
        The file as it is stored, without compression.
    """
    shapes = list(itertools.islice(dict.fromkeys(_shapes(file, rules)), _MOST_SHAPES + 1))
    if not shapes or len(shapes) > _MOST_SHAPES or None in shapes:
        return None
    cases = " ".join(
        f"WHEN {shape.fits_sql(is_strict=not rules.is_lenient)} THEN {shape.quotes}" for shape in shapes if shape
    )
    with ThreadPoolExecutor(1) as threads:
        quotes = threads.submit(_quotes, file)
        try:
            [(rows, size, expected)] = connection.execute(
                f"SELECT count(*), sum(strlen(json)), sum(CASE {cases} ELSE error('another shape') END) "
                f"FROM read_ndjson_objects({literal(str(file))}, compression='none')"
            ).fetchall()
        except duckdb.InterruptException:
            raise
        except duckdb.Error:  # parsing the lines says what is wrong, if anything is
            return None
        is_whole = rows and size + rows == file.stat().st_size + (0 if _ends_with_line_feed(file) else 1)
        return rows if is_whole and expected == quotes.result() else None


def _shapes(file: Path, rules: JsonRules) -> Iterator[_Shape | None]:
    """Return the shapes of the first lines; None for a line that has none."""
    for line, document in first_lines(file, rules):
        space = " " if '": ' in line else ""  # as Python's json module writes
        yield _shape(document, space, rules)


def _shape(document: dict[str, Any] | list[Any], space: str, rules: JsonRules) -> _Shape | None:
    if not isinstance(document, dict):
        return None
    if not rules.is_lenient and any(isinstance(value, dict | list) for value in document.values()):
        return None
    try:
        keys, pattern = list(_keys(document)), _pattern(document, space)
    except (_IrregularError, RecursionError):
        return None
    if len({rules.keys.folded(key) for key in keys}) < len(keys) or not all(map(_KEY.fullmatch, keys)):
        return None
    return _Shape(pattern, pattern.count('"'))


class _IrregularError(Exception):
    """A list of values with quotation marks, whose number varies."""


def _keys(value: Any) -> Iterator[str]:
    """Return the keys at every depth."""
    if isinstance(value, dict):
        for key, part in value.items():
            yield key
            yield from _keys(part)


def _pattern(value: Any, space: str) -> str:
    if isinstance(value, dict):
        pairs = (f'"{_escaped(key)}":{space}{_pattern(part, space)}' for key, part in value.items())
        return "{" + f",{space}".join(pairs) + "}"
    if isinstance(value, list):
        if not all(map(_is_plain, value)):
            raise _IrregularError
        return "[%]"
    return "%" if _is_plain(value) else '"%"'


def _is_plain(value: Any) -> bool:
    """Return whether a value is written without quotation marks. A number is a kind of str."""
    if isinstance(value, list):
        return all(map(_is_plain, value))
    return type(value) is not str and not isinstance(value, dict)


def _escaped(key: str) -> str:
    return re.sub("([%_])", r"\\\1", key)


def _ends_with_line_feed(file: Path) -> bool:
    with file.open("rb") as content:
        content.seek(-1, os.SEEK_END)
        return content.read() == b"\n"


def _quotes(file: Path) -> int | None:
    r"""Return the number of quotation marks that are not escaped; None if that is unclear, or if the file has a ``\r``."""
    buffer = bytearray(_PIECE)
    found, last = 0, b""
    with file.open("rb", buffering=0) as content:
        while size := content.readinto(buffer):
            piece = buffer if size == _PIECE else buffer[:size]
            found += piece.count(_QUOTE)
            if b"\r" in piece:
                return None
            if _BACKSLASH in piece or last == _BACKSLASH:
                text = last + piece if last == _BACKSLASH else piece
                if _BACKSLASH * 2 in text:
                    return None
                found -= text.count(_BACKSLASH + _QUOTE)
            last = bytes(piece[-1:])
    return found
