"""Tests that shown commands can be pasted into a shell, and read."""

from __future__ import annotations

import shlex
import subprocess

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from partitioned_pipelines.lake.shell_words import shown_command

# A shell's words hold no NUL and no lone surrogates.
WORDS = st.text(
    st.one_of(st.sampled_from("'\"$`\\! \n\x1b\u202e"), st.characters(exclude_characters="\0", codec="utf-8"))
)


@pytest.mark.parametrize(
    ("word", "shown"),
    [
        ("plain", "plain"),
        ("two words", "'two words'"),
        ("SELECT * FROM t WHERE dt = '2026-11-28'", "\"SELECT * FROM t WHERE dt = '2026-11-28'\""),
        ("it's $HOME", "'it'\"'\"'s $HOME'"),
        ("it's!", "'it'\"'\"'s!'"),
        ("it's\nmore", "$'it\\'s\\nmore'"),
    ],
)
def test_a_word(word: str, shown: str) -> None:
    assert shown_command(["echo", word]) == f"echo {shown}"


@settings(max_examples=50, deadline=None)
@given(st.lists(WORDS, max_size=5))
@example(["'$HOME'", "'!!'", "'`id`'", "'\\'", "'\"'", "''", ""])
def test_a_shell_reads_the_words(words: list[str]) -> None:
    shown = shown_command(words)
    assert "\n" not in shown
    command = ["bash", "-c", f"printf '%s\\0' {shown}"]
    printed = subprocess.run(command, env={"LC_ALL": "C.UTF-8", "PATH": "/bin"}, capture_output=True, check=True).stdout
    assert printed.decode() == "".join(f"{word}\0" for word in words or [""])


@given(st.lists(st.text("'\"$`\\! ab"), max_size=5))
def test_posix_reads_the_words(words: list[str]) -> None:
    assert shlex.split(shown_command(words)) == words
