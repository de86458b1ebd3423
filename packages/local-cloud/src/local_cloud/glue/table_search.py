"""SearchTables: a search in the metadata by text and filters, sorted, in pages.

https://docs.aws.amazon.com/glue/latest/webapi/API_SearchTables.html
"""

from __future__ import annotations

import datetime as dt
import operator
import re
from functools import partial
from typing import TYPE_CHECKING, Any

from moto.core.responses import ActionResult
from moto.glue.exceptions import GlueClientError
from moto.glue.responses import GlueResponse

from local_cloud.glue.pages import glue_page
from local_cloud.patching import add

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_PAGE = 1000  # the maximum size of a page
_TIMES = ("CreateTime", "UpdateTime", "LastAccessTime")
_COMPARATORS: dict[str, Callable[[Any, Any], bool]] = {
    "EQUALS": operator.eq,
    "GREATER_THAN": operator.gt,
    "GREATER_THAN_EQUALS": operator.ge,
    "LESS_THAN": operator.lt,
    "LESS_THAN_EQUALS": operator.le,
}
_PUNCTUATION = re.compile(r"[^A-Za-z0-9]+")


def search_tables() -> None:
    """Add the operation."""
    # moto: Glue's SearchTables is missing; not reported yet: the operation searches the metadata of tables by text and filters.
    add(GlueResponse, "search_tables", _search_tables)


def _search_tables(self: GlueResponse) -> ActionResult:
    request: dict[str, Any] = self.parameters
    databases = list(self.glue_backend.databases.values())
    found = [table.as_dict() for database in databases for table in list(database.tables.values())]
    found = [table for table in found if _has_text(table, request.get("SearchText", ""))]
    for predicate in request.get("Filters", []):
        found = [table for table in found if _fits(table, predicate)]
    # The last criterion first: sorting is stable.
    for criterion in reversed(request.get("SortCriteria", [])):
        found.sort(key=partial(_sort_key, criterion.get("FieldName", "Name")), reverse=criterion.get("Sort") == "DESC")
    return ActionResult(glue_page(found, "TableList", request, _PAGE))


def _sort_key(name: str, table: dict[str, Any]) -> str:
    return str(table.get(name, ""))


def _has_text(table: dict[str, Any], text: str) -> bool:
    """Return whether the metadata contains a string; a quoted one must be a whole value."""
    values = [value.lower() for value in _strings(table)]
    exact = re.fullmatch(r'"(.*)"', text)
    return exact[1].lower() in values if exact else any(text.lower() in value for value in values)


def _strings(node: Any) -> Iterator[str]:
    if isinstance(node, str):
        yield node
    elif isinstance(node, dict):
        for key, value in node.items():
            yield from (key, value) if isinstance(value, str) else _strings(value)
    elif isinstance(node, list):
        for item in node:
            yield from _strings(item)


def _fits(table: dict[str, Any], predicate: dict[str, str]) -> bool:
    """Return whether a table meets a filter: by its time, or by its whole value or one of the words in it."""
    key, wanted = predicate["Key"], predicate["Value"]
    value = table.get(key, table.get("Parameters", {}).get(key))
    if value is None:
        return False
    if key in _TIMES:
        return _COMPARATORS[predicate.get("Comparator", "EQUALS")](value, _time(wanted))
    return wanted.lower() in {str(value).lower(), *_PUNCTUATION.split(str(value).lower())}


def _time(text: str) -> dt.datetime:
    try:
        time = dt.datetime.fromisoformat(text)
    except ValueError as error:
        raise GlueClientError("InvalidInputException", f"{text!r} is not a time") from error
    return time.astimezone(dt.UTC).replace(tzinfo=None) if time.tzinfo else time
