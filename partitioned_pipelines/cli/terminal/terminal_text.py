"""Text from data (cells, names, logs, messages of jobs) in a form that is safe to print on a terminal."""

from __future__ import annotations

import re

# C0, DEL and C1: https://www.unicode.org/charts/PDF/U0000.pdf and U0080.pdf. Terminals execute some of them (ECMA-48).
_CONTROLS = r"\x00-\x1f\x7f-\x9f"
# Bidirectional controls reorder adjacent text: https://www.unicode.org/reports/tr9/#Directional_Formatting_Characters
_BIDIRECTIONAL = r"\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_SEPARATORS = r"\u2028\u2029"  # of lines and paragraphs
_SURROGATES = r"\ud800-\udfff"  # occur in names whose bytes are not UTF-8; no encoding supports them
_UNSAFE = re.compile(f"[{_CONTROLS}{_BIDIRECTIONAL}{_SEPARATORS}{_SURROGATES}]")
_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def visible(text: str) -> str:
    r"""Return a string with each unsafe character escaped: ``\n``, ``\x1b``, ``\u202e``.

    The result is one line; for several lines, use ``visible_lines``.
    """
    return _UNSAFE.sub(_escape, text)


def visible_lines(text: str) -> list[str]:
    """Return the lines of a string, each escaped by ``visible``."""
    return [visible(line) for line in text.split("\n")]


def json_escaped(document: str) -> str:
    r"""Return a JSON document with unsafe characters, which occur only in strings, as JSON escapes: ``\u001b``."""
    return _UNSAFE.sub(lambda found: found[0] if found[0] == "\n" else f"\\u{ord(found[0]):04x}", document)


def _escape(found: re.Match[str]) -> str:
    character = found[0]
    code = ord(character)
    return _SHORT.get(character) or (f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}")
