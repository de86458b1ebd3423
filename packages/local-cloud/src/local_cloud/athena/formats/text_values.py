"""Strings converted to Hive types, as Trino reads Hive's text formats. Strings that do not parse are null.

https://github.com/trinodb/trino/tree/master/lib/trino-hive-formats/src/main/java/io/trino/hive/formats/encodings/text
"""

from __future__ import annotations

import re

from local_cloud.athena.catalog.hive_types import duckdb_type, literal

BITS = {"TINYINT": 8, "SMALLINT": 16, "INTEGER": 32, "BIGINT": 64}
DATE = r"\d{4}-\d{1,2}-\d{1,2}"
DECIMAL = r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,9})?"  # Java's BigDecimal
FLOAT = rf"\s*([+-]?(NaN|Infinity)|{DECIMAL}[fFdD]?)\s*"  # Java's Double.parseDouble
TIMESTAMP = r"\d{4}-\d{1,2}-\d{1,2}[ T]\d{1,2}:\d{1,2}:\d{1,2}(\.\d{1,9})?"
_VALID_TIMESTAMP = r"\d{4}-(0?[1-9]|1[0-2])-(0?[1-9]|[12]\d|3[01])[ T]([01]?\d|2[0-4]):[0-5]?\d:[0-5]?\d(\.\d{1,9})?"
_BOOLEAN = r"(?i)true|false"
_INTEGER = r"[+-]?(\d+(\.\d*)?|\.\d+)"  # fractions are cut off
_BASE64 = r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?"
_FARTHEST = 400  # decimal places that the point is moved by
_SIZED = re.compile(r"(?P<kind>varchar|char)\s*\(\s*(?P<length>\d+)\s*\)")


def scalar(text: str, hive_type: str, *, is_base64: bool = False, cuts_fractions: bool = True) -> str:
    """Return the SQL that reads a string as a type that is not nested.

    Parameters
    ----------
    text
        The SQL of the string; it occurs several times in the result.
    is_base64
        Whether binary values are in Base64; a string that is not Base64 is read as its own bytes.
    cuts_fractions
        Whether whole numbers may be written with a fraction, which is cut off.
    """
    kind = duckdb_type(hive_type)
    if kind == "VARCHAR":
        return sized_text(text, hive_type)
    if kind == "BLOB":
        decoded = f"CASE WHEN {_matches(text, _BASE64)} THEN from_base64({text}) ELSE encode({text}) END"
        return decoded if is_base64 else f"encode({text})"
    if kind in BITS and not cuts_fractions:
        return _guarded(text, r"[+-]?\d+", f"TRY_CAST({text} AS {kind})")
    if kind in BITS:
        whole = f"split_part({text}, '.', 1)"
        return _guarded(
            text, _INTEGER, f"TRY_CAST(CASE WHEN {whole} IN ('', '+', '-') THEN '0' ELSE {whole} END AS {kind})"
        )
    if kind in ("FLOAT", "DOUBLE"):
        return _guarded(text, FLOAT, f"TRY_CAST(regexp_replace(trim({text}), '[fFdD]$', '') AS {kind})")
    if kind.startswith("DECIMAL"):
        plain = f"CASE WHEN {text} ILIKE '%e%' THEN {_without_exponent(text)} ELSE {text} END"
        return _guarded(text, DECIMAL, f"TRY_CAST({plain} AS {kind})")
    if kind == "TIMESTAMP":
        return _guarded(text, _VALID_TIMESTAMP, _timestamp(text))
    pattern = {"BOOLEAN": _BOOLEAN, "DATE": DATE}[kind]
    return _guarded(text, pattern, f"TRY_CAST({text} AS {kind})")


def sized_text(text: str, hive_type: str) -> str:
    """Return the SQL that truncates a string to the length of a varchar or char, and pads a char.

    https://trino.io/docs/current/language/types.html#string
    """
    length, is_char = length_of(hive_type)
    if length is None:
        return text
    return f"rpad(left({text}, {length}), {length}, ' ')" if is_char else f"left({text}, {length})"


def length_of(hive_type: str) -> tuple[int | None, bool]:
    """Return the length of a string type, or None, and whether it is a char."""
    match = _SIZED.fullmatch(hive_type.strip().lower())
    return (int(match["length"]), match["kind"] == "char") if match else (None, False)


def rounded_to_milliseconds(microseconds: str) -> str:
    """Return the SQL of a timestamp from microseconds since 1970, rounded half up as in Trino."""
    return f"make_timestamp(({microseconds} + 500) - ((({microseconds} + 500) % 1000) + 1000) % 1000)"


def _timestamp(text: str) -> str:
    """Return the SQL of a time; days after a month's last one and the hour 24 are of the next month and day."""
    nanoseconds = f"CAST(rpad(split_part({text}, '.', 2), 9, '0') AS BIGINT)"
    part = [
        f"CAST(regexp_extract({text}, '^(\\d+)-(\\d+)-(\\d+)[ T](\\d+):(\\d+):(\\d+)', {place}) AS INTEGER)"
        for place in range(1, 7)
    ]
    first = f"make_timestamp({part[0]}, {part[1]}, 1, 0, 0, 0)"
    moment = f"{first} + to_days({part[2]} - 1) + to_hours({part[3]}) + to_minutes({part[4]}) + to_seconds({part[5]})"
    return f"TRY({moment} + to_milliseconds(({nanoseconds} + 500000) // 1000000))"


def _without_exponent(text: str) -> str:
    """Return the SQL of a number without its exponent: DuckDB's cast of exponents to decimals is inexact."""
    mantissa = f"regexp_extract({text}, '^[+-]?([^eE]*)', 1)"
    digits = f"replace({mantissa}, '.', '')"
    point = f"(length(split_part({mantissa}, '.', 1)) + CAST(regexp_extract({text}, '[eE](.*)$', 1) AS BIGINT))"
    return (
        f"CASE WHEN starts_with({text}, '-') THEN '-' ELSE '' END || "
        f"CASE WHEN ltrim({digits}, '0') = '' THEN '0' WHEN {point} > {_FARTHEST} THEN NULL "
        f"WHEN {point} <= 0 THEN '0.' || repeat('0', least(-{point}, {_FARTHEST})) || {digits} "
        f"WHEN {point} >= length({digits}) THEN {digits} || repeat('0', {point} - length({digits})) "
        f"ELSE left({digits}, {point}) || '.' || substr({digits}, {point} + 1) END"
    )


def _guarded(text: str, pattern: str, value: str) -> str:
    return f"CASE WHEN {_matches(text, pattern)} THEN {value} END"


def _matches(text: str, pattern: str) -> str:
    return f"regexp_full_match({text}, {literal(pattern)})"
