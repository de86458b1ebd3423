"""Conversion of plain data to the model, with all errors in keys, types, ranges and strings."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import ValidationError

from partitioned_pipelines.spec.files.problems import InvalidProjectError
from partitioned_pipelines.spec.files.shape_messages import shape_message
from partitioned_pipelines.spec.model.deployment import Deployment
from partitioned_pipelines.spec.model.fields import FileModel
from partitioned_pipelines.spec.model.pipeline import PipelineEntry

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic_core import ErrorDetails

    from partitioned_pipelines.spec.files.problems import Location, Problem
    from partitioned_pipelines.spec.files.yaml_source import YamlSource

_Model = TypeVar("_Model", bound=FileModel)

# What pydantic adds to a location: the tags of unions (see model), and the marker of a key.
_INPUTS = ("<uri>", "<step>", "<table>", "<text>")
_WINDOWS = ("<name>", "<window>", "<count>", "<length>")
_SUBSCRIBERS = ("<address>", "<to>", "<slack>", "<topic>")
_MARKERS = frozenset({*_INPUTS, *_WINDOWS, *_SUBSCRIBERS, "<dockerfile>", "<sklearn>", "<spark>", "[key]"})
# The CDK would replace the first with its own value, and CloudFormation the second with a secret:
# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references.html
_EVALUATED = re.compile(r"[$#]\{Token\[|\{\{resolve:")
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")


def shape_pipeline(source: YamlSource) -> PipelineEntry:
    """Return the pipeline model of a file's data.

    Raises
    ------
    InvalidProjectError
        If keys, types, ranges or strings are invalid; it holds all problems.
    """
    data = _long_form(source)
    return _shape(source, data, PipelineEntry)


def shape_deployment(source: YamlSource) -> Deployment:
    """Return the deployment options of a file's data. Raises like ``shape_pipeline``."""
    return _shape(source, source.data, Deployment)


def _shape(source: YamlSource, data: dict[str, Any], model: type[_Model]) -> _Model:
    empty = set(_empty_places(source.data))
    message = "is empty: write a value after it, or remove it"
    problems = [source.problem(place, message) for place in empty]
    problems += _text_problems(source)
    try:
        entry = model.model_validate(data)
    except ValidationError as error:
        for details in error.errors(include_url=False):
            location = _location(details["loc"], data)
            if source.as_written(location) not in empty and not _follows(details):
                problems.append(source.problem(location, shape_message(details, location, model)))
        raise InvalidProjectError(problems) from None
    if problems:
        raise InvalidProjectError(problems)
    return entry


def _long_form(source: YamlSource) -> dict[str, Any]:
    """Return the data with ``table:`` as ``tables:`` with one entry, and ``source: step`` in its long form."""
    data = dict(source.data)
    short = "table" in data
    if short and "tables" in data:
        message = "`table:` is short for `tables:` with one entry: keep one of them"
        raise InvalidProjectError([source.problem(("table",), message)])
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
    return data


def _follows(details: ErrorDetails) -> bool:
    """Return whether an error repeats another: pydantic also calls a list empty if all of its items are invalid."""
    return details["type"] == "string_unicode" or (details["type"] == "too_short" and len(details["input"]) > 0)


def _location(loc: tuple[int | str, ...], data: Any) -> Location:
    """Return a location without pydantic's additions. A part that the data has is kept: a key may be named like a marker."""
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


def _text_problems(source: YamlSource) -> list[Problem]:
    """Return problems for strings that a deployment would evaluate, and for characters that a template cannot contain."""
    return [
        source.problem(place, f"{what}: {remedy}")
        for place, text in _texts(source.data, ())
        for what, remedy in _found_in(text)
    ]


def _found_in(text: str) -> Iterator[tuple[str, str]]:
    if found := _EVALUATED.search(text):
        yield f"contains {found[0]!r}, which would be evaluated during the deployment", "write it another way"
    if found := _UNPRINTABLE.search(text):
        kind = "control character" if found[0] <= "\x7f" else "surrogate"
        yield f"contains the {kind} {found[0]!r}", "remove it"


def _texts(node: Any, place: Location) -> Iterator[tuple[Location, str]]:
    """Yield all strings, including keys, with their locations."""
    if isinstance(node, dict):
        for key, value in node.items():
            here = (*place, key)
            if isinstance(key, str):
                yield here, key
            yield from _texts(value, here)
    elif isinstance(node, tuple):
        for index, value in enumerate(node):
            yield from _texts(value, (*place, index))
    elif isinstance(node, str):
        yield place, node


def _empty_places(node: Any, place: Location = ()) -> Iterator[Location]:
    """Yield the locations of keys and list items without a value."""
    if isinstance(node, dict):
        for key, value in node.items():
            yield from _empty_places(value, (*place, key))
    elif isinstance(node, tuple):
        for index, value in enumerate(node):
            yield from _empty_places(value, (*place, index))
    elif node is None:
        yield place
