"""A Parquet file's schema as a tree, built from the footer's flat list.

https://github.com/apache/parquet-format/blob/master/LogicalTypes.md
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

_DEEPEST = 200
_PHYSICAL = ("BOOLEAN", "INT32", "INT64", "INT96", "FLOAT", "DOUBLE", "BYTE_ARRAY", "FIXED_LEN_BYTE_ARRAY")
_CONVERTED = (
    *("UTF8", "MAP", "MAP_KEY_VALUE", "LIST", "ENUM", "DECIMAL", "DATE"),
    *("TIME_MILLIS", "TIME_MICROS", "TIMESTAMP_MILLIS", "TIMESTAMP_MICROS"),
    *("UINT_8", "UINT_16", "UINT_32", "UINT_64", "INT_8", "INT_16", "INT_32", "INT_64"),
    *("JSON", "BSON", "INTERVAL"),
)
# The members of LogicalType by their numbers; for some of them, older files have only a converted type.
_LOGICAL = {
    1: "UTF8",
    2: "MAP",
    3: "LIST",
    4: "ENUM",
    5: "DECIMAL",
    6: "DATE",
    7: "TIME",
    8: "TIMESTAMP",
    11: "NULL",
    12: "JSON",
    13: "BSON",
    14: "UUID",
    15: "FLOAT16",
    16: "VARIANT",
    17: "GEOMETRY",
    18: "GEOGRAPHY",
}
_INTEGER, _NULL = 10, 11
_REPEATED = 2  # a FieldRepetitionType


class InvalidSchemaError(ValueError):
    """The elements are not a schema."""


@dataclass(slots=True)
class SchemaNode:
    """A column of a file, or a part of one.

    Attributes
    ----------
    physical
        The physical type, such as ``INT64``; empty for a group.
    annotation
        The converted type, such as ``UTF8``, or else the logical type; empty if the column has neither.
    leaf
        The position of a plain column among the file's plain columns, which is also its position in a row group.
    """

    name: str
    physical: str
    annotation: str
    precision: int = 0
    scale: int = 0
    repeated: bool = False
    leaf: int = -1
    children: list[SchemaNode] = field(default_factory=list)

    @property
    def decimal(self) -> tuple[int, int] | None:
        """Precision and scale; None if it is not a decimal."""
        return (self.precision, self.scale) if self.annotation == "DECIMAL" else None

    def __str__(self) -> str:
        sized = f"({self.precision},{self.scale})" if self.annotation == "DECIMAL" else ""
        return " ".join(part for part in (self.physical or "group", f"{self.annotation}{sized}") if part)


def build_schema(elements: Sequence[dict[int, Any]]) -> list[SchemaNode]:
    """Build the top-level columns of a schema.

    Parameters
    ----------
    elements
        The SchemaElements of a footer, by Thrift's field numbers, depth first, with the root first.

    Raises
    ------
    InvalidSchemaError
        If an element is missing or has a value of another type, or the schema is nested too deeply.
    """
    root = SchemaNode("", "", "")
    waiting = [(root, _children(elements[0]))]  # open groups, each with the number of children still to come
    leaves = 0
    for element in elements[1:]:
        while waiting and not waiting[-1][1]:
            waiting.pop()
        if not waiting:
            break
        group, left = waiting[-1]
        waiting[-1] = group, left - 1
        node = _node(element)
        group.children.append(node)
        if children := _children(element):
            waiting.append((node, children))
        elif node.physical:
            node.leaf = leaves
            leaves += 1
        if len(waiting) > _DEEPEST:
            raise InvalidSchemaError("its schema is nested too deeply")
    if any(left for _, left in waiting):
        raise InvalidSchemaError("its schema ends too early")
    return root.children


def _children(element: dict[int, Any]) -> int:
    return _number(element, 5)


def _number(element: dict[int, Any], field_number: int) -> int:
    value = element.get(field_number, 0)
    if type(value) is not int:
        raise InvalidSchemaError(f"field {field_number} of an element is {value!r}, which is not a number")
    return value


def _node(element: dict[int, Any]) -> SchemaNode:
    return SchemaNode(
        name=element[4].decode(),
        physical=_PHYSICAL[element[1]] if 1 in element and not _children(element) else "",
        annotation=_annotation(element),
        precision=_number(element, 8),
        scale=_number(element, 7),
        repeated=element.get(3) == _REPEATED,
    )


def _annotation(element: dict[int, Any]) -> str:
    logical = element.get(10) or {}
    if 6 in element and _NULL not in logical:
        return _CONVERTED[element[6]]
    if _INTEGER in logical:
        return f"{'' if logical[_INTEGER].get(2) else 'U'}INT_{logical[_INTEGER].get(1)}"
    return next((_LOGICAL.get(kind, f"logical type {kind}") for kind in logical), "")
