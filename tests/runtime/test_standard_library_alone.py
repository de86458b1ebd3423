"""Tests that code in the Lambdas and in users' containers does not need installed packages."""

from __future__ import annotations

import ast
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE = Path(__file__).parents[2] / "partitioned_pipelines"
MODULES = sorted(path for room in ("lake", "runtime", "in_container") for path in (PACKAGE / room).rglob("*.py"))


def runtime_imports(node: ast.AST) -> Iterator[str]:
    """Yield the first name of each import that runs, without those for type checkers only."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and isinstance(child.test, ast.Name) and child.test.id == "TYPE_CHECKING":
            for alternative in child.orelse:
                yield from runtime_imports(alternative)
        elif isinstance(child, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in child.names)
        elif isinstance(child, ast.ImportFrom):
            yield "partitioned_pipelines" if child.level else (child.module or "").partition(".")[0]
        else:
            yield from runtime_imports(child)


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_needs_the_standard_library_only(module: Path) -> None:
    found = set(runtime_imports(ast.parse(module.read_text(encoding="utf-8"))))
    assert found - sys.stdlib_module_names - {"partitioned_pipelines"} == set()
