"""Text from data (cells, names, logs, messages of jobs) in a form that is safe to print on a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from partitioned_pipelines.lake.unsafe_text import UNSAFE

if TYPE_CHECKING:
    import re

_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def visible(text: str) -> str:
    r"""Return a string with each unsafe character escaped: ``\n``, ``\x1b``, ``\u202e``.

    The result is one line; for several lines, use ``visible_lines``.
    """
    return UNSAFE.sub(_escape, text)


def visible_lines(text: str) -> list[str]:
    """Return the lines of a string, each escaped by ``visible``."""
    return [visible(line) for line in text.split("\n")]


def json_escaped(document: str) -> str:
    r"""Return a JSON document with unsafe characters, which occur only in strings, as JSON escapes: ``\u001b``."""
    return UNSAFE.sub(lambda found: found[0] if found[0] == "\n" else f"\\u{ord(found[0]):04x}", document)


def _escape(found: re.Match[str]) -> str:
    character = found[0]
    code = ord(character)
    return _SHORT.get(character) or (f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}")
