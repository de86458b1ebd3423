"""Trino's types, and how DuckDB holds their values.

https://trino.io/docs/current/language/types.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from local_cloud.athena.catalog.hive_types import nested_parts, quoted

if TYPE_CHECKING:
    from collections.abc import Sequence

UNBOUNDED = 2147483647
LONGEST_CHAR = 65536
MAX_PRECISION = 38


@dataclass(frozen=True, slots=True)
class Type:
    """A type.

    Attributes
    ----------
    base
        The name without parameters, such as ``timestamp with time zone``.
    sizes
        Length, precision and scale.
    parts
        The types of items, of key and value, or of fields.
    names
        The names of a row's fields, None for a field without a name.
    """

    base: str
    sizes: tuple[int, ...] = ()
    parts: tuple[Type, ...] = ()
    names: tuple[str | None, ...] = ()

    def __str__(self) -> str:
        if self.base == "row":
            fields = (
                f"{_field(name)} {part}" if name else str(part)
                for name, part in zip(self.names, self.parts, strict=True)
            )
            return f"row({', '.join(fields)})"
        if self.parts:
            return f"{self.base}({', '.join(map(str, self.parts))})"
        if not self.sizes or (self.base == "varchar" and self.sizes[0] == UNBOUNDED):
            return self.base
        head, _, zone = self.base.partition(" with ")
        return f"{head}({','.join(map(str, self.sizes))}){' with ' + zone if zone else ''}"

    @property
    def size(self) -> int:
        """The length of a string, or the precision of a number or time."""
        return self.sizes[0]

    @property
    def scale(self) -> int:
        """The scale of a decimal."""
        return self.sizes[1]

    @property
    def is_string(self) -> bool:
        """Whether it is varchar or char."""
        return self.base in {"varchar", "char"}

    @property
    def is_floating(self) -> bool:
        """Whether it is real or double."""
        return self.base in {"real", "double"}

    @property
    def is_zoned(self) -> bool:
        """Whether its values have a zone."""
        return self.base.endswith("with time zone")

    @property
    def fields(self) -> list[str]:
        """The names of a row's fields in DuckDB."""
        names = [name.lower() if name else "" for name in self.names]
        if all(names) and len(set(names)) == len(names):
            return names
        return [f"field{place}" for place in range(len(names))]

    @property
    def duckdb(self) -> str:
        """The type by which DuckDB holds the values."""
        match self.base:
            case "decimal":
                return f"DECIMAL({self.size},{self.scale})"
            case "array":
                return f"{self.parts[0].duckdb}[]"
            case "map":
                return f"MAP({self.parts[0].duckdb}, {self.parts[1].duckdb})"
            case "row":
                fields = zip(self.fields, self.parts, strict=True)
                return f"STRUCT({', '.join(f'{quoted(name)} {part.duckdb}' for name, part in fields)})"
        return _DUCKDB[self.base]


def _field(name: str) -> str:
    return name if name.isidentifier() and name == name.lower() else quoted(name)


_DUCKDB = {
    "bigint": "BIGINT",
    "boolean": "BOOLEAN",
    "char": "VARCHAR",
    "date": "DATE",
    "double": "DOUBLE",
    "function": "VARCHAR",
    "integer": "INTEGER",
    "interval day to second": "BIGINT",  # milliseconds
    "interval year to month": "INTEGER",  # months
    "ipaddress": "VARCHAR",
    "json": "VARCHAR",
    "real": "FLOAT",
    "smallint": "SMALLINT",
    "time": "TIME",
    "time with time zone": "STRUCT(t TIME, z VARCHAR)",
    "timestamp": "TIMESTAMP",
    "timestamp with time zone": "STRUCT(t TIMESTAMP, z VARCHAR)",  # DuckDB's own type does not keep the zone
    "tinyint": "TINYINT",
    "unknown": "INTEGER",
    "uuid": "VARCHAR",
    "varbinary": "BLOB",
    "varchar": "VARCHAR",
}
UNKNOWN = Type("unknown")
BOOLEAN = Type("boolean")
TINYINT, SMALLINT, INTEGER, BIGINT = Type("tinyint"), Type("smallint"), Type("integer"), Type("bigint")
REAL, DOUBLE = Type("real"), Type("double")
VARCHAR = Type("varchar", (UNBOUNDED,))
VARBINARY = Type("varbinary")
DATE = Type("date")
JSON = Type("json")
UUID = Type("uuid")
DAY_TO_SECOND, YEAR_TO_MONTH = Type("interval day to second"), Type("interval year to month")
INTEGERS = ("tinyint", "smallint", "integer", "bigint")
NUMERIC = frozenset({*INTEGERS, "decimal", "real", "double"})
BITS = {"tinyint": 8, "smallint": 16, "integer": 32, "bigint": 64}


def varchar(length: int = UNBOUNDED) -> Type:
    """Return a varchar type."""
    return Type("varchar", (length,))


def char(length: int) -> Type:
    """Return a char type."""
    return Type("char", (length,))


def decimal(precision: int, scale: int) -> Type:
    """Return a decimal type."""
    return Type("decimal", (precision, scale))


def timestamp(precision: int = 3, *, zoned: bool = False) -> Type:
    """Return a timestamp type."""
    return Type("timestamp with time zone" if zoned else "timestamp", (precision,))


def time_type(precision: int = 3, *, zoned: bool = False) -> Type:
    """Return a type of times of a day."""
    return Type("time with time zone" if zoned else "time", (precision,))


def array(item: Type) -> Type:
    """Return an array type."""
    return Type("array", parts=(item,))


def map_type(key: Type, value: Type) -> Type:
    """Return a map type."""
    return Type("map", parts=(key, value))


def row(parts: Sequence[Type], names: Sequence[str | None] | None = None) -> Type:
    """Return a row type."""
    return Type("row", parts=tuple(parts), names=tuple(names or (None for _ in parts)))


def is_comparable(kind: Type) -> bool:
    """Return whether values of a type can be equal."""
    return kind.base not in {"function"} and all(map(is_comparable, kind.parts))


def is_orderable(kind: Type) -> bool:
    """Return whether values of a type have an order."""
    return kind.base not in {"json", "map", "function"} and all(map(is_orderable, kind.parts))


_OF_HIVE: dict[str, Type] = {
    "bigint": BIGINT,
    "binary": VARBINARY,
    "boolean": BOOLEAN,
    "char": char(1),
    "date": DATE,
    "double": DOUBLE,
    "float": REAL,
    "int": INTEGER,
    "integer": INTEGER,
    "real": REAL,
    "smallint": SMALLINT,
    "string": VARCHAR,
    "timestamp": timestamp(3),
    "tinyint": TINYINT,
    "varchar": VARCHAR,
    "decimal": decimal(10, 0),
}


def type_of_hive(hive_type: str) -> Type:
    """Return the type of a Hive type.

    Raises
    ------
    ValueError
        If it is not a Hive type.
    """
    text = hive_type.strip().lower()
    if text in _OF_HIVE:
        return _OF_HIVE[text]
    match nested_parts(text):
        case "array", [item]:
            return array(type_of_hive(item))
        case "map", [key, value]:
            return map_type(type_of_hive(key), type_of_hive(value))
        case "struct", parts if all(":" in part for part in parts):
            fields = [part.split(":", 1) for part in parts]
            return row([type_of_hive(kind) for _, kind in fields], [name.strip() for name, _ in fields])
    base, bracket, sizes = text.partition("(")
    numbers = [part.strip() for part in sizes.rstrip(") ").split(",")]
    if bracket and base.strip() in {"varchar", "char", "decimal"} and all(map(str.isdecimal, numbers)):
        found: tuple[Any, ...] = tuple(map(int, numbers))
        return Type(base.strip(), (*found, 0) if base.strip() == "decimal" and len(found) == 1 else found)
    raise ValueError(f"{hive_type!r} is not a Hive type")


def hive_type_of(kind: Type) -> str | None:
    """Return the Hive type of a type, or None if Hive has none."""
    match kind.base:
        case "integer":
            return "int"
        case "real":
            return "float"
        case "varbinary":
            return "binary"
        case "timestamp":
            return "timestamp"
        case "varchar":
            return "string" if kind.size == UNBOUNDED else f"varchar({kind.size})"
        case "array" | "map" | "row":
            parts = [hive_type_of(part) for part in kind.parts]
            if None in parts:
                return None
            if kind.base == "row":
                fields = zip(kind.fields, parts, strict=True)
                return f"struct<{','.join(f'{name}:{part}' for name, part in fields)}>"
            return f"{kind.base}<{','.join(map(str, parts))}>"
    return (
        str(kind)
        if kind.base in {"boolean", "tinyint", "smallint", "bigint", "double", "date", "decimal", "char"}
        else None
    )
