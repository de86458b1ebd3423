"""Text from data (cells, names, logs, messages of jobs) in a form that is safe to print on a terminal."""

from __future__ import annotations

from partitioned_pipelines.lake.unsafe_text import UNSAFE, visible


def visible_lines(text: str) -> list[str]:
    """Return the lines of a string, each escaped by ``visible``."""
    return [visible(line) for line in text.split("\n")]


def json_escaped(document: str) -> str:
    r"""Return a JSON document with unsafe characters, which occur only in strings, as JSON escapes: ``\u001b``."""
    return UNSAFE.sub(lambda found: found[0] if found[0] == "\n" else f"\\u{ord(found[0]):04x}", document)
