"""JSON as org.json reads it, which the OpenX SerDe uses: strings in single quotes or none, and anything after the document.

https://github.com/trinodb/trino/blob/master/lib/trino-hive-formats/src/main/java/io/trino/hive/formats/line/openxjson/JsonReader.java
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

_SPACE = re.compile(r"[\s]*")
_UNQUOTED = re.compile(r"[^,:\]\}/\\\"\[\{;=#\x00-\x1f]+")
_NUMBER = re.compile(r"-?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
_ESCAPES = {"b": "\b", "t": "\t", "n": "\n", "f": "\f", "r": "\r"}


class LenientReader:
    """The reader of one document.

    Parameters
    ----------
    number
        Makes a number of its spelling.
    pairs
        Makes an object of its names and values.
    """

    def __init__(self, text: str, number: Callable[[str], Any], pairs: Callable[[list[tuple[str, Any]]], Any]) -> None:
        self._text, self._place = text, 0
        self._number, self._pairs = number, pairs

    def document(self) -> Any:
        """Return the first value of the string. Raises ValueError if it is not one."""
        return self._value()

    def _next(self) -> str:
        self._place = _SPACE.match(self._text, self._place).end()  # type: ignore[union-attr]  # it always matches
        return self._text[self._place : self._place + 1]

    def _value(self) -> Any:
        character = self._next()
        if character == "{":
            return self._object()
        if character == "[":
            return self._array()
        if character and character in "\"'":
            return self._string()
        match = _UNQUOTED.match(self._text, self._place)
        if match is None:
            raise ValueError(self._text)
        self._place = match.end()
        word = match[0].strip()
        constants = {"true": True, "false": False, "null": None}
        if word.lower() in constants:
            return constants[word.lower()]
        return self._number(word) if _NUMBER.fullmatch(word) else word

    def _object(self) -> Any:
        self._place += 1
        found: list[tuple[str, Any]] = []
        while self._next() != "}":
            name = self._value()
            if name is None or isinstance(name, list | dict):
                raise ValueError(self._text)
            if self._next() not in {":", "="}:
                raise ValueError(self._text)
            self._place += 2 if self._text[self._place : self._place + 2] == "=>" else 1
            found.append((str(name), self._value()))
            if self._next() in {",", ";"}:
                self._place += 1
            elif self._next() != "}":
                raise ValueError(self._text)
        self._place += 1
        return self._pairs(found)

    def _array(self) -> Any:
        self._place += 1
        found: list[Any] = []
        while self._next() != "]":
            if self._next() in {",", ";"}:
                found.append(None)
            else:
                found.append(self._value())
            if self._next() in {",", ";"}:
                self._place += 1
            elif self._next() != "]":
                raise ValueError(self._text)
        self._place += 1
        return found

    def _string(self) -> str:
        quote, found = self._text[self._place], ""
        self._place += 1
        while True:
            character = self._text[self._place : self._place + 1]
            self._place += 1
            if character == quote:
                return found
            if not character or character in "\n\r":
                raise ValueError(self._text)
            if character == "\\":
                escaped = self._text[self._place : self._place + 1]
                self._place += 1
                if escaped == "u":
                    found += chr(int(self._text[self._place : self._place + 4], 16))
                    self._place += 4
                else:
                    found += _ESCAPES.get(escaped, escaped)
            else:
                found += character
