"""Views: queries stored in Glue in Presto's form.

https://docs.aws.amazon.com/athena/latest/ug/views.html
"""

from __future__ import annotations

import base64
import json
import re
from typing import TYPE_CHECKING, Any

from local_cloud.athena.errors import QueryFailedError

if TYPE_CHECKING:
    from collections.abc import Sequence

_PRESTO_VIEW = re.compile(r"/\* Presto View: (?P<document>[A-Za-z0-9+/=]+) \*/")


def view_text(sql: str, database: str, columns: Sequence[tuple[str, str]]) -> str:
    """Return a view's definition as Athena stores it in Glue.

    Parameters
    ----------
    columns
        The name and Trino type of each column.
    """
    document = {
        "originalSql": sql,
        "catalog": "awsdatacatalog",
        "schema": database,
        "columns": [{"name": name, "type": kind} for name, kind in columns],
    }
    return f"/* Presto View: {base64.b64encode(json.dumps(document).encode()).decode()} */"


def read_view(definition: dict[str, Any]) -> tuple[str, str] | None:
    """Return a view's query and its default database, or None if a table is not a view."""
    if definition.get("TableType") != "VIRTUAL_VIEW":
        return None
    match = _PRESTO_VIEW.search(definition.get("ViewOriginalText", ""))
    if match is None:
        raise QueryFailedError("INVALID_VIEW", f"The text of the view {definition['Name']} is not Presto's")
    document = json.loads(base64.b64decode(match["document"]))
    return document["originalSql"], document.get("schema") or definition["DatabaseName"]
