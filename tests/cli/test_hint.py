"""Commands in hints: a shell reads them back word by word, whatever is in a word."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from partitioned_pipelines.cli.settings import Settings, Target
from partitioned_pipelines.cli.terminal.hint import paste
from partitioned_pipelines.cli.terminal.terminal_text import visible

if TYPE_CHECKING:
    from pathlib import Path

WORDS = ["SELECT 'a', \"b\"", "SELECT *\nFROM t\t-- it's \\n", "\x1b[31m", "a\u0085b\u202e特", "", "$HOME `id`"]


@pytest.mark.parametrize("word", WORDS, ids=ascii)
def test_a_shell_reads_the_same_words_from_one_line(project: Path, monkeypatch: pytest.MonkeyPatch, word: str) -> None:
    monkeypatch.chdir(project)
    written = paste(Settings(project.resolve(), Target.LOCAL, None, json=False), "query", word)
    assert visible(written) == written
    script = f"pipelines() {{ printf '%s\\0' \"$@\"; }}; {written}"
    done = subprocess.run(["bash", "-c", script], capture_output=True, env={"LC_ALL": "C.UTF-8"}, check=True)
    assert done.stdout.decode().split("\0")[:-1] == ["query", word]
