"""Commands that messages recommend: with real names, so that they can be pasted."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from partitioned_pipelines.cli.settings import Settings, Target
from partitioned_pipelines.cli.terminal.hint import completed, paste, with_names

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
ROOMS = [f"partitioned_pipelines/{room}" for room in ("cli", "lake", "operations", "runtime", "spec")]
PACKAGES = [*ROOMS, "lambdas", "packages/local-cloud/src", "stacks"]
# They know no pipeline: the CLI puts its name in.
WITHOUT_NAMES = ["partitioned_pipelines/operations", "partitioned_pipelines/runtime", "partitioned_pipelines/lake"]
PLACEHOLDER = re.compile(r"\b(?:NAME…?|RUN|STEP|DIR|FILE|TABLE|PREFIX|YYYY-MM-DD)(?![\w-])")
COMMAND = re.compile(r"\bpipelines [a-z-]+(?: (?!pipelines )[^;:,()`\n]+)?")

# A placeholder stays where nobody can know the name.
UNKNOWN = {
    (
        "partitioned_pipelines/cli/commands/destroy.py",
        "pipelines destroy NAME…",
    ): "which pipelines somebody wants to delete",
    (
        "stacks/data_lake/undelivered_queue.py",
        "pipelines run NAME --target aws --date DATE   4. Empty the queue",
    ): "an alarm of all pipelines: its messages have the name",
}


def strings_in(path: Path) -> Iterator[str]:
    """Yield the strings of a module but its docstrings and the help of options; a value in an f-string is written as ``{}``."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    left_out = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in {"Option", "Argument", "Typer"}
        ):
            left_out |= {id(child) for child in ast.walk(node)}
    parts = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in ast.walk(tree):
        if id(node) in left_out or id(node) in parts:
            continue
        if isinstance(node, ast.JoinedStr):
            yield "".join(
                part.value if isinstance(part, ast.Constant) and isinstance(part.value, str) else "{}"
                for part in node.values
            )
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def with_placeholders(package: str) -> Iterator[tuple[str, str, str]]:
    """Yield file, string and command of each recommendation that has a placeholder."""
    for path in sorted((ROOT / package).rglob("*.py")):
        if "templates" in path.parts:
            continue
        for text in strings_in(path):
            for found in COMMAND.finditer(text):
                if PLACEHOLDER.search(found[0]):
                    yield str(path.relative_to(ROOT)), text, found[0]


COMPLETED_LATER = [found for package in WITHOUT_NAMES for found in with_placeholders(package)]


@pytest.mark.parametrize("package", [package for package in PACKAGES if package not in WITHOUT_NAMES])
def test_no_message_has_a_placeholder_for_what_is_known(package: str) -> None:
    found = [(file, command) for file, _, command in with_placeholders(package)]
    assert [each for each in found if each not in UNKNOWN] == []


def test_the_exceptions_are_still_there() -> None:
    assert set(UNKNOWN) <= {(file, command) for package in PACKAGES for file, _, command in with_placeholders(package)}


def test_the_scan_finds_what_it_looks_for(tmp_path: Path) -> None:
    module = tmp_path / "module.py"
    module.write_text('"""pipelines runs NAME"""\nx = f"see {y}: pipelines audit {name} RUN --full"\n')
    assert [*strings_in(module)] == ["see {}: pipelines audit {} RUN --full"]
    assert COMMAND.findall("see: pipelines runs NAME --live; or pipelines deploy") == [
        "pipelines runs NAME --live",
        "pipelines deploy",
    ]


@pytest.fixture
def settings(project: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.chdir(project)
    return Settings(project.resolve(), Target.AWS, "team", json=False)


@pytest.mark.parametrize(
    ("file", "text", "command"), COMPLETED_LATER, ids=[f"{file}-{command}" for file, _, command in COMPLETED_LATER]
)
def test_partitions_know_no_pipeline_and_the_cli_names_it(
    settings: Settings, file: str, text: str, command: str
) -> None:
    """Only what the CLI itself calls may leave the name to it: a function's words are shown as they are."""
    assert file.startswith(
        (
            "partitioned_pipelines/operations/rollback/",
            "partitioned_pipelines/operations/doctor/",
            "partitioned_pipelines/operations/vacuum/",
        )
    )
    written = with_names(settings, text, "flights", "analytics.flights")
    assert not PLACEHOLDER.search(written)
    assert re.search(r"pipelines [a-z]+ flights --table analytics\.flights .*--target aws --prefix team", written)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("deploy it: pipelines deploy", "deploy it: pipelines deploy --target aws --prefix team"),
        ("deploy: pipelines deploy --target aws; then", "deploy: pipelines deploy --target aws --prefix team; then"),
        (
            "once: pipelines deploy --target aws --bootstrap",
            "once: pipelines deploy --bootstrap --target aws --prefix team",
        ),
        ("start one: pipelines local up", "start one: pipelines local up"),
        ("the pipelines deployed by pipelines deployers", "the pipelines deployed by pipelines deployers"),
    ],
)
def test_commands_on_the_project_get_the_options_of_this_one(settings: Settings, text: str, written: str) -> None:
    assert completed(settings, text) == written
    assert completed(settings, written) == written, "a command that is complete stays as it is"
    assert completed(settings, paste(settings, "deploy")) == paste(settings, "deploy")


def test_a_hint_of_a_command_names_the_project(project: Path, invoke: object) -> None:
    settings = Settings(project.resolve(), Target.LOCAL, None, json=False)
    assert (
        completed(settings, "start one: pipelines local up")
        == f"start one: pipelines local up --project {project.resolve()}"
    )
    assert completed(settings, "pipelines deploy --target aws") == "pipelines deploy --target aws", (
        "it is about the other target"
    )
