"""Commands as text for a shell: one line, which can be pasted."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING, Final

from partitioned_pipelines.lake.unsafe_text import visible

if TYPE_CHECKING:
    from collections.abc import Iterable

# An interactive bash or zsh expands ``!``, too: https://www.gnu.org/software/bash/manual/html_node/Double-Quotes.html
_READ_INSIDE_DOUBLE_QUOTES: Final = re.compile(r'["$`\\!]')


def shown_command(words: Iterable[str]) -> str:
    """Return the words of a command, quoted for a shell."""
    return " ".join(map(_quoted, words))


def _quoted(word: str) -> str:
    """Return a word quoted for a shell, on one line.

    Double quotes hold SQL with single quotes, if the shell reads nothing else inside. ``$'…'`` escapes characters that a terminal would
    not show, such as newlines.
    https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html#tag_19_02
    """
    if visible(word) == word:
        return f'"{word}"' if "'" in word and not _READ_INSIDE_DOUBLE_QUOTES.search(word) else shlex.quote(word)
    # A shell reads \\x85 as a byte, but \\u0085 as the character.
    escaped = re.sub(r"\\x([89][0-9a-f])", r"\\u00\1", "".join(map(_escaped, word)))
    return f"$'{escaped}'"


def _escaped(character: str) -> str:
    return f"\\{character}" if character in "\\'" else visible(character)
