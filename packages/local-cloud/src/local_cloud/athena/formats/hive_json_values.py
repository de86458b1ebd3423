"""JSON values converted to Hive types, as Hive's JsonSerDe (HCatalog) reads them: a value of another shape fails the query.

https://github.com/trinodb/trino/blob/master/lib/trino-hive-formats/src/main/java/io/trino/hive/formats/line/json/JsonDeserializer.java
"""

from __future__ import annotations

import base64
import binascii
import math
import re
import struct
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from local_cloud.athena.catalog.hive_types import duckdb_type, nested_parts
from local_cloud.athena.formats.openx_values import (
    Number,
    UnreadableValueError,
    read_decimal,
    read_timestamp,
    sized_value,
    written,
)
from local_cloud.athena.formats.text_values import BITS, length_of
from local_cloud.athena.functions.time import times

if TYPE_CHECKING:
    from collections.abc import Callable

    Decoder = Callable[[Any], Any]


def decoder_of(hive_type: str) -> Decoder:
    """Return the function that converts a JSON value, which is not null, to JSON that DuckDB reads as a Hive type."""
    nested = nested_parts(hive_type)
    if nested is None:
        return _plain_decoder(hive_type)
    kind, parts = nested
    if kind == "struct":
        fields = [part.split(":", 1) for part in parts]
        return _struct([(name.strip(), decoder_of(part)) for name, part in fields])
    decoders = [decoder_of(part) for part in parts]
    return _array(decoders[0]) if kind == "array" else _map(parts[0], decoders[1])


def _plain_decoder(hive_type: str) -> Decoder:
    kind = duckdb_type(hive_type)
    if kind == "VARCHAR":
        length, is_char = length_of(hive_type)
        return lambda value: sized_value(_scalar(value, hive_type), length, is_char=is_char)
    if kind == "BOOLEAN":
        return lambda value: _scalar(value, hive_type).lower() == "true"
    if kind.startswith("DECIMAL"):
        precision, scale = (int(size) for size in re.findall(r"\d+", kind))
        return lambda value: _decimal(value, hive_type, precision, scale)
    if kind in BITS:
        return lambda value: _integer(_number(value, hive_type), BITS[kind], hive_type)
    if kind in ("FLOAT", "DOUBLE"):
        return lambda value: _float(_number(value, hive_type), single=kind == "FLOAT")
    read = {"DATE": _date, "TIMESTAMP": _timestamp, "BLOB": _binary}[kind]
    return lambda value: read(_string(value, hive_type))


def _unreadable(value: Any, hive_type: str) -> UnreadableValueError:
    return UnreadableValueError(f"Failed to parse JSON: {written(value)[:200]} cannot be read as {hive_type}")


def _scalar(value: Any, hive_type: str) -> str:
    if isinstance(value, list | dict):
        raise _unreadable(value, hive_type)
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


def _number(value: Any, hive_type: str) -> str:
    if not isinstance(value, Number):
        raise _unreadable(value, hive_type)
    return str(value)


def _string(value: Any, hive_type: str) -> str:
    if not isinstance(value, str) or isinstance(value, Number):
        raise _unreadable(value, hive_type)
    return value


def _integer(text: str, bits: int, hive_type: str) -> int:
    number = int(Decimal(text))
    if not -(2 ** (bits - 1)) <= number < 2 ** (bits - 1):
        raise _unreadable(text, hive_type)
    return number


def _float(text: str, *, single: bool) -> float | str:
    value = float(text)
    if single:
        try:
            value = struct.unpack("<f", struct.pack("<f", value))[0]
        except OverflowError:
            value = math.copysign(math.inf, value)
    return value if math.isfinite(value) else str(value)


def _decimal(value: Any, hive_type: str, precision: int, scale: int) -> str | None:
    text = _scalar(value, hive_type)
    found = read_decimal(text, precision, scale)
    if found is None and isinstance(value, Number):
        raise _unreadable(value, hive_type)
    return found


def _date(text: str) -> str:
    match = re.match(r"\d{4}-\d{1,2}-\d{1,2}(?=$|[ T])", text, re.ASCII)
    try:
        return str(times.parse_date(match[0] if match else ""))
    except ValueError:
        raise _unreadable(text, "date") from None


def _timestamp(text: str) -> str:
    found = read_timestamp(text) if " " in text else None
    if found is None:
        raise _unreadable(text, "timestamp")
    return found


def _binary(text: str) -> str:
    try:
        content = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise _unreadable(text, "binary") from None
    return "".join(f"\\x{byte:02X}" for byte in content)  # as DuckDB writes bytes


def _array(item: Decoder) -> Decoder:
    def read(value: Any) -> Any:
        if not isinstance(value, list):
            raise _unreadable(value, "an array")
        return [None if part is None else item(part) for part in value]

    return read


def _map(key_type: str, item: Decoder) -> Decoder:
    is_text = duckdb_type(key_type) == "VARCHAR"

    def read(value: Any) -> Any:
        if not isinstance(value, dict):
            raise _unreadable(value, "a map")
        if not is_text and any(not re.fullmatch(r"[+-]?\d+(\.\d*)?", name) for name in value):
            raise _unreadable(value, f"a map of {key_type}")
        return {name: None if part is None else item(part) for name, part in value.items()}

    return read


def _struct(fields: list[tuple[str, Decoder]]) -> Decoder:
    def read(value: Any) -> Any:
        if not isinstance(value, dict):
            raise _unreadable(value, "a struct")
        folded = {name.lower(): part for name, part in value.items()}
        return {name: None if (part := folded.get(name)) is None else decode(part) for name, decode in fields}

    return read
