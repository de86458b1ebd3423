"""Columns and values of results, as Athena writes them."""

from __future__ import annotations

import datetime as dt
import json
import math
import re
import struct
from decimal import Decimal
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from collections.abc import Callable

    from duckdb.sqltypes import DuckDBPyType

# Name, precision: https://docs.aws.amazon.com/athena/latest/APIReference/API_ColumnInfo.html
_TYPES: dict[str, tuple[str, int]] = {
    "bigint": ("bigint", 19),
    "blob": ("varbinary", 1073741824),
    "boolean": ("boolean", 0),
    "date": ("date", 0),
    "double": ("double", 17),
    "float": ("float", 17),
    "hugeint": ("bigint", 19),
    "integer": ("integer", 10),
    "interval": ("interval day to second", 0),
    "json": ("json", 2147483647),
    "list": ("array", 0),
    "map": ("map", 0),
    "null": ("unknown", 0),
    "smallint": ("smallint", 5),
    "sqlnull": ("unknown", 0),
    "struct": ("row", 0),
    "tuple": ("row", 0),
    "time": ("time", 3),
    "timestamp": ("timestamp", 3),
    "timestamp with time zone": ("timestamp with time zone", 3),
    "tinyint": ("tinyint", 3),
    "ubigint": ("bigint", 19),
    "uinteger": ("bigint", 19),
    "usmallint": ("integer", 10),
    "utinyint": ("smallint", 5),
    "varchar": ("varchar", 2147483647),
}


def column_info(name: str, kind: DuckDBPyType) -> dict[str, Any]:
    """Return the ColumnInfo of a result column."""
    scale = 0
    if kind.id == "decimal":
        sizes = dict(kind.children)
        athena_type, precision, scale = "decimal", int(str(sizes["precision"])), int(str(sizes["scale"]))
    else:
        text = "json" if str(kind) == "JSON" else kind.id
        athena_type, precision = _TYPES.get(text, _TYPES.get(re.sub(r"_(s|ms|ns)$", "", text), ("varchar", 2147483647)))
    return named_column(name, athena_type, precision, scale)


def named_column(
    name: str, athena_type: str = "varchar", precision: int = 2147483647, scale: int = 0
) -> dict[str, Any]:
    """Return a ColumnInfo."""
    return {
        "CatalogName": "hive",
        "SchemaName": "",
        "TableName": "",
        "Name": name,
        "Label": name,
        "Type": athena_type,
        "Precision": precision,
        "Scale": scale,
        "Nullable": "UNKNOWN",
        "CaseSensitive": athena_type in {"varchar", "json"},
    }


def athena_type_of_hive(hive_type: str) -> str:
    """Return Athena's name of a Hive type."""
    text = hive_type.lower()
    text = re.sub(r"\bint\b", "integer", re.sub(r"\bstring\b", "varchar", text))
    text = re.sub(r"\bbinary\b", "varbinary", re.sub(r"\bfloat\b", "real", text))
    return re.sub(r"\btimestamp\b", "timestamp(3)", text)


def formatter(kind: DuckDBPyType) -> Callable[[Any], str | None]:
    """Return the function that formats the values of a type."""

    def write(value: Any) -> str | None:
        return None if value is None else _write(value, kind)

    return write


def _write(value: Any, kind: DuckDBPyType) -> str:
    match kind.id:
        case "boolean":
            return "true" if value else "false"
        case "double":
            return _java_double(value, repr(value))
        case "float":
            return _java_double(value, _shortest_float(value))
        case "decimal":
            return format(Decimal(value), "f")
        case "blob":
            return " ".join(f"{byte:02x}" for byte in value)
        case "list" | "array":
            return "[" + ", ".join(_nested(item, kind.children[0][1]) for item in value) + "]"
        case "map":
            (_, key_type), (_, value_type) = kind.children
            pairs = value.items() if isinstance(value, dict) else value
            return "{" + ", ".join(f"{_nested(key, key_type)}={_nested(item, value_type)}" for key, item in pairs) + "}"
        case "struct" | "tuple":
            items = value.values() if isinstance(value, dict) else value
            parts = zip(kind.children, items, strict=True)
            return "{" + ", ".join(f"{_field(name)}={_nested(item, part)}" for (name, part), item in parts) + "}"
        case "time":
            return f"{value:%H:%M:%S}.{value.microsecond // 1000:03d}"
    if isinstance(value, dt.datetime):
        # strftime does not pad years before 1000.
        moment = f"{value.year:04d}-{value:%m-%d %H:%M:%S}.{value.microsecond // 1000:03d}"
        return f"{moment} UTC" if value.tzinfo else moment
    if isinstance(value, dt.timedelta):
        days, seconds = value.days, value.seconds
        return (
            f"{days} {seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}.{value.microseconds // 1000:03d}"
        )
    if str(kind) == "JSON" and not isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    return str(value)


def _field(name: str) -> str:
    """Return the name of a row's field; a field without a name is named by its position."""
    return f"field{name[1:]}" if re.fullmatch(r"_\d+", name) else name


def _nested(value: Any, kind: object) -> str:
    return "null" if value is None else _write(value, cast("DuckDBPyType", kind))


def _java_double(value: float, shortest: str) -> str:
    """Return a number as Java's ``Double.toString`` writes it."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    if value == 0 or 1e-3 <= abs(value) < 1e7:
        plain = format(Decimal(shortest), "f")
        return plain if "." in plain else f"{plain}.0"
    sign, digits, exponent = Decimal(shortest).as_tuple()
    stripped = "".join(map(str, digits)).rstrip("0") or "0"
    power = len(digits) - 1 + int(exponent)
    return f"{'-' if sign else ''}{stripped[0]}.{stripped[1:] or '0'}E{power}"


def _shortest_float(value: float) -> str:
    """Return the fewest digits that identify a 32-bit float."""
    if not math.isfinite(value):
        return repr(value)
    single = struct.unpack("f", struct.pack("f", value))[0]
    for digits in range(1, 10):
        text = f"{single:.{digits}g}"
        if struct.unpack("f", struct.pack("f", float(text)))[0] == single:
            return text
    return repr(single)
