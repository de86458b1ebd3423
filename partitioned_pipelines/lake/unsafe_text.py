"""The characters of a string from data that a terminal, an email or a chat would not show, but obey."""

from __future__ import annotations

import re

# C0, DEL and C1: https://www.unicode.org/charts/PDF/U0000.pdf and U0080.pdf. Terminals execute some of them (ECMA-48).
_CONTROLS = r"\x00-\x1f\x7f-\x9f"
# Bidirectional controls reorder adjacent text: https://www.unicode.org/reports/tr9/#Directional_Formatting_Characters
_BIDIRECTIONAL = r"\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_SEPARATORS = r"\u2028\u2029"  # of lines and paragraphs
_SURROGATES = r"\ud800-\udfff"  # occur in names whose bytes are not UTF-8; no encoding supports them
UNSAFE = re.compile(f"[{_CONTROLS}{_BIDIRECTIONAL}{_SEPARATORS}{_SURROGATES}]")
"""Matches one unsafe character; line feeds and tabs are among them."""

_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}

# A terminal's escape sequences, such as colors: the control character and the text that belongs to it (ECMA-48, 5.4 and 5.6).
_SEQUENCE = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b[PX^_\]][^\x07\x1b]*(?:\x07|\x1b\\)")


def without_unsafe(text: str) -> str:
    """Return a string without unsafe characters and a terminal's escape sequences; line feeds stay, and a tab is replaced by spaces."""
    plain = _SEQUENCE.sub("", text.replace("\r\n", "\n")).replace("\t", "    ")
    return UNSAFE.sub(lambda found: found[0] if found[0] == "\n" else "", plain)


def visible(text: str) -> str:
    r"""Return a string with each unsafe character escaped: ``\n``, ``\x1b``, ``\u202e``.

    The result is one line.
    """
    return UNSAFE.sub(_escape, text)


def _escape(found: re.Match[str]) -> str:
    character = found[0]
    code = ord(character)
    return _SHORT.get(character) or (f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}")
