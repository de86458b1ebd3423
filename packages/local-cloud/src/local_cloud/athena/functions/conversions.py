"""Conversions of values from one type to another, in Python.

https://trino.io/docs/current/functions/conversion.html
"""

from __future__ import annotations

import decimal as decimals
import ipaddress
import math
import re
import uuid
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from local_cloud.athena.errors import QueryFailedError
from local_cloud.athena.functions.json.json_texts import JsonNumber, Pairs, canonical, read_json, write_json
from local_cloud.athena.functions.numbers.number_texts import as_single, java_number, parse_double, scientific
from local_cloud.athena.functions.time import times
from local_cloud.athena.functions.time.time_conversions import converted_time, uncastable
from local_cloud.athena.types.trino_types import BITS, INTEGERS, UNBOUNDED, Type

if TYPE_CHECKING:
    from collections.abc import Callable

    Conversion = Callable[[Any], Any]

_EXACT = decimals.Context(prec=100, rounding=decimals.ROUND_HALF_UP)
_NUMBERS = {*INTEGERS, "decimal", "real", "double"}
_TIMES = {"date", "time", "timestamp", "timestamp with time zone", "time with time zone"}
_CASTS: dict[str, set[str]] = {
    "boolean": {*_NUMBERS, "boolean", "varchar", "json"},
    **{kind: {*_NUMBERS, "boolean", "varchar", "json"} for kind in _NUMBERS},
    "varchar": {*_NUMBERS, *_TIMES, "boolean", "varchar", "char", "varbinary", "json", "uuid", "ipaddress"},
    "char": {"char", "varchar"},
    "varbinary": {"varbinary", "uuid", "ipaddress"},
    "date": {"date", "timestamp", "timestamp with time zone", "varchar", "json"},
    "time": {"time", "time with time zone", "timestamp", "timestamp with time zone", "varchar"},
    "time with time zone": {"time with time zone", "time", "timestamp", "timestamp with time zone", "varchar"},
    "timestamp": {*_TIMES, "varchar", "json"},
    "timestamp with time zone": {*_TIMES, "varchar"},
    "interval day to second": {"interval day to second", "varchar"},
    "interval year to month": {"interval year to month", "varchar"},
    "uuid": {"uuid", "varchar", "varbinary"},
    "ipaddress": {"ipaddress", "varchar", "varbinary"},
    "json": {*_NUMBERS, "json", "boolean", "varchar", "array", "map", "row"},
    "array": {"array", "json"},
    "map": {"map", "json"},
    "row": {"row", "json"},
}


def is_castable(source: Type, target: Type) -> bool:
    """Return whether Trino has a cast between two types."""
    if source.base == "unknown":
        return True
    if target.base not in _CASTS.get(source.base, set()):
        return False
    if source.base == "json" and target.parts:
        if target.base == "map" and target.parts[0].base not in {*_NUMBERS, "varchar", "boolean"}:
            return False
        return all(part.base == "json" or is_castable(source, part) for part in target.parts)
    if target.base == "json" and source.parts:
        return all(part.base in {"json", "unknown"} or is_castable(part, target) for part in source.parts)
    if source.parts:
        return len(source.parts) == len(target.parts) and all(map(is_castable, source.parts, target.parts))
    return True


def conversion(source: Type, target: Type) -> Conversion:
    """Return the function that converts values, which are not null."""
    if target.base == "json":
        written = json_of(source)
        return lambda value: write_json(written(value))
    if source.base == "json":
        read = _of_json(target)
        return lambda value: read(read_json(value))
    if source.parts and source.base == target.base:
        return _of_parts(source, target)
    match target.base:
        case "varchar":
            return _sized(text_of(source), target, source)
        case "char":
            text = text_of(source)
            return lambda value: text(value)[: target.size].ljust(target.size)
        case "boolean":
            return _boolean if source.base == "varchar" else bool
        case "tinyint" | "smallint" | "integer" | "bigint":
            return _whole(source, target)
        case "real" | "double":
            return _floating(source, target)
        case "decimal":
            return _decimal(source, target)
        case "varbinary":
            return _binary(source)
        case "uuid":
            return _uuid
        case "ipaddress":
            return _address
    return converted_time(source, target)


def _of_parts(source: Type, target: Type) -> Conversion:
    conversions = [
        _nullable(conversion(one, other)) if one != other else _same
        for one, other in zip(source.parts, target.parts, strict=True)
    ]
    if source.base == "array":
        return lambda value: [conversions[0](item) for item in value]
    if source.base == "map":
        return lambda value: {conversions[0](key): conversions[1](item) for key, item in pairs_of(value)}
    names = target.fields

    def convert(value: Any) -> dict[str, Any]:
        items = value.values() if isinstance(value, dict) else value
        return {name: one(item) for name, one, item in zip(names, conversions, items, strict=True)}

    return convert


def _same(value: Any) -> Any:
    return value


def pairs_of(value: Any) -> list[tuple[Any, Any]]:
    """Return the entries of a map."""
    return list(value.items()) if isinstance(value, dict) else list(value)


def _nullable(convert: Conversion) -> Conversion:
    return lambda value: None if value is None else convert(value)


def text_of(source: Type) -> Callable[[Any], str]:
    """Return the function that writes values as a cast to varchar does."""
    match source.base:
        case "varchar" | "char":
            return lambda value: value
        case "boolean":
            return lambda value: "true" if value else "false"
        case "double" | "real":
            return lambda value: scientific(value, single=source.base == "real")
        case "decimal":
            return lambda value: format(value, "f")
        case "date":
            return times.write_date
        case "timestamp":
            return lambda value: times.write_timestamp(value, source.size)
        case "timestamp with time zone":
            return lambda value: times.write_zoned(value, source.size)
        case "time":
            return lambda value: times.write_time(value, source.size)
        case "time with time zone":
            return lambda value: times.write_time(value["t"], source.size) + value["z"].replace("UTC", "+00:00")
        case "interval day to second":
            return times.write_days
        case "interval year to month":
            return times.write_months
    return str


def _sized(text: Callable[[Any], str], target: Type, source: Type) -> Callable[[Any], str]:
    if target.size == UNBOUNDED:
        return text
    if source.is_string:
        return lambda value: text(value)[: target.size]

    def convert(value: Any) -> str:
        found = text(value)
        if len(found) > target.size:
            raise uncastable(f"Value {found} cannot be represented as {target}")
        return found

    return convert


def _boolean(value: str) -> bool:
    lowered = value.lower()
    if lowered in {"t", "true", "1"}:
        return True
    if lowered in {"f", "false", "0"}:
        return False
    raise uncastable(f"Cannot cast '{value}' to BOOLEAN")


_WORDS = {"integer": "INT"}
_WHOLE = re.compile(r"[+-]?\d+")


def _whole(source: Type, target: Type) -> Conversion:
    limit = 1 << (BITS[target.base] - 1)
    word = _WORDS.get(target.base, target.base.upper())

    def convert(value: Any) -> int:
        if source.base == "varchar":
            stripped = value.strip()
            if not _WHOLE.fullmatch(stripped) or not -limit <= int(stripped) < limit:
                raise uncastable(f"Cannot cast '{value}' to {word}")
            return int(stripped)
        if source.is_floating:
            if not math.isfinite(value):
                raise uncastable(f"Unable to cast {java_number(value)} to {target.base}")
            found = int(Decimal(value).quantize(Decimal(1), context=_WIDE))
            if not -limit <= found < limit:
                if target.base == "bigint":
                    raise uncastable(f"Unable to cast {java_number(value)} to bigint")
                raise QueryFailedError(
                    "NUMERIC_VALUE_OUT_OF_RANGE", f"Out of range for {target.base}: {java_number(value)}"
                )
            return found
        found = int(Decimal(value).quantize(Decimal(1), context=_EXACT))
        if not -limit <= found < limit:
            if source.base == "decimal":
                raise uncastable(f"Cannot cast '{value:f}' to {word}")
            raise QueryFailedError("NUMERIC_VALUE_OUT_OF_RANGE", f"Out of range for {target.base}: {value}")
        return found

    return convert


_WIDE = decimals.Context(prec=1200, rounding=decimals.ROUND_HALF_UP)


def _floating(source: Type, target: Type) -> Conversion:
    single = target.base == "real"

    def convert(value: Any) -> float:
        if source.base == "varchar":
            found = parse_double(value)
            if found is None:
                raise uncastable(f"Cannot cast '{value}' to {target.base.upper()}")
        else:
            found = float(value)
        return as_single(found) if single else found

    return convert


def _decimal(source: Type, target: Type) -> Conversion:
    unit = Decimal(1).scaleb(-target.scale)
    kind = f"DECIMAL({target.size}, {target.scale})"

    def convert(value: Any) -> Decimal:
        text = value
        try:
            if source.base == "varchar":
                number = Decimal(value) if re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", value) else None
                if number is None:
                    raise uncastable(f"Cannot cast VARCHAR '{value}' to {kind}. Value is not a number.")
            elif source.is_floating:
                if not math.isfinite(value):
                    raise uncastable(f"Cannot cast {source.base.upper()} '{java_number(value)}' to {kind}")
                text = java_number(value, single=source.base == "real")
                number = Decimal(text)
            else:
                number = Decimal(value)
            found = number.quantize(unit, context=_WIDE)
        except decimals.InvalidOperation:
            found = Decimal(10) ** 100
        if found.adjusted() >= target.size - target.scale and found:
            if source.base == "varchar":
                raise uncastable(f"Cannot cast VARCHAR '{value}' to {kind}. Value too large.")
            raise uncastable(f"Cannot cast {source.base.upper()} '{text}' to {kind}")
        return found

    return convert


def _binary(source: Type) -> Conversion:
    match source.base:
        case "uuid":
            return lambda value: uuid.UUID(str(value)).bytes
        case "ipaddress":
            return lambda value: _v6(value)
        case "varbinary":
            return bytes
    return lambda value: value.encode()


def _v6(value: str) -> bytes:
    address = ipaddress.ip_address(value)
    return address.packed if address.version == 6 else b"\0" * 10 + b"\xff\xff" + address.packed


def _uuid(value: Any) -> str:
    try:
        if isinstance(value, bytes):
            return str(uuid.UUID(bytes=value))
        if re.fullmatch(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", value):
            return str(uuid.UUID(value))
    except ValueError:
        pass
    raise uncastable(f"Cannot cast value to UUID: {value}")


def _address(value: Any) -> str:
    try:
        address = ipaddress.ip_address(value)
    except ValueError:
        raise uncastable(f"Cannot cast value to IPADDRESS: {value}") from None
    mapped = getattr(address, "ipv4_mapped", None)
    return str(mapped or address)


def json_of(source: Type) -> Conversion:
    """Return the function that makes a document of values; null is null."""
    if source.base == "json":
        return _nullable(read_json)
    if source.base == "array":
        item = json_of(source.parts[0])
        return _nullable(lambda value: [item(one) for one in value])
    if source.base == "map":
        key = _key_text(source.parts[0])
        held = json_of(source.parts[1])
        return _nullable(lambda value: dict(sorted((key(one), held(other)) for one, other in pairs_of(value))))
    if source.base == "row":
        parts = [json_of(part) for part in source.parts]
        names = [name or "" for name in source.names]

        def pack(value: Any) -> Pairs:
            items = value.values() if isinstance(value, dict) else value
            return Pairs([(name, part(item)) for name, part, item in zip(names, parts, items, strict=True)])

        return _nullable(pack)
    match source.base:
        case "boolean" | "decimal" | "unknown" | "varchar" | "double" | "tinyint" | "smallint" | "integer" | "bigint":
            return _same
        case "real":
            return _nullable(
                lambda value: JsonNumber(java_number(value, single=True)) if math.isfinite(value) else value
            )
    return _nullable(text_of(source))


def _key_text(source: Type) -> Callable[[Any], str]:
    if source.is_floating:
        return lambda value: java_number(value, single=source.base == "real")
    return text_of(source)


def _of_json(target: Type) -> Conversion:
    """Return the function that reads a document as a type."""
    match target.base:
        case "json":
            return lambda value: write_json(value)
        case "array":
            item = _of_json_or_null(target.parts[0])
            return lambda value: [item(one) for one in _expected(value, list, target)]
        case "map":
            key, held = _of_key(target.parts[0]), _of_json_or_null(target.parts[1])
            return lambda value: {key(one): held(other) for one, other in _expected(value, dict, target).items()}
        case "row":
            return _row_of_json(target)
    return lambda value: _scalar_of_json(value, target)


def _of_json_or_null(target: Type) -> Conversion:
    read = _of_json(target)
    return read if target.base == "json" else _nullable(read)


def _of_key(target: Type) -> Conversion:
    return _same if target.base == "varchar" else conversion(Type("varchar", (UNBOUNDED,)), target)


def _expected(value: Any, kind: type, target: Type) -> Any:
    if not isinstance(value, kind):
        raise uncastable(
            f"Cannot cast to {target}. Expected a json {'array' if kind is list else 'object'}, but got {write_json(value)[:40]}"
        )
    return value


def _row_of_json(target: Type) -> Conversion:
    parts = [_of_json_or_null(part) for part in target.parts]
    names, fields = [(name or "").lower() for name in target.names], target.fields

    def read(value: Any) -> dict[str, Any]:
        if isinstance(value, list):
            if len(value) != len(parts):
                raise uncastable(f"Cannot cast to {target}. Expected {len(parts)} fields")
            return {name: part(item) for name, part, item in zip(fields, parts, value, strict=True)}
        if not isinstance(value, dict):
            raise uncastable(f"Cannot cast to {target}. Expected a json array or object")
        found = {key.lower(): item for key, item in value.items()}
        return {field: part(found.get(name)) for name, field, part in zip(names, fields, parts, strict=True)}

    return read


def _scalar_of_json(value: Any, target: Type) -> Any:
    if value is None:
        return None
    if isinstance(value, list | dict):
        raise uncastable(f"Cannot cast to {target}. Unexpected token: {write_json(value)[:40]}")
    text = Type("varchar", (UNBOUNDED,))
    if target.base == "varchar":
        if isinstance(value, bool):
            found = "true" if value else "false"
        elif isinstance(value, JsonNumber):
            found = str(value) if value.is_whole else scientific(float(value))
        else:
            found = value
        if len(found) > target.size:
            raise uncastable(f"Cannot cast to {target}")
        return found
    try:
        if isinstance(value, bool):
            return conversion(Type("boolean"), target)(value)
        if not isinstance(value, JsonNumber):
            return conversion(text, target)(value)
        if target.base == "boolean":
            return Decimal(value) != 0
        if target.base in INTEGERS and not value.is_whole:
            return conversion(Type("double"), target)(float(value))
        return conversion(text, target)(str(value))
    except times.UnsupportedYearError:
        raise
    except QueryFailedError as error:
        raise uncastable(f"Cannot cast to {target}. {error}") from error


def parsed(text: str) -> str:
    """Return ``json_parse`` of a string."""
    try:
        return canonical(text)
    except ValueError:
        raise QueryFailedError("INVALID_FUNCTION_ARGUMENT", f"Cannot convert value to JSON: '{text}'") from None
