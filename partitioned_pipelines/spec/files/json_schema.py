"""The JSON Schemas of pipeline files and of deployment.yaml, for editors: completion, hover texts, and highlighting of most mistakes.

``python -m partitioned_pipelines.spec.files.json_schema DIR`` writes them to DIR.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from partitioned_pipelines.spec.model.deployment import Deployment
from partitioned_pipelines.spec.model.pipeline import PipelineEntry

_DOCS = Path(__file__).parents[3] / "docs"
SCHEMA_FILE = _DOCS / "pipeline.schema.json"
DEPLOYMENT_SCHEMA_FILE = _DOCS / "deployment.schema.json"
_DIALECT = "http://json-schema.org/draft-07/schema#"  # all editors support it


def build_schema() -> dict[str, Any]:
    """Return the schema of pipeline files: the model's, plus the short forms that are converted to it.

    It does not see other files and does not check bracket nesting, so ``load_project`` may still reject a file that it accepts. A file that
    it rejects is rejected by ``load_project``, too.
    """
    model = _tidied(PipelineEntry.model_json_schema())
    definitions = {_plain_name(name): each for name, each in sorted(model.pop("$defs").items())}
    for definition in definitions.values():
        definition.pop("title")
    table, step_name = definitions["Table"], definitions["TableSource"]["properties"]["step"]
    source = table["properties"]["source"]
    source["anyOf"] = [step_name, {"$ref": source.pop("$ref")}]
    properties = {**model["properties"], "table": {"$ref": "#/definitions/Table"}}
    step_with_image = {"properties": {"steps": {"items": {"required": ["image"]}}}}
    return {
        "$schema": _DIALECT,
        "title": "Pipeline file",
        "description": model["description"],
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
        "required": [name for name in model["required"] if name != "tables"],
        "allOf": [
            {"oneOf": [{"required": ["table"]}, {"required": ["tables"]}]},
            {"anyOf": [{"required": ["image"]}, step_with_image]},
        ],
        "definitions": definitions,
    }


def build_deployment_schema() -> dict[str, Any]:
    """Return the schema of deployment.yaml, from its model."""
    model = _tidied(Deployment.model_json_schema())
    return {**model, "$schema": _DIALECT, "title": "Deployment options"}


def schema_text(schema: dict[str, Any]) -> str:
    """Return the text of a schema file."""
    return json.dumps(schema, ensure_ascii=False, indent=2) + "\n"


def _tidied(node: Any) -> Any:
    """Return a schema without pydantic's additions that do not apply to files, such as null for omitted values, and titles made from names."""
    if isinstance(node, list):
        return [_tidied(each) for each in node]
    if not isinstance(node, dict):
        return node
    tidied: dict[str, Any] = {
        key: {name: _untitled(_tidied(each)) for name, each in value.items()} if key == "properties" else _tidied(value)
        for key, value in node.items()
        if not (key == "default" and value is None)
    }
    if "patternProperties" in tidied:
        tidied["additionalProperties"] = False
    if isinstance(tidied.get("description"), str):
        tidied["description"] = tidied["description"].replace("``", "`")
    if isinstance(tidied.get("$ref"), str):
        tidied["$ref"] = f"#/definitions/{_plain_name(tidied['$ref'].rpartition('/')[2])}"
    choices = [choice for choice in tidied.get("anyOf", []) if choice != {"type": "null"}]
    if len(choices) == 1:
        del tidied["anyOf"]
        tidied = {**choices[0], **tidied}
    return tidied


def _untitled(schema: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in schema.items() if key != "title"}


def _plain_name(model_name: str) -> str:
    return model_name.removesuffix("Entry")


def main() -> None:
    """Write both schemas to the folder given on the command line."""
    if len(sys.argv) != 2:
        sys.exit("usage: python -m partitioned_pipelines.spec.files.json_schema DIR")
    folder = Path(sys.argv[1])
    for file, schema in ((SCHEMA_FILE, build_schema()), (DEPLOYMENT_SCHEMA_FILE, build_deployment_schema())):
        path = folder / file.name
        path.write_text(schema_text(schema), encoding="utf-8")
        print(path)


if __name__ == "__main__":
    main()
