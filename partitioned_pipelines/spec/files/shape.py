"""From plain data to the model: keys, types and ranges, all that is wrong with them at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import ValidationError

from partitioned_pipelines.spec.checks.text_check import empty_places, text_problems
from partitioned_pipelines.spec.files.problems import InvalidProjectError, field_name
from partitioned_pipelines.spec.files.shape_messages import shape_message
from partitioned_pipelines.spec.model.deployment import Deployment
from partitioned_pipelines.spec.model.file_model import FileModel
from partitioned_pipelines.spec.model.pipeline import PipelineEntry

if TYPE_CHECKING:
    from collections.abc import Callable

    from pydantic_core import ErrorDetails

    from partitioned_pipelines.spec.files.problems import Location
    from partitioned_pipelines.spec.files.yaml_source import YamlSource

_Model = TypeVar("_Model", bound=FileModel)

# What pydantic puts into a location: the tags of unions (see model), and the marker of a key.
_MARKERS = frozenset({"<uri>", "<step>", "<table>", "<text>", "<dockerfile>", "<sklearn>", "<spark>", "[key]"})


def shape_pipeline(source: YamlSource) -> PipelineEntry:
    """Read the model of a pipeline out of a file's data.

    Raises
    ------
    InvalidProjectError
        With every key, type, range and text that is wrong.
    """
    data, short = _long_form(source)
    return _shape(source, data, PipelineEntry, _short_form if short else lambda location: location)


def shape_deployment(source: YamlSource) -> Deployment:
    """Read the options of a deployment out of a file's data; it raises as ``shape_pipeline`` does."""
    return _shape(source, source.data, Deployment, lambda location: location)


def _shape(
    source: YamlSource, data: dict[str, Any], model: type[_Model], as_written: Callable[[Location], Location]
) -> _Model:
    empty = set(empty_places(source.data))
    message = "is empty: write a value behind it, or leave it out"
    problems = [source.problem(place, message, field_name(place)) for place in empty]
    problems += text_problems(source)
    try:
        entry = model.model_validate(data)
    except ValidationError as error:
        for details in error.errors(include_url=False):
            location = _location(details["loc"], data)
            shown = as_written(location)
            if shown not in empty and not _follows(details):
                problems.append(source.problem(shown, shape_message(details, location, model), field_name(shown)))
        raise InvalidProjectError(problems) from None
    if problems:
        raise InvalidProjectError(problems)
    return entry


def _long_form(source: YamlSource) -> tuple[dict[str, Any], bool]:
    """Turn ``table:`` into ``tables:`` with one entry, and ``source: step`` into its long form."""
    data = dict(source.data)
    short = "table" in data
    if short and "tables" in data:
        message = "`table:` is short for `tables:` with one entry: keep one of them"
        raise InvalidProjectError([source.problem(("table",), message, "table")])
    if short:
        data["tables"] = (data.pop("table"),)
    tables = data.get("tables")
    if isinstance(tables, tuple):
        data["tables"] = tuple(
            {**table, "source": {"step": table["source"]}}
            if isinstance(table, dict) and isinstance(table.get("source"), str)
            else table
            for table in tables
        )
    return data, short


def short_form(source: YamlSource, location: Location) -> Location:
    """Return a location as the file itself has it, where it uses the short forms."""
    return _short_form(location) if "table" in source.data else location


def _short_form(location: Location) -> Location:
    return ("table", *location[2:]) if location[:2] == ("tables", 0) else location


def _follows(details: ErrorDetails) -> bool:
    """Return whether something is told already: pydantic calls a list empty, too, when all of its items are wrong."""
    return details["type"] == "string_unicode" or (details["type"] == "too_short" and len(details["input"]) > 0)


def _location(loc: tuple[int | str, ...], data: Any) -> Location:
    """Leave out what pydantic adds to a location and the data does not have: a key may be called like a marker."""
    node: Any = data
    location: list[int | str] = []
    for part in loc:
        if _has(node, part):
            node = node[part]
        elif part in _MARKERS:
            continue
        else:
            node = None
        location.append(part)
    return tuple(location)


def _has(node: Any, part: int | str) -> bool:
    if isinstance(node, tuple):
        return isinstance(part, int) and part < len(node)
    return isinstance(node, dict) and part in node
