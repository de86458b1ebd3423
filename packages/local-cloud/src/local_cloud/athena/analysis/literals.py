"""Literals and their types."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from local_cloud.athena.analysis.scope import Value, located
from local_cloud.athena.catalog.hive_types import literal
from local_cloud.athena.errors import QueryFailedError
from local_cloud.athena.functions.casts import cast_sql
from local_cloud.athena.functions.conversions import conversion, parsed
from local_cloud.athena.functions.numbers.number_texts import java_number
from local_cloud.athena.functions.time import times
from local_cloud.athena.sql.token_stream import TokenStream
from local_cloud.athena.sql.type_parser import parse_type
from local_cloud.athena.types.trino_types import (
    BIGINT,
    BOOLEAN,
    DAY_TO_SECOND,
    DOUBLE,
    INTEGER,
    JSON,
    VARBINARY,
    YEAR_TO_MONTH,
    Type,
    char,
    decimal,
    time_type,
    timestamp,
    varchar,
)

if TYPE_CHECKING:
    from local_cloud.athena.functions.python_functions import PythonFunctions
    from local_cloud.athena.sql import tree

_LARGEST_INTEGER = 2**31 - 1
_ORDER = ("year", "month", "day", "hour", "minute", "second")
_MILLISECONDS = {"day": 86_400_000, "hour": 3_600_000, "minute": 60_000, "second": 1000}


def literal_value(node: tree.Literal) -> Value:
    """Return the value of a literal. A number with a point is a double, as Athena documents."""
    match node.kind:
        case "integer":
            number = int(node.text)
            if 0 <= number <= _LARGEST_INTEGER:
                return Value(str(number), INTEGER, plain=True)
            return Value(f"CAST('{number}' AS BIGINT)", BIGINT, plain=True)
        case "string":
            return Value(literal(node.text), varchar(len(node.text)), node.text, plain=True)
        case "binary":
            return Value(f"from_hex({literal(node.text)})", VARBINARY, plain=True)
        case "boolean":
            return Value(node.text, BOOLEAN, plain=True)
    return Value(_double(float(node.text)), DOUBLE, text=node.text, plain=True)


def _double(number: float) -> str:
    return f"CAST({number!r} AS DOUBLE)" if number in (float("inf"),) else f"CAST('{number!r}' AS DOUBLE)"


def typed_literal(node: tree.TypedLiteral, functions: PythonFunctions) -> Value:
    """Return the value of a literal with a type's name."""
    name, text, position = node.type, node.text, node.position
    try:
        match name:
            case "date":
                return _constant(str(times.parse_date(text)), Type("date"))
            case "time":
                clock, places, zone = times.parse_time(text)
                if zone is None:
                    return _constant(times.write_time(clock, 6), time_type(places))
                kind = time_type(places, zoned=True)
                return Value(
                    f"{{'t': CAST({literal(times.write_time(clock, 6))} AS TIME), 'z': {literal(zone)}}}", kind
                )
            case "timestamp":
                return _timestamp(text)
            case "decimal":
                return _decimal_literal(text)
            case "char":
                return Value(literal(text), char(max(1, len(text))), text, plain=True)
            case "varchar":
                return Value(literal(text), varchar(len(text)), text, plain=True)
            case "json":
                return Value(literal(parsed(text)), JSON, plain=True)
        kind = parse_type(TokenStream(name))
        converted = conversion(varchar(), kind)(text)
    except times.UnsupportedYearError:
        raise
    except (times.NotATimeError, QueryFailedError) as error:
        if isinstance(error, QueryFailedError) and "Unknown type" in str(error):
            raise located(position, "TYPE_MISMATCH", f"Unknown type: {name}") from None
        raise located(position, "INVALID_LITERAL", f"'{text}' is not a valid {name.upper()} literal") from None
    shown = java_number(converted) if isinstance(converted, float) else text
    return Value(cast_sql(Value(literal(shown), varchar(), shown), kind, functions), kind, plain=kind.base != "row")


def _constant(text: str, kind: Type) -> Value:
    return Value(f"CAST({literal(text)} AS {kind.duckdb})", kind, plain=True)


def _timestamp(text: str) -> Value:
    moment, places, zone = times.parse_timestamp(text)
    if zone is None:
        return _constant(str(moment), timestamp(places))
    if times.is_in_gap(moment, zone):
        raise times.NotATimeError(text)
    instant = times.in_zone(moment, zone)["t"]
    sql = f"{{'t': CAST({literal(str(instant))} AS TIMESTAMP), 'z': {literal(zone)}}}"
    return Value(sql, timestamp(places, zoned=True), plain=True)


def _decimal_literal(text: str) -> Value:
    match = re.fullmatch(r"\s*([+-]?)(\d*)(?:\.(\d*))?\s*", text)
    if match is None or not (match[2] or match[3]):
        raise times.NotATimeError(text)
    whole, fraction = match[2].lstrip("0"), match[3] or ""
    precision = len(whole) + len(fraction)
    if precision > 38:
        raise times.NotATimeError(text)
    kind = decimal(max(1, precision), len(fraction))
    return _constant(f"{match[1]}{whole or '0'}{'.' + fraction if fraction else ''}", kind)


def interval_literal(node: tree.IntervalLiteral) -> Value:
    """Return the value of an interval."""
    first, last = node.first, node.last or node.first
    text = node.text.strip()
    sign = node.sign
    if text.startswith(("-", "+")):
        sign, text = (-sign if text[0] == "-" else sign), text[1:]
    places = _ORDER.index(first), _ORDER.index(last)
    if places[0] > places[1] or (first in {"year", "month"}) != (last in {"year", "month"}):
        raise located(
            node.position, "INVALID_LITERAL", f"Invalid interval qualifier: {first.upper()} TO {last.upper()}"
        )
    units = _ORDER[places[0] : places[1] + 1]
    patterns = [r"(\d+(?:\.\d{1,3})?)" if unit == "second" else r"(\d+)" for unit in units]
    separators = {"month": "-", "hour": " ", "minute": ":", "second": ":"}
    match = re.fullmatch(
        patterns[0]
        + "".join(separators[unit] + pattern for unit, pattern in zip(units[1:], patterns[1:], strict=True)),
        text,
    )
    if match is None:
        raise located(node.position, "INVALID_LITERAL", f"Invalid INTERVAL {first.upper()} value: {node.text}")
    if first in {"year", "month"}:
        months = sum(
            int(part) * (12 if unit == "year" else 1) for unit, part in zip(units, match.groups(), strict=True)
        )
        return Value(f"CAST({sign * months} AS INTEGER)", YEAR_TO_MONTH, plain=True)
    total = sum(round(float(part) * _MILLISECONDS[unit]) for unit, part in zip(units, match.groups(), strict=True))
    return Value(f"CAST({sign * total} AS BIGINT)", DAY_TO_SECOND, plain=True)
