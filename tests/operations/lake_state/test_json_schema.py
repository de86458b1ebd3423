"""The schemas in docs/: in step with the model, and strict."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from jsonschema import Draft202012Validator

from partitioned_pipelines.operations.lake_state.documents.document import to_document
from partitioned_pipelines.operations.lake_state.documents.json_schema import SCHEMA_FILES, schema_text
from partitioned_pipelines.operations.lake_state.documents.lake import Lake
from tests.simulated_lake import simulate_lake

if TYPE_CHECKING:
    from pathlib import Path

    from partitioned_pipelines.operations.lake_state.documents.run import Run


@pytest.mark.parametrize(("file", "kind"), SCHEMA_FILES.items(), ids=lambda one: getattr(one, "name", ""))
def test_the_file_is_in_step_with_the_model(file: Path, kind: type[Lake] | type[Run]) -> None:
    text = schema_text(kind)
    Draft202012Validator.check_schema(json.loads(text))
    assert file.read_text(encoding="utf-8") == text, "the model has changed: run `make schema`"


def test_every_field_is_described() -> None:
    for kind in SCHEMA_FILES.values():
        schema = json.loads(schema_text(kind))
        for name, each in {**schema["$defs"], kind.__name__: schema}.items():
            assert each["description"], name
            for field, described in each["properties"].items():
                assert described.get("description"), f"{name}.{field}"


def test_it_is_strict() -> None:
    document = to_document(simulate_lake(intervals=5).lake)
    validator = Draft202012Validator(json.loads(schema_text(Lake)))
    assert validator.is_valid(document)
    for changed in (
        {**document, "more": 1},
        {name: value for name, value in document.items() if name != "verdict"},
        {**document, "needs": [{**document["needs"][0], "state": "t"}]},
    ):
        assert not validator.is_valid(changed)
