"""Tests of the schema for editors: consistent with the model and with accepted files, and helpful on hover."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator
from ruamel.yaml import YAML

from partitioned_pipelines.spec.files.json_schema import (
    DEPLOYMENT_SCHEMA_FILE,
    SCHEMA_FILE,
    build_schema,
    schema_text,
)
from tests.spec.checks.bad_fields import IN_EDITORS, ON_LOADING
from tests.spec.project_folder import VALID, spoiled

_ROOT = Path(__file__).parents[3]
_PIPELINES = sorted((_ROOT / "pipelines").glob("*.yaml"))
_OTHERS = sorted((_ROOT / "tests" / "fixtures" / "projects").glob("*/pipelines/*.yaml"))
_TABLE = VALID[VALID.index("table:\n") + len("table:\n") :]


def _mistakes(text: str) -> list[str]:
    """Return the validation errors of an editor, which reads YAML 1.2."""
    yaml = YAML(typ="safe", pure=True)
    yaml.version = "1.2"
    return [error.message for error in Draft7Validator(build_schema()).iter_errors(yaml.load(text))]


def test_the_file_is_in_step_with_the_model() -> None:
    assert SCHEMA_FILE.read_text(encoding="utf-8") == schema_text(build_schema()), (
        "the model has changed: run `make schema`"
    )


def test_it_is_written_where_it_is_wanted(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "partitioned_pipelines.spec.files.json_schema", str(tmp_path)]
    result = subprocess.run(command, cwd=_ROOT, capture_output=True, text=True, check=True)
    copies = [tmp_path / file.name for file in (SCHEMA_FILE, DEPLOYMENT_SCHEMA_FILE)]
    assert (result.stdout, result.stderr) == ("".join(f"{copy}\n" for copy in copies), "")
    assert copies[0].read_text(encoding="utf-8") == schema_text(build_schema())


def test_a_folder_must_be_named() -> None:
    result = subprocess.run(
        [sys.executable, "-m", "partitioned_pipelines.spec.files.json_schema"],
        cwd=_ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (result.returncode, result.stderr) == (
        1,
        "usage: python -m partitioned_pipelines.spec.files.json_schema DIR\n",
    )


def test_it_is_a_schema() -> None:
    Draft7Validator.check_schema(json.loads(schema_text(build_schema())))


@pytest.mark.parametrize("path", [*_PIPELINES, *_OTHERS], ids=lambda path: path.stem)
def test_the_pipelines_that_are_there_are_valid(path: Path) -> None:
    assert _mistakes(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("path", _PIPELINES, ids=lambda path: path.stem)
def test_editors_find_it(path: Path) -> None:
    first_line = path.read_text(encoding="utf-8").splitlines()[0]
    named = first_line.removeprefix("# yaml-language-server: $schema=")
    assert (path.parent / named).resolve() == SCHEMA_FILE


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param("source: transform", "source: {step: transform, output: rows}", id="source-in-full"),
        pytest.param("{dockerfile: scripts/Dockerfile}", "{uri: 'r.example.com:5000/a:1'}", id="image-by-tag"),
        pytest.param(
            "{dockerfile: scripts/Dockerfile}",
            f"{{uri: 'r.example.com/a@sha256:{'0' * 64}', local_requirements: r.txt}}",
            id="image-by-digest",
        ),
        pytest.param("      raw: ", "      raw: s3://bucket/x/\n      more: ", id="several-inputs"),
        pytest.param("date_offset_days: -1", "date_offset_days: 0", id="no-offset"),
        pytest.param("type: int}", 'type: "map<string,array<int>>"}', id="nested-type"),
        pytest.param("type: int}", 'type: "decimal(10,2)"}', id="sized-type"),
        pytest.param('"--since"', '"a\\nb"', id="argument-of-two-lines"),
        pytest.param("LOG_LEVEL: INFO", 'LOG_LEVEL: ""', id="empty-variable"),
        pytest.param(f"table:\n{_TABLE}", f"tables:\n- {_TABLE[2:]}", id="tables"),
    ],
)
def test_what_may_be_written_another_way_is_valid(old: str, new: str) -> None:
    assert _mistakes(spoiled(old, new)[0]) == []


def test_an_image_for_each_step_is_as_good_as_one_for_all() -> None:
    without = spoiled("image: {dockerfile: scripts/Dockerfile}\n", "")[0]
    assert _mistakes(without)
    assert _mistakes(without.replace("    inputs:", "    image: {dockerfile: x}\n    inputs:")) == []


@pytest.mark.parametrize("text", [VALID.removesuffix(f"table:\n{_TABLE}"), VALID + "tables: []\n"])
def test_a_table_is_there_once(text: str) -> None:
    assert _mistakes(text)


@pytest.mark.parametrize(("old", "new", "field", "says", "below"), IN_EDITORS)
def test_a_mistake_is_underlined(old: str, new: str, field: str, says: str, below: int) -> None:
    assert _mistakes(spoiled(old, new)[0])


def test_what_takes_more_than_a_schema_is_let_pass() -> None:
    """An error that the schema finds would belong to the other list."""
    found = [case.id for case in ON_LOADING if _mistakes(spoiled(str(case.values[0]), str(case.values[1]))[0])]
    assert found == []


def _properties(schema: Any, path: str = "") -> dict[str, dict[str, Any]]:
    found = {}
    for name, each in schema.get("properties", {}).items():
        found[f"{path}{name}"] = each
    for name, definition in schema.get("definitions", {}).items():
        found |= _properties(definition, f"{name}.")
    return found


@pytest.mark.parametrize("name", sorted(_properties(build_schema())))
def test_hovering_helps(name: str) -> None:
    schema = build_schema()
    described = _properties(schema)[name]
    reference = schema["definitions"].get(described.get("$ref", "").rpartition("/")[2], {})
    description = described.get("description") or reference.get("description", "")
    assert len(description) > 10
    assert "``" not in description


def test_nothing_of_the_model_shows() -> None:
    text = schema_text(build_schema())
    assert "$defs" not in text
    assert "Entry" not in text
    assert '"null"' not in text
