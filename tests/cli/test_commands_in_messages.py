"""Tests that commands in messages contain real names, so that they can be pasted."""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from partitioned_pipelines.cli.remedies import BOOTSTRAP, completed, paste
from partitioned_pipelines.cli.settings import Settings, Target
from partitioned_pipelines.lake.unsafe_text import visible
from partitioned_pipelines.operations.remedy import DEPLOY, Command, Remedy, of_table

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
ROOMS = [f"partitioned_pipelines/{room}" for room in ("cli", "lake", "operations", "runtime", "spec")]
PACKAGES = [*ROOMS, "lambdas", "packages/local-cloud/src", "stacks"]
PLACEHOLDER = re.compile(r"\b(?:NAME…?|RUN|STEP|DIR|FILE|TABLE|PREFIX|YYYY-MM-DD)(?![\w-])")
# Remedies contain these as a Command, which is completed with the target, the prefix and the project.
OF_A_PROJECT = re.compile(r"\bpipelines (?:deploy|local (?:up|down|status))(?![\w-])")
COMMAND = re.compile(r"\bpipelines [a-z-]+(?: (?!pipelines )[^;:,()`\n]+)?")

# Placeholders that remain because the name cannot be known.
UNKNOWN = {
    (
        "partitioned_pipelines/spec/files/project.py",
        "pipelines new NAME",
    ): "how somebody wants to name the first pipeline",
    (
        "partitioned_pipelines/cli/commands/destroy.py",
        "pipelines destroy NAME…",
    ): "which pipelines somebody wants to delete",
    (
        "stacks/data_lake/undelivered_queue.py",
        "pipelines run NAME --target aws --date DATE   4. Empty the queue",
    ): "an alarm of all pipelines: its messages have the name",
    ("stacks/data_lake/lake_dashboard.py", "pipelines show RUN"): "a dashboard of all pipelines",
    ("stacks/data_lake/lake_dashboard.py", "pipelines retry NAME"): "a dashboard of all pipelines",
}


def strings_in(path: Path) -> Iterator[str]:
    """Yield the strings of a module except docstrings and options' help; a value in an f-string is written as ``{}``."""
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
    """Yield file, string and command of each recommendation with a placeholder."""
    for path in sorted((ROOT / package).rglob("*.py")):
        if "templates" in path.parts:
            continue
        for text in strings_in(path):
            for found in COMMAND.finditer(text):
                if PLACEHOLDER.search(found[0]):
                    yield str(path.relative_to(ROOT)), text, found[0]


@pytest.mark.parametrize("package", PACKAGES)
def test_no_message_has_a_placeholder_for_what_is_known(package: str) -> None:
    found = [(file, command) for file, _, command in with_placeholders(package)]
    assert [each for each in found if each not in UNKNOWN] == []


def test_remedies_have_commands_that_can_be_completed() -> None:
    found = {
        (str(path.relative_to(ROOT)), command[0])
        for room in ("cli", "operations")
        for path in (ROOT / "partitioned_pipelines" / room).rglob("*.py")
        for text in strings_in(path)
        for command in OF_A_PROJECT.finditer(text)
    }
    # A note on an alternative, not a command to be pasted.
    assert found == {("partitioned_pipelines/cli/target/clouds.py", "pipelines local up")}


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
    ("command", "raised", "written"),
    [
        (
            of_table("partitions"),
            "pipelines partitions NAME",
            "pipelines partitions flights --table analytics.flights --target aws --prefix team",
        ),
        (
            of_table("vacuum", "--keep", "7d"),
            "pipelines vacuum NAME --keep 7d",
            "pipelines vacuum flights --table analytics.flights --keep 7d --target aws --prefix team",
        ),
        (
            of_table("rollback", "--partition", "city=New York"),
            "pipelines rollback NAME --partition 'city=New York'",
            "pipelines rollback flights --table analytics.flights --partition 'city=New York' --target aws --prefix team",
        ),
        (
            Command(("destroy",), about="pipeline"),
            "pipelines destroy NAME",
            "pipelines destroy flights --target aws --prefix team",
        ),
        (DEPLOY, "pipelines deploy", "pipelines deploy --target aws --prefix team"),
        (
            Command(("deploy",), target="aws"),
            "pipelines deploy --target aws",
            "pipelines deploy --target aws --prefix team",
        ),
        (Command(("local", "up"), target="local"), "pipelines local up", "pipelines local up"),
    ],
    ids=str,
)
def test_operations_know_no_pipeline_and_the_cli_names_it(
    settings: Settings, command: Command, raised: str, written: str
) -> None:
    remedy = Remedy.of("do this: ", command, "; then that")
    assert str(remedy) == f"do this: {raised}; then that"
    assert completed(settings, remedy, "flights", "analytics.flights") == f"do this: {written}; then that"


def test_the_only_table_of_a_pipeline_is_not_named(settings: Settings) -> None:
    assert (
        completed(settings, Remedy.of(of_table("runs")), "flights")
        == "pipelines runs flights --target aws --prefix team"
    )


def test_words_alone_stay_as_they_are(settings: Settings) -> None:
    assert (
        completed(settings, "the pipelines deployed by pipelines deploy")
        == "the pipelines deployed by pipelines deploy"
    )


def test_a_hint_of_a_command_names_the_project(project: Path) -> None:
    settings = Settings(project.resolve(), Target.LOCAL, None, json=False)
    up = Remedy.of("start one: ", Command(("local", "up"), target="local"))
    assert completed(settings, up) == f"start one: pipelines local up --project {project.resolve()}"
    assert completed(settings, BOOTSTRAP) == str(BOOTSTRAP), "it is about the other target"
    assert str(BOOTSTRAP).endswith(": pipelines deploy --target aws --bootstrap")


WORDS = ["SELECT 'a', \"b\"", "SELECT *\nFROM t\t-- it's \\n", "\x1b[31m", "a\u0085b\u202e特", "", "$HOME `id`"]


@pytest.mark.parametrize("word", WORDS, ids=ascii)
def test_a_shell_reads_the_same_words_from_one_line(project: Path, monkeypatch: pytest.MonkeyPatch, word: str) -> None:
    monkeypatch.chdir(project)
    written = paste(Settings(project.resolve(), Target.LOCAL, None, json=False), "query", word)
    assert visible(written) == written
    script = f"pipelines() {{ printf '%s\\0' \"$@\"; }}; {written}"
    done = subprocess.run(["bash", "-c", script], capture_output=True, env={"LC_ALL": "C.UTF-8"}, check=True)
    assert done.stdout.decode().split("\0")[:-1] == ["query", word]
