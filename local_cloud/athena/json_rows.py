"""JSON, one object a line, as the OpenX SerDe reads it: names in any case, at every depth.

https://docs.aws.amazon.com/athena/latest/ug/openx-json-serde.html;
https://github.com/trinodb/trino/blob/master/lib/trino-hive-formats/src/main/java/io/trino/hive/formats/line/openxjson/README.md
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from local_cloud.athena.hive_types import INTEGERS, duckdb_type, literal, nested_parts, quoted
from local_cloud.athena.text_values import scalar, sized_text

if TYPE_CHECKING:
    from collections.abc import Sequence

_MALFORMED = "HIVE_CURSOR_ERROR: Row is not a valid JSON Object - JSONException: "


def json_rows_sql(columns: Sequence[tuple[str, str]], lines: str) -> str:
    """Build the SELECT over some lines; a line that is not an object fails the query, as it does in Athena."""
    documents = (
        "(SELECT filename, CASE WHEN json_valid(line) AND json_type(line) = 'OBJECT' THEN line::JSON ELSE "
        f"error({literal(_MALFORMED)} || line[:200]) END AS document FROM {lines} WHERE trim(line) <> '')"
    )
    rows = f"(SELECT filename, {_folded('document')} AS folded FROM {documents})"
    selected = [f"{_value(f'folded[{literal(name)}]', kind, 1)} AS {quoted(name)}" for name, kind in columns]
    return f"SELECT {', '.join(selected)}, filename FROM {rows}"


def _folded(document: str) -> str:
    """Read an object's values by their keys in lower case; a key that comes twice fails the query.

    https://repost.aws/knowledge-center/json-duplicate-key-error-athena-config
    """
    lowered = f"list_transform(json_keys({document}), lambda name: lower(name))"
    entries = f"map_entries(CAST({document} AS MAP(VARCHAR, JSON)))"
    return (
        f"CASE WHEN len({lowered}) > len(list_distinct({lowered})) "
        f"THEN error({literal(f'{_MALFORMED}Duplicate key: ')} || CAST({document} AS VARCHAR)[:200]) "
        f"ELSE map_from_entries(list_transform({entries}, lambda entry: {{'k': lower(entry.key), 'v': entry.value}})) END"
    )


def _value(document: str, hive_type: str, level: int) -> str:
    """Build the SQL that reads a value of JSON as a type."""
    bound = f"value_{level}"  # so that the SQL of what is nested is written once
    nested = nested_parts(hive_type)
    kind, parts = nested if nested is not None else ("", [])
    read = {"array": _array, "map": _map, "struct": _struct}[kind] if kind else _plain
    value = read(bound, hive_type, parts, level)
    return f"CAST(list_transform([{document}], lambda {bound}: {value})[1] AS {duckdb_type(hive_type)})"


def _plain(value: str, hive_type: str, _parts: list[str], _level: int) -> str:
    text, kind = f"({value} ->> '$')", duckdb_type(hive_type)
    if kind == "VARCHAR":
        return sized_text(text, hive_type)
    if kind == "BOOLEAN":
        return f"CASE WHEN {text} IS NOT NULL THEN lower({text}) = 'true' END"
    refused = _refused(value, hive_type)
    if kind == "BLOB":
        return f"CASE WHEN json_type({value}) = 'VARCHAR' THEN from_base64({text}) WHEN {text} IS NOT NULL THEN {refused} END"
    read = scalar(text, hive_type)
    if kind in INTEGERS:
        read = f"coalesce({read}, TRY_CAST(trunc({scalar(text, 'decimal(38,9)')}) AS {kind}))"
    return f"CASE WHEN json_type({value}) IN ('OBJECT', 'ARRAY') THEN {refused} ELSE {read} END"


def _array(value: str, _hive_type: str, parts: list[str], level: int) -> str:
    item = f"item_{level}"
    read = _value(item, parts[0], level + 1)
    items = f"list_transform(CAST({value} AS JSON[]), lambda {item}: {read})"
    single = _value(value, parts[0], level + 1)  # anything else is an array of one item
    empty = f"{value} ->> '$' = ''"
    return f"CASE WHEN json_type({value}) = 'ARRAY' THEN {items} WHEN NOT ({empty}) THEN [{single}] END"


def _map(value: str, hive_type: str, parts: list[str], level: int) -> str:
    entry = f"entry_{level}"
    key = scalar(f"{entry}.key", parts[0], is_base64=True)
    item = _value(f"{entry}.value", parts[1], level + 1)
    entries = f"map_entries(CAST({value} AS MAP(VARCHAR, JSON)))"
    pairs = f"list_transform({entries}, lambda {entry}: {{'k': {key}, 'v': {item}}})"
    kept = f"map_from_entries(list_filter({pairs}, lambda {entry}: {entry}.k IS NOT NULL))"
    return f"CASE WHEN json_type({value}) = 'OBJECT' THEN {kept} {_otherwise(value, hive_type)} END"


def _struct(value: str, hive_type: str, parts: list[str], level: int) -> str:
    fields = [part.split(":", 1) for part in parts]
    folded = f"fields_{level}"
    packed = ", ".join(
        f"{quoted(name.strip())} := {_value(f'{folded}[{literal(name.strip())}]', kind, level + 1)}"
        for name, kind in fields
    )
    read = f"list_transform([{_folded(value)}], lambda {folded}: struct_pack({packed}))[1]"
    return f"CASE WHEN json_type({value}) = 'OBJECT' THEN {read} {_otherwise(value, hive_type)} END"


def _otherwise(value: str, hive_type: str) -> str:
    return f"WHEN trim({value} ->> '$') <> '' THEN {_refused(value, hive_type)}"


def _refused(value: str, hive_type: str) -> str:
    said = literal(f" cannot be read as {hive_type}")
    return f"error('HIVE_CURSOR_ERROR: ' || CAST({value} AS VARCHAR)[:200] || {said})"
