"""JSON values converted to Hive types, as the OpenX SerDe reads them.

https://github.com/trinodb/trino/blob/master/lib/trino-hive-formats/src/main/java/io/trino/hive/formats/line/openxjson/README.md
"""

from __future__ import annotations

import base64
import binascii
import json
import math
import re
import struct
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import TYPE_CHECKING, Any

from local_cloud.athena.catalog.hive_types import duckdb_type, nested_parts
from local_cloud.athena.formats.text_values import BITS, DATE, DECIMAL, FLOAT, TIMESTAMP, length_of
from local_cloud.athena.functions.time import times

if TYPE_CHECKING:
    from collections.abc import Callable

    from local_cloud.athena.formats.json_keys import JsonKeys

    Decoder = Callable[[Any], Any]

_DATE, _DECIMAL, _FLOAT, _TIMESTAMP = (re.compile(pattern, re.ASCII) for pattern in (DATE, DECIMAL, FLOAT, TIMESTAMP))
_MOST_DIGITS = 60


class Number(str):
    """A number as written in the file."""

    __slots__ = ()


class UnreadableValueError(ValueError):
    """The error for a value of the wrong shape for its type, which fails the query."""


def decoder_of(hive_type: str, keys: JsonKeys) -> Decoder:
    """Return the function that converts a JSON value to JSON that DuckDB reads as a Hive type.

    It returns None for a value that does not parse, and raises UnreadableValueError for one of the wrong shape.

    Parameters
    ----------
    keys
        How the fields of structs are matched with keys.
    """
    nested = nested_parts(hive_type)
    if nested is None:
        return _plain_decoder(hive_type)
    kind, parts = nested
    if kind == "struct":
        fields = [part.split(":", 1) for part in parts]
        return _struct([(name.strip(), decoder_of(part, keys)) for name, part in fields], keys)
    decoders = [decoder_of(part, keys) for part in parts]
    return _array(*decoders) if kind == "array" else _map(*decoders)


def _plain_decoder(hive_type: str) -> Decoder:
    kind = duckdb_type(hive_type)
    if kind == "VARCHAR":
        length, is_char = length_of(hive_type)
        return lambda value: sized_value(_text(value), length, is_char=is_char)
    if kind == "BOOLEAN":
        return lambda value: isinstance(value, str | bool) and _text(value).lower() == "true"
    if kind.startswith("DECIMAL"):
        precision, scale = (int(size) for size in re.findall(r"\d+", kind))
        return lambda value: read_decimal(_single(value, hive_type), precision, scale)
    if kind in BITS:
        return lambda value: _integer(_single(value, hive_type), BITS[kind])
    if kind in ("FLOAT", "DOUBLE"):
        return lambda value: _float(_single(value, hive_type), "<f" if kind == "FLOAT" else "<d")
    read = {"DATE": _date, "TIMESTAMP": _timestamp, "BLOB": _binary}[kind]
    return lambda value: read(_single(value, hive_type))


def _single(value: Any, hive_type: str) -> str:
    if isinstance(value, list | dict):
        raise UnreadableValueError(f"{_text(value)[:200]} cannot be read as {hive_type}")
    return value if isinstance(value, str) else _text(value)


def _array(item: Decoder) -> Decoder:
    def read(value: Any) -> Any:
        if value == "":
            return None
        # Any other value is read as an array of one item.
        return [None if part is None else item(part) for part in (value if isinstance(value, list) else [value])]

    return read


def _map(key: Decoder, item: Decoder) -> Decoder:
    def read(value: Any) -> Any:
        if not isinstance(value, dict):
            return _blank(value, "a map")
        pairs = ((key(name), None if part is None else item(part)) for name, part in value.items())
        return {name if isinstance(name, str) else json.dumps(name): part for name, part in pairs if name is not None}

    return read


def _struct(fields: list[tuple[str, Decoder]], keys: JsonKeys) -> Decoder:
    values_of = keys.reader([name for name, _ in fields])

    def read(value: Any) -> Any:
        if isinstance(value, list):  # fields by their position
            pairs = zip(fields, value, strict=False)
            found = {name: None if part is None else decode(part) for (name, decode), part in pairs}
            return {name: found.get(name) for name, _ in fields}
        if not isinstance(value, dict):
            return _blank(value, "a struct")
        pairs = zip(fields, values_of(value), strict=True)
        return {name: None if part is None else decode(part) for (name, decode), part in pairs}

    return read


def _blank(value: Any, what: str) -> None:
    if not isinstance(value, str) or value.strip():
        raise UnreadableValueError(f"{_text(value)[:200]} cannot be read as {what}")


def _text(value: Any) -> str:
    """Return a value as a string: strings unchanged, anything else as JSON without spaces."""
    if isinstance(value, Number):
        return str(Decimal(value)) if len(value) < _MOST_DIGITS else str(value)
    return value if isinstance(value, str) else written(value)


def written(value: Any) -> str:
    """Return a value as JSON without spaces."""
    if isinstance(value, Number):
        return _text(value)
    if isinstance(value, list):
        return f"[{','.join(map(written, value))}]"
    if isinstance(value, dict):
        pairs = (f"{json.dumps(name, ensure_ascii=False)}:{written(part)}" for name, part in value.items())
        return "{" + ",".join(pairs) + "}"
    return json.dumps(value, ensure_ascii=False)


def sized_value(text: str, length: int | None, *, is_char: bool) -> str:
    """Return a string cut to the length of its type; a char is padded."""
    return text[:length].ljust(length) if is_char and length else text[:length]


def _integer(text: str, bits: int) -> int | None:
    try:
        if re.match(r"0[xX][0-9a-fA-F]", text):
            value = int(text[2:], 16)
        elif re.fullmatch(r"0[0-7]+", text, re.ASCII):
            value = int(text[1:], 8)
        elif _DECIMAL.fullmatch(text) and (number := Decimal(text)).adjusted() < _MOST_DIGITS:
            value = int(number)  # fractions are truncated
        else:
            return None
    except ValueError:
        return None
    return value if -(2 ** (bits - 1)) <= value < 2 ** (bits - 1) else None


def _float(text: str, layout: str) -> float | str | None:
    """Return a number, or the name of NaN or an infinity, which JSON numbers lack and DuckDB reads from a string."""
    if not _FLOAT.fullmatch(text):
        return None
    value = float(text.strip().rstrip("fFdD"))
    try:
        value = struct.unpack(layout, struct.pack(layout, value))[0]
    except OverflowError:
        value = math.copysign(math.inf, value)
    return value if math.isfinite(value) else str(value)


def read_decimal(text: str, precision: int, scale: int) -> str | None:
    """Return a decimal for DuckDB, rounded half up, or None if the string is not one that fits."""
    if not _DECIMAL.fullmatch(text):
        return None
    value = Decimal(text)
    if value and value.adjusted() > precision - scale:
        return None
    if value.adjusted() < -scale - 1:
        return "0"
    rounded = value.quantize(Decimal(1).scaleb(-scale), ROUND_HALF_UP, Context(prec=precision + len(text) + 2))
    return format(rounded, "f") if not rounded or rounded.adjusted() < precision - scale else None


_DAYS = re.compile(r"[+-]?\d{1,10}", re.ASCII)
_FARTHEST = 9_223_372_036_854_775  # milliseconds from 1970 of the last timestamp
_SECONDS = re.compile(r"[+-]?\d{1,15}(\.\d*)?", re.ASCII)


def _date(text: str) -> str | None:
    """Return a date: a number is the days since 1970, and a time after the date is cut off."""
    if _DAYS.fullmatch(text):
        days = int(text)
        return str(times.after_epoch(days)).partition(" 00:")[0] if -(2**31) <= days < 2**31 else None
    date = re.split("[ T]", text, maxsplit=1)[0]
    if not _DATE.fullmatch(date):
        return None
    try:
        return str(times.parse_date(date))
    except ValueError:
        return None


def _timestamp(text: str) -> str | None:
    """Return a timestamp: a number is the seconds since 1970."""
    if _SECONDS.fullmatch(text):
        milliseconds = int(Decimal(text) * 1000)
        return str(times.after_epoch(0, milliseconds)) if abs(milliseconds) < _FARTHEST else None
    return read_timestamp(text)


def read_timestamp(text: str) -> str | None:
    """Return a timestamp for DuckDB, or None if the string is not one."""
    text = re.sub(r"(?<=\d)(Z|[+-]\d\d:?\d\d)$", "", text) if "T" in text else text
    if not _TIMESTAMP.fullmatch(text):
        return None
    whole, _, fraction = text.partition(".")
    milliseconds = (int(fraction.ljust(9, "0")) + 500_000) // 1_000_000 if fraction else 0
    try:
        return str(times.moment_of(*map(int, re.split("[- :T]", whole)), microseconds=1000 * milliseconds))
    except ValueError:
        return None


def _binary(text: str) -> str:
    try:
        content = None if isinstance(text, Number) else base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        content = None
    if content is None:
        raise UnreadableValueError(f"{text[:200]} is not a Base64 string")
    return "".join(f"\\x{byte:02X}" for byte in content)  # as DuckDB writes bytes
