"""Hive's types as a tree: the type of a column, an array's items, a map's keys and values or a struct's field."""

from __future__ import annotations

import re
from dataclasses import dataclass

INTEGER_BITS = {"tinyint": 8, "smallint": 16, "int": 32, "integer": 32, "bigint": 64}
"""The signed integer types and their sizes in bits."""

_SIZED = re.compile(r"(?P<kind>[a-z]+)\s*\(\s*(?P<first>[0-9]+)\s*(,\s*(?P<second>[0-9]+)\s*)?\)")


@dataclass(frozen=True, slots=True)
class HiveType:
    """A Hive type.

    Attributes
    ----------
    text
        The type as written in Glue, in lower case, such as ``array<decimal(10,2)>``.
    kind
        The name alone, such as ``decimal`` or ``struct``.
    sizes
        Precision and scale of a decimal; the length of a varchar or char.
    parts
        The types inside a nested type: an array's items, a map's keys and values, a struct's fields.
    names
        The names of a struct's fields, in lower case.
    """

    text: str
    kind: str
    sizes: tuple[int, ...] = ()
    parts: tuple[HiveType, ...] = ()
    names: tuple[str, ...] = ()

    @classmethod
    def parse(cls, text: str) -> HiveType:
        """Parse a type; an unknown name becomes a type without parts."""
        text = text.strip().lower()
        kind, bracket, inside = text.partition("<")
        kind = kind.strip()
        if bracket:
            parts = split_types(inside.rpartition(">")[0])
            if kind != "struct":
                return cls(text, kind, parts=tuple(cls.parse(part) for part in parts))
            fields = [part.partition(":") for part in parts]
            return cls(
                text,
                kind,
                parts=tuple(cls.parse(field) for _, _, field in fields),
                names=tuple(name.strip() for name, _, _ in fields),
            )
        if match := _SIZED.fullmatch(text):
            sizes = tuple(int(size) for size in (match["first"], match["second"]) if size is not None)
            return cls(text, match["kind"], _decimal(*sizes) if match["kind"] == "decimal" else sizes)
        return cls(text, text, _decimal() if text == "decimal" else ())

    def __str__(self) -> str:
        return self.text


def _decimal(precision: int = 10, scale: int = 0) -> tuple[int, int]:
    return precision, scale


def split_types(text: str) -> list[str]:
    """Split at the commas that are outside brackets."""
    parts = [""]
    depth = 0
    for character in text:
        depth += (character in "<(") - (character in ">)")
        if character == "," and not depth:
            parts.append("")
        else:
            parts[-1] += character
    return parts
