"""The JSON Schemas of the documents that commands print of the read model, for programs that read them.

``python -m partitioned_pipelines.operations.lake_state.documents.json_schema DIR`` writes them to DIR.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, Final

from partitioned_pipelines.operations.lake_state.documents.document import schema_of
from partitioned_pipelines.operations.lake_state.documents.lake import Lake
from partitioned_pipelines.operations.lake_state.documents.run import Run

_DOCS = Path(__file__).parents[4] / "docs"
SCHEMA_FILES: Final = {_DOCS / "lake.schema.json": Lake, _DOCS / "run.schema.json": Run}
"""The model that each schema is about."""
_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema_text(kind: type[Lake] | type[Run]) -> str:
    """Return the text of the schema file of a model."""
    schema = {"$schema": _DIALECT, **_tidied(schema_of(kind))}
    return json.dumps(schema, ensure_ascii=False, indent=2) + "\n"


def _tidied(node: Any) -> Any:
    """Return a schema without titles made from names, and with descriptions on one line."""
    if isinstance(node, list):
        return [_tidied(each) for each in node]
    if not isinstance(node, dict):
        return node
    tidied = {key: _tidied(value) for key, value in node.items() if not (key == "title" and isinstance(value, str))}
    if isinstance(tidied.get("description"), str):
        tidied["description"] = " ".join(tidied["description"].split()).replace("``", "`")
    return tidied


def main() -> None:
    """Write the schemas to the folder given on the command line."""
    if len(sys.argv) != 2:
        sys.exit("usage: python -m partitioned_pipelines.operations.lake_state.documents.json_schema DIR")
    for file, kind in SCHEMA_FILES.items():
        path = Path(sys.argv[1]) / file.name
        path.write_text(schema_text(kind), encoding="utf-8")
        print(path)


if __name__ == "__main__":
    main()
