"""Quoted text as OpenCSVSerDe reads it, line by line.

https://docs.aws.amazon.com/athena/latest/ug/csv-serde.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from local_cloud.athena.catalog.hive_types import duckdb_type, literal, nested_parts, quoted
from local_cloud.athena.formats.text_values import scalar

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# Dates are stored as days since 1970, timestamps as milliseconds.
_NUMBERED = {"DATE": "DATE '1970-01-01' + {}::INTEGER", "TIMESTAMP": "epoch_ms({})"}


def quoted_text_sql(
    columns: Sequence[tuple[str, str]], places: Mapping[str, int], serde_parameters: Mapping[str, str], lines: str
) -> str:
    """Return the SELECT over some lines, by the position of each column."""
    separator = serde_parameters.get("separatorChar", ",")
    quote = serde_parameters.get("quoteChar", '"')
    escape = serde_parameters.get("escapeChar", "\\")
    s, q, e = (re.escape(character) for character in (separator, quote, escape))
    inside = f"(?:[^{q}{e}]|{e}.|{q}{q})*"
    field = f"{s}(?:{q}{inside}(?:{q}|$))?[^{s}]*"
    # Each match includes the preceding separator, so that empty fields match, too.
    found = f"regexp_extract_all({literal(separator)} || line, {literal(field)})"
    fields = f"(SELECT filename, list_transform({found}, lambda field: field[2:]) AS fields FROM {lines})"
    selected = []
    for name, hive_type in columns:
        kind = duckdb_type(hive_type)
        if nested_parts(hive_type) is not None or name not in places:
            selected.append(f"NULL::{kind} AS {quoted(name)}")
            continue
        text = _unquoted(f"fields[{places[name] + 1}]", quote, q, e)
        selected.append(f"{_value(text, hive_type, places[name])} AS {quoted(name)}")
    return f"SELECT {', '.join(selected)}, filename FROM {fields}"


def _unquoted(text: str, quote: str, quote_pattern: str, escape_pattern: str) -> str:
    inner = f"regexp_replace({text}[2:], {literal(quote_pattern + '$')}, '')"
    plain = (
        f"regexp_replace({inner}, {literal(f'{quote_pattern}({quote_pattern})|{escape_pattern}(.)')}, '\\1\\2', 'g')"
    )
    return f"CASE WHEN starts_with({text}, {literal(quote)}) THEN {plain} ELSE {text} END"


def _value(text: str, hive_type: str, place: int) -> str:
    """Return the SQL that reads a string as a type. A string that does not parse, such as an empty one, fails the query."""
    kind = duckdb_type(hive_type)
    if kind == "VARCHAR":
        return scalar(text, hive_type)
    value = _NUMBERED[kind].format(scalar(text, "bigint")) if kind in _NUMBERED else scalar(text, hive_type)
    said = f"'HIVE_BAD_DATA: Error parsing field value ''' || ({text}) || ''' for field {place}'"
    return f"CASE WHEN ({text}) IS NULL THEN NULL ELSE coalesce({value}, error({said})) END"
