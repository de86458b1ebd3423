"""Commands that hints name: with what this command was given, so that they can be pasted."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

from partitioned_pipelines.cli.settings import project_above
from partitioned_pipelines.cli.terminal.terminal_text import visible

if TYPE_CHECKING:
    from partitioned_pipelines.cli.settings import Settings

_OF_A_PIPELINE = re.compile(r"pipelines (?P<command>[a-z]+) NAME(?P<options>(?: --[a-z-]+(?: [0-9]+[hdw])?)*)")
_OF_A_PROJECT = re.compile(
    r"pipelines (?P<words>deploy|local (?:up|down|status))(?P<target> --target aws)?(?P<options>(?: --bootstrap)*)(?![\w-]| --)"
)


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


def with_names(settings: Settings, text: str, pipeline: str, table: str | None = None) -> str:
    """Return a text of ``partitions``, which knows no pipeline, with the commands in it made complete.

    Parameters
    ----------
    table
        The table that they are about; None if the pipeline has no other.
    """

    def written(found: re.Match[str]) -> str:
        selected = ["--table", table] if table else []
        return paste(settings, found["command"], pipeline, *selected, *found["options"].split())

    return completed(settings, _OF_A_PIPELINE.sub(written, text))


def completed(settings: Settings, text: str) -> str:
    """Return a text in which commands about the whole project have the options of this command."""

    def written(found: re.Match[str]) -> str:
        words = found["words"].split()
        if settings.local if found["target"] else (words[0] == "local" and not settings.local):
            return found[0]  # it is about the other target
        return paste(settings, *words, *found["options"].split())

    return _OF_A_PROJECT.sub(written, text)


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
