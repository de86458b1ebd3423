"""Strings, lists and properties in statements."""

from __future__ import annotations

import re

from local_cloud.athena.errors import QueryFailedError

_ESCAPE = re.compile(r"\\(?:u(?P<unicode>[0-9a-fA-F]{4})|(?P<octal>[0-3][0-7]{2})|(?P<one>.))", re.DOTALL)
_ESCAPED = {"0": "\0", "b": "\b", "n": "\n", "r": "\r", "t": "\t", "Z": "\x1a"}
_PROPERTY = re.compile(
    r"\s*(?P<name>'(?:[^'\\]|\\.|'')*'|\"(?:[^\"\\]|\\.)*\"|\w+)\s*=\s*(?P<value>'(?:[^'\\]|\\.|'')*'|\"(?:[^\"\\]|\\.)*\"|ARRAY\s*\[[^\]]*\]|\w+)\s*(?:,|$)",
    re.IGNORECASE,
)


def unquoted(text: str) -> str:
    """Return the value of a Hive string."""

    def read(escape: re.Match[str]) -> str:
        if escape["unicode"] or escape["octal"]:
            return chr(int(escape["unicode"], 16) if escape["unicode"] else int(escape["octal"], 8))
        return _ESCAPED.get(escape["one"], escape["one"])

    if text[:1] not in {"'", '"'}:
        return text
    return _ESCAPE.sub(read, text[1:-1].replace("''", "'"))


def quoted_text(text: str) -> str:
    """Return a Hive string, as read by :func:`unquoted`."""
    escaped = (
        text.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n").replace("\t", "\\t").replace("\r", "\\r")
    )
    return "'" + re.sub(r"[\x00-\x1f]", lambda found: f"\\u{ord(found[0]):04X}", escaped) + "'"


def read_properties(text: str) -> dict[str, str]:
    """Return the properties in ``name = value, …``.

    Raises
    ------
    QueryFailedError
        If a part of the string is not a property.
    """
    properties: dict[str, str] = {}
    position = 0
    while text[position:].strip():
        match = _PROPERTY.match(text, position)
        if match is None:
            raise QueryFailedError(
                "FAILED", f"ParseException: cannot recognize input near '{text[position : position + 20].strip()}'"
            )
        properties[unquoted(match["name"])] = unquoted(match["value"])
        position = match.end()
    return properties


def read_names(text: str) -> list[str]:
    """Return the strings in ``ARRAY['a', 'b']``."""
    return [name.lower() for name in re.findall(r"'([^']*)'", text)]


def split_list(text: str) -> list[str]:
    """Split at the commas outside of brackets and strings."""
    parts: list[str] = []
    start = depth = 0
    for piece in re.finditer(r"'(?:[^'\\]|\\.|'')*'|\"(?:[^\"\\]|\\.)*\"|`[^`]*`|[(<,)>]", text):
        if piece[0] in {"(", "<"}:
            depth += 1
        elif piece[0] in {")", ">"}:
            depth -= 1
        elif piece[0] == "," and depth == 0:
            parts.append(text[start : piece.start()])
            start = piece.end()
    return [part.strip() for part in [*parts, text[start:]]]
