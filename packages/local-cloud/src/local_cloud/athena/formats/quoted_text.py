"""Quoted text as OpenCSVSerDe reads it, line by line.

https://docs.aws.amazon.com/athena/latest/ug/csv-serde.html
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from local_cloud.athena.catalog.hive_types import duckdb_type, literal, nested_parts, quoted
from local_cloud.athena.formats.text_values import scalar

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import duckdb

# Dates are stored as days since 1970, timestamps as milliseconds.
_NUMBERED = {"DATE": "DATE '1970-01-01' + {}::INTEGER", "TIMESTAMP": "epoch_ms({})"}


def quoted_text_sql(
    connection: duckdb.DuckDBPyConnection,
    columns: Sequence[tuple[str, str]],
    places: Mapping[str, int],
    serde_parameters: Mapping[str, str],
    lines: str,
) -> str:
    """Return the SELECT over some lines, by the position of each column."""
    separator = serde_parameters.get("separatorChar", ",")
    quote = serde_parameters.get("quoteChar", '"')
    escape = serde_parameters.get("escapeChar", "\\")
    function = f"csv_line_{uuid.uuid4().hex}"

    def fields_of(line: str) -> list[str] | None:
        return fields_of_line(line, separator, quote, escape)

    connection.create_function(function, fields_of, ["VARCHAR"], "VARCHAR[]", null_handling="special")  # type: ignore[call-overload]  # a list as a name
    # Most lines have neither quotes nor escapes, and DuckDB splits them faster.
    plain = f"NOT contains(line, {literal(quote)}) AND NOT contains(line, {literal(escape)}) AND line <> ''"
    split = f"CASE WHEN {plain} THEN string_split(line, {literal(separator)}) ELSE {function}(line) END"
    fields = f"(SELECT filename, {split} AS fields FROM {lines})"
    selected = []
    for name, hive_type in columns:
        kind = duckdb_type(hive_type)
        if nested_parts(hive_type) is not None or name not in places:
            selected.append(f"NULL::{kind} AS {quoted(name)}")
            continue
        text = f"fields[{places[name] + 1}]"
        selected.append(f"{_value(text, hive_type, places[name])} AS {quoted(name)}")
    return f"SELECT {', '.join(selected)}, filename FROM {fields}"


def fields_of_line(line: str, separator: str, quote: str, escape: str) -> list[str] | None:
    """Return the fields of a line as opencsv 2.3, which the SerDe uses, reads them; None for a blank line or an unclosed quote.

    An escape has a meaning between quotes only, and is dropped elsewhere. A quote inside a field that does not begin with one is kept.
    """
    if not line:
        return None
    fields: list[str] = []
    current, is_quoted, place = "", False, 0
    while place < len(line):
        character, following = line[place], line[place + 1 : place + 2]
        if character == escape:
            if is_quoted and following and following in (quote, escape):
                current += following
                place += 1
        elif character == quote:
            if is_quoted and following == quote:
                current += quote
                place += 1
            else:
                if place > 2 and line[place - 1] != separator and following and following != separator:
                    current = "" if current and current.isspace() else current + quote
                is_quoted = not is_quoted
        elif character == separator and not is_quoted:
            fields.append(current)
            current = ""
        else:
            current += character
        place += 1
    return None if is_quoted else [*fields, current]


def _value(text: str, hive_type: str, place: int) -> str:
    """Return the SQL that reads a string as a type. A string that does not parse, such as an empty one, fails the query."""
    kind = duckdb_type(hive_type)
    if kind == "VARCHAR":
        return scalar(text, hive_type)
    value = (
        _NUMBERED[kind].format(scalar(text, "bigint", cuts_fractions=False))
        if kind in _NUMBERED
        else scalar(text, hive_type, cuts_fractions=False)
    )
    said = f"'HIVE_BAD_DATA: Error parsing field value ''' || ({text}) || ''' for field {place}'"
    return f"CASE WHEN ({text}) IS NULL THEN NULL ELSE coalesce({value}, error({said})) END"
