"""Commands that hints name: with what this command was given, so that they can be pasted."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

from cli.settings import project_above
from cli.terminal_text import visible

if TYPE_CHECKING:
    from cli.settings import Settings


def paste(settings: Settings, *words: str) -> str:
    """Return a ``pipelines`` command on the same project, target and prefix."""
    shared = []
    if not settings.local:
        shared += ["--target", settings.target.value]
    if settings.given_prefix is not None:
        shared += ["--prefix", settings.given_prefix]
    if settings.project != project_above():
        shared += ["--project", str(settings.project)]
    return " ".join(map(_quoted, ["pipelines", *words, *shared]))


def _quoted(word: str) -> str:
    """Quote a word for a shell, on one line: ``$'…'`` holds what a terminal would not show, such as the newlines of SQL.

    https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html#tag_19_02_04
    """
    if visible(word) == word:
        return shlex.quote(word)
    # A shell reads \\x85 as a byte, and \\u0085 as the character.
    escaped = re.sub(r"\\x([89][0-9a-f])", r"\\u00\1", "".join(map(_escaped, word)))
    return f"$'{escaped}'"


def _escaped(character: str) -> str:
    return f"\\{character}" if character in "\\'" else visible(character)
