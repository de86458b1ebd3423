"""Every replacement of moto's internals says why, and MOTO_FIXES.md lists those that correct moto.

After a change of the marks, write the page again: ``python packages/local-cloud/tests/test_moto_fixes.py``.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TypeGuard

import pytest

PACKAGE = Path(__file__).parents[1]
SOURCE = PACKAGE / "src" / "local_cloud"
PAGE = PACKAGE / "MOTO_FIXES.md"
MARK = re.compile(
    r"# moto: (?P<what>.+?); (?P<status>not reported yet: .+\.|https://github\.com/getmoto/moto/(issues|pull)/\d+\b.*)"
)
BEGINNINGS = ("# moto: ", "# extension: ")
HEAD = """# Corrections of moto

This package corrects moto where it differs from AWS. Each correction has a comment `# moto:` in the source, so that it can be deleted once
moto has it. For a correction that is not reported yet, the first column is the title of an issue to open, and the second its text.

This page is written by `python packages/local-cloud/tests/test_moto_fixes.py`, which also tests it.

| What moto does | Upstream | Corrected in |
|---|---|---|
"""


@dataclass(frozen=True)
class Fix:
    """A correction of moto: the text of its mark, and the module."""

    what: str
    status: str
    module: str


def comment_blocks(lines: list[str]) -> list[str]:
    """Return the comments that begin with a mark, each as one line."""
    blocks: list[str] = []
    is_open = False
    for line in map(str.strip, lines):
        if line.startswith(BEGINNINGS):
            blocks.append(line)
        elif is_open and line.startswith("# "):
            blocks[-1] += line.removeprefix("#")
        is_open = line.startswith(BEGINNINGS) or (is_open and line.startswith("# "))
    return blocks


def modules() -> list[Path]:
    return sorted(SOURCE.rglob("*.py"))


def fixes() -> list[Fix]:
    found = []
    for path in modules():
        for block in comment_blocks(path.read_text(encoding="utf-8").splitlines()):
            if block.startswith("# moto: "):
                mark = MARK.fullmatch(block)
                assert mark, f"{path}: {block}: neither `not reported yet: …` nor a link to an issue of moto"
                found.append(Fix(mark["what"], mark["status"], path.relative_to(SOURCE).as_posix()))
    return found


def page() -> str:
    rows = [
        f"| {one.what} | {one.status} | [{one.module}](src/local_cloud/{one.module}) |\n"
        for one in sorted(fixes(), key=lambda one: (one.module, one.what))
    ]
    return HEAD + "".join(rows)


def unmarked_calls(source: str) -> list[int]:
    """Return the lines at which calls of ``replace`` and ``add`` begin that no comment with a mark precedes.

    Calls that follow each other, and those in a loop, share the comment before the first of them.
    """
    lines = [line.strip() for line in source.splitlines()]
    called: set[int] = set()
    for node in ast.walk(ast.parse(source)):
        calls = [each for each in ast.walk(node) if _replaces(each)]
        if calls:
            if _replaces(node):
                called.update(range(node.lineno, (node.end_lineno or node.lineno) + 1))
            elif isinstance(node, ast.For):
                called.update(range(node.lineno, min(call.lineno for call in calls)))
    unmarked = []
    for first in sorted(line for line in called if line - 1 not in called):
        above = first - 1
        while lines[above - 1].startswith("#"):
            above -= 1
        if not any(line.startswith(BEGINNINGS) for line in lines[above : first - 1]):
            unmarked.append(first)
    return unmarked


def _replaces(node: ast.AST) -> TypeGuard[ast.Expr]:
    match node:
        case ast.Expr(value=ast.Call(func=ast.Name(id="replace" | "add"))):
            return True
    return False


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ("# moto: x; y\nreplace(a, b, c)\nadd(a, b, c)\n", []),
        ("replace(a, b, c)\n", [1]),
        ("# it is so\nreplace(a, b, c)\n", [2]),
        ("# extension: x\nfor a in b:\n    replace(a, b, c)\n", []),
        ("# moto: x; y\nreplace(a, b, c)\nx = 1\nadd(a, b, c)\n", [4]),
        ("text.replace(a, b)\n", []),
    ],
)
def test_calls_without_a_mark_are_found(source: str, lines: list[int]) -> None:
    assert unmarked_calls(source) == lines


@pytest.mark.parametrize("path", modules(), ids=lambda path: path.relative_to(SOURCE).as_posix())
def test_every_replacement_of_motos_internals_is_marked(path: Path) -> None:
    assert unmarked_calls(path.read_text(encoding="utf-8")) == []


def test_the_page_lists_all_corrections() -> None:
    assert len(fixes()) > 50
    assert PAGE.read_text(encoding="utf-8") == page(), f"write it again: python {Path(__file__)}"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
