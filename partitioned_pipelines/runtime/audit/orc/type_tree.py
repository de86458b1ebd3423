"""The types of an ORC file as a tree, built from the footer's flat list: https://orc.apache.org/docs/types.html."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from partitioned_pipelines.runtime.audit.orc.protobuf import InvalidMessageError, read_fields, read_numbers

if TYPE_CHECKING:
    from collections.abc import Sequence

_KINDS = (
    *("BOOLEAN", "BYTE", "SHORT", "INT", "LONG", "FLOAT", "DOUBLE", "STRING", "BINARY", "TIMESTAMP"),
    *("LIST", "MAP", "STRUCT", "UNION", "DECIMAL", "DATE", "VARCHAR", "CHAR", "TIMESTAMP_INSTANT"),
)
_PARTS = {"LIST": 1, "MAP": 2}


@dataclass(frozen=True, slots=True)
class OrcType:
    """A column of a file, or a part of one.

    Attributes
    ----------
    decimal
        Precision and scale; None if it is not a decimal.
    children
        A list's items, a map's keys and values, or a struct's fields.
    """

    name: str
    kind: str
    decimal: tuple[int, int] | None
    children: tuple[OrcType, ...]

    def __str__(self) -> str:
        return f"DECIMAL({self.decimal[0]},{self.decimal[1]})" if self.decimal else self.kind


def build_columns(messages: Sequence[bytes]) -> list[OrcType]:
    """Build the columns, which are the fields of the first type.

    Parameters
    ----------
    messages
        The Types of a footer; each refers to its parts by their numbers, which are higher than its own.

    Raises
    ------
    InvalidMessageError
        If the messages are not a tree of types.
    """
    drafts = [_Draft.read(message) for message in messages]
    if not drafts or drafts[0].kind != "STRUCT":
        raise InvalidMessageError("its first type is not a struct of columns")
    built: dict[int, OrcType] = {}
    for number in range(len(drafts) - 1, -1, -1):
        draft = drafts[number]
        if len(draft.names) != len(draft.parts):
            raise InvalidMessageError(f"type {number} has {len(draft.parts)} parts, and names for {len(draft.names)}")
        # Each type is used once, by a type before it, so that malicious references cannot form cycles or multiply types.
        parts = [(name, built.pop(part, None)) for name, part in zip(draft.names, draft.parts, strict=True)]
        if any(part is None for _, part in parts):
            raise InvalidMessageError(f"type {number} has parts that are missing or used twice: {draft.parts[:20]}")
        children = tuple(OrcType(name, part.kind, part.decimal, part.children) for name, part in parts if part)
        built[number] = OrcType("", draft.kind, draft.decimal, children)
    return list(built[0].children)


@dataclass(frozen=True, slots=True)
class _Draft:
    kind: str
    parts: list[int]
    names: list[str]
    decimal: tuple[int, int] | None

    @classmethod
    def read(cls, message: bytes) -> _Draft:
        code = precision = scale = 0
        parts: list[int] = []
        names: list[str] = []
        for number, value in read_fields(message):
            if number == 2:
                parts += read_numbers(value)
            elif number == 3 and isinstance(value, bytes):
                names.append(value.decode(errors="replace"))
            elif isinstance(value, int):
                code = value if number == 1 else code
                precision = value if number == 5 else precision
                scale = value if number == 6 else scale
        kind = _KINDS[code] if code < len(_KINDS) else f"type {code}"
        if kind in _PARTS and len(parts) != _PARTS[kind]:
            raise InvalidMessageError(f"a {kind} has {len(parts)} parts")
        if kind != "STRUCT":
            names = [""] * len(parts)
        return cls(kind, parts, names, (precision, scale) if kind == "DECIMAL" else None)
