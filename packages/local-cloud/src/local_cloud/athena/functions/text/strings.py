"""Functions of strings and binary values.

https://trino.io/docs/current/functions/string.html
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Any

from local_cloud.athena.functions.implementation import invalid, python, sql

if TYPE_CHECKING:
    from local_cloud.athena.functions.implementation import Build

_LARGEST_CODE_POINT = 0x10FFFF
_WHITESPACE = "".join(
    map(
        chr,
        [
            *range(9, 14),
            *range(28, 33),
            0x1680,
            *range(0x2000, 0x2007),
            *range(0x2008, 0x200B),
            0x2028,
            0x2029,
            0x205F,
            0x3000,
        ],
    )
)


def _upper(text: str) -> str:
    return text.upper() if text.isascii() else "".join(up if len(up := one.upper()) == 1 else one for one in text)


def _lower(text: str) -> str:
    return (
        text.lower() if text.isascii() else "".join(down if len(down := one.lower()) == 1 else down[0] for one in text)
    )


def _substring(text: Any, start: int, length: int | None = None) -> Any:
    if start == 0 or abs(start) > len(text) or (length is not None and length <= 0):
        return text[:0]
    first = start - 1 if start > 0 else len(text) + start
    return text[first:] if length is None else text[first : first + length]


def _position(text: str, part: str, instance: int = 1) -> int:
    if instance == 0:
        raise invalid("'instance' must be a positive or negative number.")
    if not part:
        return 1
    place = -1 if instance > 0 else len(text) + 1
    for _ in range(abs(instance)):
        place = text.find(part, place + 1) if instance > 0 else text.rfind(part, 0, max(0, place + len(part) - 1))
        if place < 0:
            return 0
    return place + 1


def _split(text: str, delimiter: str, limit: int | None = None) -> list[str]:
    if not delimiter:
        raise invalid("The delimiter may not be the empty string")
    if limit is not None and limit <= 0:
        raise invalid("Limit must be positive")
    return text.split(delimiter) if limit is None else text.split(delimiter, limit - 1)


def _split_part(text: str, delimiter: str, index: int) -> str | None:
    if index <= 0:
        raise invalid("Index must be greater than zero")
    parts = text.split(delimiter) if delimiter else [*text, *([""] if not text else [])]
    return parts[index - 1] if index <= len(parts) else None


def _entries(text: str, between: str, within: str) -> list[tuple[str, str]]:
    if not between or not within:
        raise invalid(f"{'entryDelimiter' if not between else 'keyValueDelimiter'} is empty")
    if between == within:
        raise invalid("entryDelimiter and keyValueDelimiter must not be the same")
    found = []
    for entry in text.split(between) if text else []:
        key, there, value = entry.partition(within)
        if not there or within in value:
            raise invalid(f"Key-value delimiter must appear exactly once in each entry. Bad input: '{entry}'")
        found.append((key, value))
    return found


def _split_to_map(text: str, between: str, within: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for key, value in _entries(text, between, within):
        if key in found:
            raise invalid(f"Duplicate keys ({key}) are not allowed")
        found[key] = value
    return found


def _split_to_multimap(text: str, between: str, within: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for key, value in _entries(text, between, within):
        found.setdefault(key, []).append(value)
    return found


def _pad(text: Any, length: int, padding: Any, *, left: bool) -> Any:
    if not 0 <= length <= 2**31 - 1:
        raise invalid("Target length must be in the range [0..2147483647]")
    if not len(padding):
        raise invalid("Padding string must not be empty")
    missing = length - len(text)
    if missing <= 0:
        return text[:length]
    filled = (padding * (missing // len(padding) + 1))[:missing]
    return filled + text if left else text + filled


def _replace(text: str, part: str, instead: str = "") -> str:
    return text.replace(part, instead)


def _translate(text: str, source: str, target: str) -> str:
    table: dict[int, str | None] = {}
    for place, one in enumerate(source):
        table.setdefault(ord(one), target[place] if place < len(target) else None)
    return text.translate(table)


def _code_point(text: str) -> int:
    if len(text) != 1:
        raise invalid("Input string must be a single character string")
    return ord(text)


def _chr(number: int) -> str:
    if not 0 <= number <= _LARGEST_CODE_POINT or 0xD800 <= number < 0xE000:
        raise invalid(f"Not a valid Unicode code point: {number}")
    return chr(number)


def _levenshtein(one: str, other: str) -> int:
    before = list(range(len(other) + 1))
    for place, a in enumerate(one, start=1):
        row = [place]
        for column, b in enumerate(other, start=1):
            row.append(min(row[-1] + 1, before[column] + 1, before[column - 1] + (a != b)))
        before = row
    return before[-1]


def _hamming(one: str, other: str) -> int:
    if len(one) != len(other):
        raise invalid("The input strings to hamming_distance function must have the same length")
    return sum(a != b for a, b in zip(one, other, strict=True))


def _normalize(text: str, form: str) -> str:
    return unicodedata.normalize(form, text)  # type: ignore[arg-type]  # the parser allows only forms


_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


def _to_base(number: int, radix: int) -> str:
    _check_radix(radix)
    digits, rest = "", abs(number)
    while rest:
        rest, digit = divmod(rest, radix)
        digits = _DIGITS[digit] + digits
    return ("-" if number < 0 else "") + (digits or "0")


def _from_base(text: str, radix: int) -> int:
    _check_radix(radix)
    try:
        found = int(text, radix) if re.fullmatch(r"[+-]?[0-9a-zA-Z]+", text) else None
    except ValueError:
        found = None
    if found is None or not -(2**63) <= found < 2**63:
        raise invalid(f"Not a valid base-{radix} number: {text}")
    return found


def _check_radix(radix: int) -> None:
    if not 2 <= radix <= 36:
        raise invalid("Radix must be between 2 and 36")


def _soundex(text: str) -> str:
    codes = {
        letter: str(number)
        for number, letters in enumerate(("BFPV", "CGJKQSXZ", "DT", "L", "MN", "R"), 1)
        for letter in letters
    }
    letters = [one for one in text.upper() if one.isalpha()]
    if not letters:
        return ""
    found, last = letters[0], codes.get(letters[0], "")
    for one in letters[1:]:
        code = codes.get(one, "")
        if code and code != last:
            found += code
        if one not in "HW":
            last = code
    return found[:4].ljust(4, "0")


def _strip(text: str, characters: str | None, side: str) -> str:
    chosen = _WHITESPACE if characters is None else characters
    match side:
        case "left":
            return text.lstrip(chosen)
        case "right":
            return text.rstrip(chosen)
    return text.strip(chosen)


def _stripped(side: str) -> Any:
    def strip(text: str, characters: str | None = None) -> str:
        return _strip(text, characters, side)

    strip.__qualname__ = f"strip_{side}"
    return strip


def _padded(*, left: bool) -> Any:
    def pad(text: Any, length: int, padding: Any) -> Any:
        return _pad(text, length, padding, left=left)

    pad.__qualname__ = f"pad_{left}"
    return pad


def _concat_ws(separator: str | None, *texts: str | None) -> str | None:
    return None if separator is None else separator.join(text for text in texts if text is not None)


def _concat_ws_array(separator: str | None, texts: list[str | None] | None) -> str | None:
    return None if separator is None or texts is None else _concat_ws(separator, *texts)


def _reversed(value: Any) -> Any:
    return value[::-1]


def _luhn(text: str) -> bool:
    if not text.isdecimal():
        raise invalid("Input must be composed of numeric characters")
    digits = [int(one) for one in reversed(text)]
    return sum(digits[::2] + [sum(divmod(2 * one, 10)) for one in digits[1::2]]) % 10 == 0


FUNCTIONS: dict[str, Build] = {
    "char2hexint": python(lambda text: text.encode("utf-16-be").hex().upper()),
    "chr": python(_chr),
    "codepoint": python(_code_point),
    "concat_ws": python(_concat_ws, nulls=True),
    "concat_ws(varchar,array)": python(_concat_ws_array, nulls=True),
    "from_base": python(_from_base),
    "hamming_distance": python(_hamming),
    "length": sql("CAST(length({0}) AS BIGINT)"),
    "length(varbinary)": sql("CAST(octet_length({0}) AS BIGINT)"),
    "levenshtein_distance": python(_levenshtein),
    "lower": python(_lower),
    "lpad": python(_padded(left=True)),
    "ltrim": python(_stripped("left")),
    "luhn_check": python(_luhn),
    "normalize": python(_normalize),
    "replace": python(_replace),
    "reverse": sql("reverse({0})"),
    "reverse(array)": sql("list_reverse({0})"),
    "reverse(varbinary)": python(_reversed),
    "rpad": python(_padded(left=False)),
    "rtrim": python(_stripped("right")),
    "soundex": python(_soundex),
    "split": python(_split),
    "split_part": python(_split_part),
    "split_to_map": python(_split_to_map),
    "split_to_multimap": python(_split_to_multimap),
    "starts_with": sql("starts_with({0}, {1})"),
    "strpos": python(_position),
    "substr": python(_substring),
    "substring": python(_substring),
    "to_base": python(_to_base),
    "translate": python(_translate),
    "trim": python(_stripped("both")),
    "upper": python(_upper),
    "uuid": sql("CAST(gen_random_uuid() AS VARCHAR)"),
}
