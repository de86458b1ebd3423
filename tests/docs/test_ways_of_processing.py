"""Tests of docs/reference/ways_of_processing.md: each line occurs in the named file, the file is valid, and the test exists and runs."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from partitioned_pipelines.spec import load_project

DOCS = Path(__file__).parents[2] / "docs" / "reference"
LINK = re.compile(r"\[([^\]]+)\]\(([^)]+)\)")
COMMAND = re.compile(r"\)(?: \(`(make [a-z-]+)`\))?(?:, |$)")  # after each test that needs Spark
# The article's terms, by words that occur in a row's first column.
NAMED = [
    "Script Processor", "SKLearnProcessor", "PySparkProcessor", "Processor:", "SageMaker Pipelines", "Athena", "Redshift Spectrum",
    "MSCK REPAIR TABLE", "create_partition", "PySpark for large data", "feature engineering", "data validation", "evaluation of a model",
]  # fmt: skip


class Row(NamedTuple):
    """A row of a table in the document."""

    what: str
    line: str
    file: Path
    tests: list[tuple[str, Path]]
    commands: list[str]


def read_rows() -> list[Row]:
    rows = []
    for text in (DOCS / "ways_of_processing.md").read_text(encoding="utf-8").splitlines():
        if not text.startswith("| ") or text.split(" | ")[1] == "the line":
            continue
        what, line, where, tests = text.strip("| ").split(" | ")
        ((_, file),) = LINK.findall(where)
        found = [(name, (DOCS / path).resolve()) for name, path in LINK.findall(tests)]
        rows.append(Row(what, line.strip("`"), (DOCS / file).resolve(), found, COMMAND.findall(tests)))
    return rows


ROWS = read_rows()
every_row = pytest.mark.parametrize("row", ROWS, ids=[row.what for row in ROWS])


@every_row
def test_the_line_stands_in_the_file(row: Row) -> None:
    lines = row.file.read_text(encoding="utf-8").splitlines()
    code = [line.partition("  #")[0] for line in lines if not line.lstrip().startswith("#")]
    assert any(row.line in line for line in code), f"{row.file.name} has no {row.line}"


@every_row
def test_the_tests_are_there(row: Row) -> None:
    assert row.tests
    for name, path in row.tests:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        functions = [node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
        assert name in functions, f"{path.name} has no {name}"
        assert name.startswith("test_")


# Marks can come from a module, a class or a parameter: pytest resolves them.
COLLECT = """
import sys, pytest

class Marks:
    def pytest_collection_finish(self, session):
        for item in session.items:
            print("MARKS", item.originalname, *{mark.name for mark in item.iter_markers()})

sys.exit(pytest.main(["--collect-only", "-qq", "-p", "no:cacheprovider", *sys.argv[1:]], plugins=[Marks()]))
"""


def marks() -> dict[str, list[set[str]]]:
    """Return the marks of each named test, once for each of its parameters."""
    files = sorted({str(path) for row in ROWS for _, path in row.tests})
    command = [sys.executable, "-c", COLLECT, *files]
    said = subprocess.run(command, cwd=DOCS.parents[1], capture_output=True, text=True, check=True).stdout
    found: dict[str, list[set[str]]] = {}
    for line in said.splitlines():
        if line.startswith("MARKS "):
            _, name, *of_it = line.split()
            found.setdefault(name, []).append(set(of_it))
    return found


def test_a_test_that_needs_spark_has_its_command_beside_it() -> None:
    of_tests = marks()
    for row in ROWS:
        for (name, _), command in zip(row.tests, row.commands, strict=True):
            ran = ["make test-spark" if "spark" in each else "" for each in of_tests[name]]
            assert command in ran, f"{name} is not run by {command or 'make test-all'}"


def test_the_pipeline_files_are_right() -> None:
    files = {row.file for row in ROWS if row.file.suffix == ".yaml"}
    assert len(files) >= 5
    for project in {file.parents[1] for file in files}:
        load_project(project)


@pytest.mark.parametrize("named", NAMED)
def test_everything_that_the_article_names_has_a_row(named: str) -> None:
    assert any(row.what.startswith(named) or named in row.what for row in ROWS)


def test_other_links_lead_somewhere() -> None:
    text = (DOCS / "ways_of_processing.md").read_text(encoding="utf-8")
    gone = [path for _, path in LINK.findall(text) if not path.startswith("https:") and not (DOCS / path).exists()]
    assert gone == []
