"""Tests that invalid YAML, and unsupported YAML features, are rejected with the line, and never with a traceback."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.spec.project_folder import FILE, VALID, spoiled

if TYPE_CHECKING:
    from tests.spec.project_folder import ProjectFolder

_BOMB = "a: &a [x, x]\n" + "".join(
    f"{this}: &{this} [*{before}, *{before}]\n" for before, this in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    ("content", "line", "says"),
    [
        pytest.param(b"", 1, "is empty: begin with `name:`", id="empty"),
        pytest.param(b"# a comment\n\n", 1, "is empty", id="only-a-comment"),
        pytest.param(b"- name: x\n", 1, "holds a list: begin with keys", id="list"),
        pytest.param(b"features\n", 1, "holds a single value: begin with keys", id="scalar"),
        pytest.param(b"name: x\n---\nname: y\n", 2, "expected a single document", id="two-documents"),
        pytest.param(b"name: x\nsteps: [\n", 3, "is not YAML", id="open-bracket"),
        pytest.param(b"name: x\ndescription: a: b\n", 2, "mapping values are not allowed here", id="colon-in-text"),
        pytest.param(b"name: x\n\tdescription: y\n", 2, "is not YAML", id="tab"),
        pytest.param(b"name: x\ndescription: 'y\n", 3, "is not YAML", id="open-quote"),
        pytest.param(b"name: x\ndescription: \xff\xfe\n", 1, "is not UTF-8 at byte 21", id="latin"),
        pytest.param("name: 特徴".encode("utf-16"), 1, "is not UTF-8 at byte 0", id="utf-16"),
        pytest.param("name: 特徴".encode("shift_jis"), 1, "is not UTF-8", id="shift-jis"),
        pytest.param(b"name: x\ndescription: a\x00b\n", 1, "special characters are not allowed", id="null-byte"),
        pytest.param(b"name: x\nsteps: []\nname: y\n", 3, 'found duplicate key "name" a second time', id="duplicate-key"),
        pytest.param(b"name: x\nsteps:\n- {name: x, name: y}\n", 3, 'duplicate key "name"', id="duplicate-key-below"),
        pytest.param(_BOMB.encode(), 2, "uses an alias (*name): write the value out", id="bomb"),
        pytest.param(b"image: &i {uri: a/b:1}\nsteps:\n- image: *i\n", 3, "uses an alias", id="alias"),
        pytest.param(b"name: x\n<<: {a: b}\n", 2, "uses a merge (<<): write the keys out", id="merge"),
        pytest.param(b"name: !!str 5\n", 1, "uses a tag (tag:yaml.org,2002:str): remove it", id="tag"),
        pytest.param(b"name: x\nenv: !!python/object:os.system {a: 1}\n", 2, "uses a tag", id="python-object"),
        pytest.param(b"name: x\nenv: !!set {a}\n", 2, "uses a tag", id="set"),
        pytest.param(b"%YAML 1.1\n---\nallow: no\n", 1, "begins with a directive (%…): remove it", id="older-yaml"),
        pytest.param(b"name: x\n5: y\n", 2, "has the key 5, which YAML does not read as a string", id="number-as-key"),
        pytest.param(b"name: x\nenv:\n  true: y\n", 3, "has the key true", id="boolean-as-key"),
        pytest.param(b"name: x\n? [a, b]\n: y\n", 2, "has a list or a mapping as a key", id="list-as-key"),
        pytest.param(b"a:\n  " + b"[" * 30 + b"]" * 30, 2, "is nested more than 20 levels deep", id="deep"),
        pytest.param(b"a: " + b"[" * 100_000, 1, "is nested more than 20 levels deep", id="deep-and-open"),
        pytest.param(b"a: " + b"{a: " * 5000, 1, "is nested more than 20 levels deep", id="deep-mappings"),
        pytest.param(b"a:\n" + b"- " * 5000, 2, "is nested more than 20 levels deep", id="deep-lists-in-a-line"),
        pytest.param(b"".join(b" " * n + b"a:\n" for n in range(500)), 21, "is nested more than 20 levels deep", id="deep-by-indentation"),
        pytest.param(b"a: " + b"9" * 5000, 1, "has a number that cannot be read", id="number-of-5000-digits"),
        pytest.param(b"name: x\n" * 1_300_000, 1, "is larger than 256 KiB", id="10-MB"),
    ],
)  # fmt: skip
def test_is_refused(project: ProjectFolder, content: bytes, line: int, says: str) -> None:
    problem = project.only_problem_of(content)
    assert (problem.file, problem.line, problem.field) == (FILE, line, "")
    assert says in problem.message
    assert "\n" not in str(problem)


def test_a_folder_and_a_dead_link_are_no_files(project: ProjectFolder) -> None:
    (project.root / "pipelines" / "a.yaml").mkdir()
    (project.root / "pipelines" / "b.yml").symlink_to("nowhere")
    assert [str(problem) for problem in project.problems()] == [
        "pipelines/a.yaml:1: cannot be read: Is a directory",
        "pipelines/b.yml:1: cannot be read: No such file or directory",
    ]


@pytest.mark.parametrize("text", [f"\ufeff{VALID}", VALID.replace("\n", "\r\n"), f"---\n{VALID}...\n"])
def test_how_a_file_was_saved_does_not_matter(project: ProjectFolder, text: str) -> None:
    assert project.load(text).description == "特徴量"


def test_words_of_other_yaml_versions_are_text(project: ProjectFolder) -> None:
    values = "{A: no, B: on, C: y, D: 2026-02-30, E: 2026-02-28, F: 1:30, G: 1_a, H: =}"
    text, _ = spoiled("\n      LOG_LEVEL: INFO", f" {values}")
    assert project.load(text).step("transform").environment == {
        "A": "no", "B": "on", "C": "y", "D": "2026-02-30", "E": "2026-02-28", "F": "1:30", "G": "1_a", "H": "=",
    }  # fmt: skip


def test_a_long_text_is_not_repeated_whole(project: ProjectFolder) -> None:
    text, _ = spoiled("name: table1", f"name: {'x-' * 10_000}")
    problem = project.only_problem_of(text)
    assert len(problem.message) < 700
    assert problem.message.startswith("is 'x-x-")
    assert problem.message.endswith("'")
