"""Tests of every string of a pipeline file replaced by text that another language would evaluate: rejected, or verbatim in the deployment."""

from __future__ import annotations

import copy
import json
import shutil
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from ruamel.yaml import YAML

from partitioned_pipelines.spec import InvalidProjectError, load_project
from partitioned_pipelines.spec.model.pipeline import PipelineEntry
from tests.synthesized.every_option import write_every_option_project
from tests.synthesized.synthesis import ROOT, synthesize

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pydantic import BaseModel

Place = tuple[str | int, ...]

ARRIVING = ROOT / "tests" / "fixtures" / "projects" / "arriving"

HOSTILE = [
    pytest.param("${AWS::AccountId}", id="CloudFormation"),
    pytest.param('{"Ref": "AWS::AccountId"}', id="CloudFormation-function"),
    pytest.param('{"Fn::Sub": "${AWS::Region}"}', id="CloudFormation-Sub"),
    pytest.param("$.plan.run_id", id="path-of-Step-Functions"),
    pytest.param("$$.Execution.Id", id="context-of-Step-Functions"),
    pytest.param("States.Format('{}', $.x)", id="intrinsic-of-Step-Functions"),
    pytest.param("<aws.scheduler.execution-id>", id="Scheduler"),
    pytest.param("'; DROP TABLE x; --", id="SQL"),
    pytest.param("$(id) `id`", id="shell"),
    pytest.param("a\nb: c", id="line-break"),
    pytest.param('\\" \\u0041 "', id="JSON"),
]
EVALUATED = ["{{resolve:ssm:x}}", "${Token[AWS.AccountId.0]}", "#{Token[X.1]}"]
# Placeholders are ours, and a literal brace is doubled.
TEMPLATES = {"arguments", "inputs", "uri"}
PLAIN = "plainly"


def documents(folder: Path) -> dict[str, Any]:
    """Return the pipeline files that use every option."""
    write_every_option_project(folder)
    (folder / "scripts" / "requirements.txt").touch()
    found = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in (folder / "pipelines").iterdir()}
    # Omitted in the checks' project, because no check uses them.
    hourly = {"cron": "5 * * * ? *", "timezone": "America/New_York", "interval": "hour", "offset": -1}
    found["kinds"]["schedule"] = hourly
    found["kinds"]["freshness"] = "3h"
    found["kinds"]["tables"][0]["key_timezone"] = "UTC"
    found["everything"]["orchestrator"] = "step_functions"
    found["everything"]["steps"][0]["image"]["local_requirements"] = "scripts/requirements.txt"
    nested = {"Classification": "export", "Properties": {"A": "b"}}
    found["kinds"]["steps"][3]["spark"]["configuration"][0]["Configurations"] = [nested]
    shutil.copytree(ARRIVING / "code", folder / "code")
    found["landed"] = json.loads(json.dumps(YAML().load(ARRIVING / "pipelines" / "landed.yaml")))
    found["landed"]["description"] = "Starts when an object arrives."
    found["landed"]["jobs"] = "shared"
    write(folder, "landed", found["landed"])
    return found


def texts(node: Any, place: Place = ()) -> Iterator[Place]:
    """Yield the place of each string; that of a key ends in ``<key>``."""
    if isinstance(node, dict):
        for key, value in node.items():
            yield (*place, key, "<key>")
            yield from texts(value, (*place, key))
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from texts(value, (*place, index))
    elif isinstance(node, str):
        yield place


def put(document: dict[str, Any], place: Place, text: str) -> dict[str, Any]:
    """Return the document with a string replaced."""
    changed = copy.deepcopy(document)
    node: Any = changed
    is_key = place[-1] == "<key>"
    path = place[:-2] if is_key else place[:-1]
    for part in path:
        node = node[part]
    if is_key:
        node[text] = node.pop(place[-2])
    else:
        # Text that is rejected everywhere is put unchanged.
        written = text not in EVALUATED and TEMPLATES & {str(part) for part in place}
        node[place[-1]] = text.replace("{", "{{").replace("}", "}}") if written else text
    return changed


def write(folder: Path, name: str, document: dict[str, Any]) -> None:
    (folder / "pipelines" / f"{name}.yaml").write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")


def accepted(folder: Path, name: str, document: dict[str, Any], places: list[Place], text: str) -> list[Place]:
    """Put the text into each place in turn; return the places where it is accepted."""
    found = []
    for place in places:
        write(folder, name, put(document, place, text))
        try:
            load_project(folder)
        except InvalidProjectError:
            continue
        found.append(place)
    write(folder, name, document)
    return found


def strings(node: Any) -> Iterator[str]:
    """Yield all strings of a document, and of the documents embedded in it."""
    if isinstance(node, dict):
        for key, value in node.items():
            yield key
            yield from strings(value)
    elif isinstance(node, list):
        for value in node:
            yield from strings(value)
    elif isinstance(node, str):
        yield node


def unescaped(string: str, text: str) -> str | None:
    """Return a string with the text as it was put into the file; None if it does not contain it.

    An argument reaches PlanRun as written, which replaces two braces by one. The input template of a rule is not JSON, but contains it.
    """
    doubled = text.replace("{", "{{").replace("}", "}}")
    in_json = json.dumps(text, ensure_ascii=False)[1:-1]
    found = next((written for written in (doubled, text, in_json) if written in string), None)
    return None if found is None else string.replace(found, text)


def fields(model: type[BaseModel], seen: set[type[BaseModel]]) -> Iterator[str]:
    """Yield the names of a model's fields, and of those of its nested models."""
    if model in seen:
        return
    seen.add(model)
    schema = model.model_json_schema()
    for each in (schema, *schema.get("$defs", {}).values()):
        yield from each.get("properties", {})


def test_every_field_of_the_model_is_tried(tmp_path: Path) -> None:
    tried = {str(part) for document in documents(tmp_path).values() for place in texts(document) for part in place}
    # A number, which takes no text, and which the dates in these projects' inputs rule out.
    assert set(fields(PipelineEntry, set())) - tried == {"lookback"}


def test_what_would_be_evaluated_wherever_it_stands_is_refused_everywhere(tmp_path: Path) -> None:
    for name, document in documents(tmp_path).items():
        if name in {"everything", "landed"}:
            for text in EVALUATED:
                assert accepted(tmp_path, name, document, list(texts(document)), text) == []


@pytest.mark.heavy
@pytest.mark.parametrize("text", HOSTILE)
def test_it_is_refused_or_stays_as_it_is(text: str, tmp_path: Path) -> None:
    folder = tmp_path / "project"
    for name, document in documents(folder).items():
        if name not in {"everything", "kinds", "landed"}:
            continue
        places = accepted(folder, name, document, list(texts(document)), text)
        assert places, "a description takes any text"
        changed, plain = document, document
        for place in places:
            if place[-1] != "<key>":
                changed, plain = put(changed, place, text), put(plain, place, PLAIN)
        write(folder, name, plain)
        before = synthesize(folder, tmp_path / f"{name}-plain").resolved(name)
        write(folder, name, changed)
        after = synthesize(folder, tmp_path / f"{name}-hostile").resolved(name)
        write(folder, name, document)
        wanted = [each.replace(PLAIN, text) for each in strings(before.resources) if PLAIN in each]
        given = [plain for each in strings(after.resources) if (plain := unescaped(each, text)) is not None]
        assert wanted or places == [("description",)], (
            places
        )  # a pipeline's own is in no template: only commands show it
        ours = Counter(each for each in strings(before.resources) if text in each)  # expressions that look the same
        assert Counter(given) - ours == Counter(wanted)
