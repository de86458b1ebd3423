"""Delimited text as LazySimpleSerDe reads and writes it: without quotes, with one delimiter for each level of nesting.

https://docs.aws.amazon.com/athena/latest/ug/lazy-simple-serde.html
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from local_cloud.athena.catalog.hive_types import duckdb_type, literal, nested_parts, quoted
from local_cloud.athena.formats.text_values import scalar
from local_cloud.athena.functions.conversions import pairs_of
from local_cloud.athena.results.values import formatter

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from local_cloud.athena.types.trino_types import Type

# Hive's defaults below the three levels that have a parameter.
_DEEPER = ("\x04", "\x05", "\x06", "\x07", "\x08")
_FIRST_STAND_IN = 57344  # in Unicode's private use area: replaces escaped delimiters


@dataclass(frozen=True, slots=True)
class DelimitedText:
    """The delimiters of fields and of nested values.

    Attributes
    ----------
    delimiters
        The delimiters of fields, of items, of map keys, and of the levels below.
    null
        The string that is read as null.
    """

    delimiters: tuple[str, ...]
    null: str = "\\N"
    escape: str | None = None

    @classmethod
    def of(cls, serde_parameters: Mapping[str, str]) -> DelimitedText:
        """Return the delimiters that a SerDe's parameters define."""
        fields = serde_parameters.get("field.delim", serde_parameters.get("serialization.format", "\x01"))
        # Hive itself writes the misspelled name.
        items = serde_parameters.get("collection.delim", serde_parameters.get("colelction.delim", "\x02"))
        return cls(
            (fields, items, serde_parameters.get("mapkey.delim", "\x03"), *_DEEPER),
            serde_parameters.get("serialization.null.format", "\\N"),
            serde_parameters.get("escape.delim"),
        )

    def select_sql(self, columns: Sequence[tuple[str, str]], places: Mapping[str, int], lines: str) -> str:
        """Return the SELECT over some lines, by the position of each column."""
        line = "line"
        for text, stand_in in self._escaped():
            line = f"replace({line}, {literal(f'{self.escape}{text}')}, {stand_in})"
        fields = f"(SELECT filename, string_split({line}, {literal(self.delimiters[0])}) AS fields FROM {lines})"
        selected = []
        for name, hive_type in columns:
            text = self._or_null(f"fields[{places[name] + 1}]") if name in places else "NULL::VARCHAR"
            selected.append(f"CAST({self._value(text, hive_type, 1)} AS {duckdb_type(hive_type)}) AS {quoted(name)}")
        return f"SELECT {', '.join(selected)}, filename FROM {fields}"

    def line(self, row: Sequence[Any], kinds: Sequence[Type]) -> str:
        """Return a row as a line."""
        cells = [self._cell(cell, kind, 1) for cell, kind in zip(row, kinds, strict=True)]
        return self.delimiters[0].join(cells) + "\n"

    def _escaped(self) -> list[tuple[str, str]]:
        texts = [self.escape, *self.delimiters[:3]] if self.escape else []
        return [(text, f"chr({_FIRST_STAND_IN + index})") for index, text in enumerate(texts) if text is not None]

    def _or_null(self, text: str) -> str:
        return f"nullif({text}, {literal(self.null)})"

    def _value(self, text: str, hive_type: str, level: int) -> str:
        nested = nested_parts(hive_type)
        if nested is None:
            if self.escape:  # it stands for the next character, whichever it is
                escaped = literal(re.escape(self.escape) + "(.)")
                text = f"regexp_replace({text}, {escaped}, '\\1', 'gs')"
            for original, stand_in in self._escaped():
                text = f"replace({text}, {stand_in}, {literal(original)})"
            return scalar(text, hive_type, is_base64=True)
        kind, parts = nested
        item = f"item_{level}"
        split = f"string_split({text}, {literal(self.delimiters[level])})"
        if kind == "array":
            value = self._value(self._or_null(item), parts[0], level + 1)
            return f"CASE WHEN {text} = '' THEN [] ELSE list_transform({split}, lambda {item}: {value}) END"
        if kind == "map":
            pair = f"string_split({item}, {literal(self.delimiters[level + 1])})"
            key, value = (
                self._value(self._or_null(f"{pair}[{place}]"), part, level + 2) for place, part in enumerate(parts, 1)
            )
            entries = f"list_transform({split}, lambda {item}: {{'k': {key}, 'v': {value}}})"
            first = f"list_position(list_transform({entries}, lambda {item}: {item}.k), {item}.k) = at_{level}"
            # Null and duplicate keys are skipped.
            kept = f"list_filter({entries}, lambda {item}, at_{level}: {item}.k IS NOT NULL AND {first})"
            return f"CASE WHEN {text} = '' THEN MAP {{}} ELSE map_from_entries({kept}) END"
        fields = [part.split(":", 1) for part in parts]
        packed = ", ".join(
            f"{quoted(name.strip())} := {self._value(self._or_null(f'{split}[{place}]'), part, level + 1)}"
            for place, (name, part) in enumerate(fields, 1)
        )
        return f"CASE WHEN {text} IS NULL THEN NULL ELSE struct_pack({packed}) END"

    def _cell(self, value: Any, kind: Type, level: int) -> str:
        if value is None:
            return self.null
        match kind.base:
            case "varbinary":
                return base64.b64encode(value).decode()
            case "array":
                return self.delimiters[level].join(self._cell(item, kind.parts[0], level + 1) for item in value)
            case "map":
                return self.delimiters[level].join(
                    self.delimiters[level + 1].join(
                        self._cell(part, part_kind, level + 2) for part, part_kind in zip(pair, kind.parts, strict=True)
                    )
                    for pair in pairs_of(value)
                )
            case "row":
                items = value.values() if isinstance(value, dict) else value
                return self.delimiters[level].join(
                    self._cell(item, part, level + 1) for item, part in zip(items, kind.parts, strict=True)
                )
        return formatter(kind)(value) or ""
