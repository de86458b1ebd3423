"""Tests that templates with new hashes are those that the CDK writes, or are not made."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from partitioned_pipelines.cli.deployment.project_digest import read_scripts
from partitioned_pipelines.cli.deployment.script_update import with_new_hashes
from partitioned_pipelines.spec import tree_hash
from tests.synthesized.synthesis import synthesize

if TYPE_CHECKING:
    from pathlib import Path

PIPELINE = """
name: two
image: {sklearn: 1.4-2}
steps:
  - name: one
    script: a/one.py
  - name: two
    script: b/two.py
    inputs: {one: {step: one}}
table:
  source: two
  database: analytics
  name: two
  format: csv
  columns: [{name: x, type: string}]
  partition_keys: [{name: dt, type: string, date_format: "%Y-%m-%d"}]
"""
A, B, C, D = (character * 64 for character in "abcd")


def test_a_hash_is_replaced_wherever_it_is() -> None:
    assert (
        with_new_hashes(f"s3://bucket/{A}.files/ {A} {C}.files/", [(A, B)]) == f"s3://bucket/{B}.files/ {B} {C}.files/"
    )


def test_the_hash_before_of_one_folder_is_the_hash_after_of_another() -> None:
    assert with_new_hashes(f"{A}.files/ {B}.files/", [(A, B), (B, C)]) == f"{B}.files/ {C}.files/"


@pytest.mark.parametrize(
    ("template", "hashes"),
    [
        (f"{A}.files/", [(A, B), (A, A)]),  # two folders with equal files, of which one has changed
        (f"{A}.files/", [(A, B), (A, C)]),
        (f"{A}.files/ {B}.files/", [(A, B), (B, B)]),  # two folders become equal
        (f"{A}.files/ {B}.files/", [(A, C), (B, B)]),  # what the CDK sorts has another order
        (f"{A}.files/ {B}.files/", [(A, C)]),  # the same, and the other hash is not one of scripts
    ],
)
def test_what_the_cdk_may_write_in_another_way_is_not_made(template: str, hashes: list[tuple[str, str]]) -> None:
    assert with_new_hashes(template, hashes) is None


def test_the_template_is_that_of_a_synthesis_unless_the_order_of_the_hashes_changes(tmp_path: Path) -> None:
    project = tmp_path / "project"
    for path, text in (("pipelines/two.yaml", PIPELINE), ("a/one.py", "1"), ("b/two.py", "2")):
        (project / path).parent.mkdir(parents=True)
        (project / path).write_text(text, encoding="utf-8")
    other, before = (tree_hash(read_scripts(project, folder)) for folder in ("a", "b"))

    def synthesized(name: str) -> str:
        synthesis = synthesize(project, tmp_path / name)
        return json.dumps(synthesis.template(synthesis.pipelines["two"]), indent=1, ensure_ascii=False)

    deployed = synthesized("before")
    for kept in (True, False):
        texts = map(str, range(3, 100))
        hashes = ((text, tree_hash({"two.py": text.encode()})) for text in texts)
        text, after = next(each for each in hashes if ((each[1] < other) == (before < other)) is kept)
        (project / "b" / "two.py").write_text(text, encoding="utf-8")
        new = synthesized(text)
        assert (deployed.replace(before, after) == new) is kept
        assert with_new_hashes(deployed, [(other, other), (before, after)]) == (new if kept else None)
