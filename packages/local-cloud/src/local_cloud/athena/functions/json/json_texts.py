"""JSON, as Trino reads and writes it: a document is held as a string."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import Any

from local_cloud.athena.functions.numbers.number_texts import java_number


class JsonNumber(str):
    """A number with its spelling."""

    __slots__ = ()

    @property
    def is_whole(self) -> bool:
        """Whether it is written without a point and an exponent."""
        return not any(character in self for character in ".eE")


def _no_constant(text: str) -> Any:
    raise ValueError(text)


_DECODER = json.JSONDecoder(parse_float=JsonNumber, parse_int=JsonNumber, parse_constant=_no_constant, strict=True)
_SPACE = " \t\r\n"


def read_json(text: str) -> Any:
    """Return a document; numbers keep their spelling. Raises ValueError if it is not JSON."""
    try:
        return _DECODER.decode(text.strip(_SPACE))
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def write_json(document: Any, *, sort: bool = False) -> str:
    """Return a document without spaces; doubles are written as Java does."""
    match document:
        case None:
            return "null"
        case bool():
            return "true" if document else "false"
        case JsonNumber():
            return str(document) if document.is_whole else java_number(float(document))
        case int() | Decimal():
            return format(document, "f") if isinstance(document, Decimal) else str(document)
        case float():
            return (
                java_number(document)
                if document == document and abs(document) != float("inf")
                else f'"{java_number(document)}"'
            )
        case str():
            return _quoted(document)
        case list():
            return f"[{','.join(write_json(item, sort=sort) for item in document)}]"
        case Pairs():
            return (
                "{" + ",".join(f"{_quoted(key)}:{write_json(value, sort=sort)}" for key, value in document.pairs) + "}"
            )
        case dict():
            pairs = (
                sorted(document.items(), key=lambda pair: pair[0].encode("utf-16-be", "surrogatepass"))
                if sort
                else document.items()
            )
            return "{" + ",".join(f"{_quoted(key)}:{write_json(value, sort=sort)}" for key, value in pairs) + "}"
    raise TypeError(type(document))


class Pairs:
    """An object whose keys may repeat, such as a row without names."""

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        self.pairs = pairs


_ESCAPED = re.compile(r'[\x00-\x1f"\\]')
_SHORT = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f"}


def _quoted(text: str) -> str:
    escaped = _ESCAPED.sub(lambda found: _SHORT.get(found[0], f"\\u{ord(found[0]):04X}"), text)
    return f'"{escaped}"'


def canonical(text: str) -> str:
    """Return a document with sorted keys, as ``json_parse`` does."""
    return write_json(read_json(text), sort=True)
