"""From plain data to the model: keys, types and ranges, with messages that say what would be right."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ValidationError

from pipeline_spec import model
from pipeline_spec.problems import InvalidProjectError, did_you_mean, field_name

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

    from pipeline_spec.problems import Location
    from pipeline_spec.yaml_source import YamlSource

_KEYS_BELOW: dict[str, tuple[type[BaseModel], ...]] = {
    "schedule": (model.Schedule,),
    "image": (model.DockerfileImage, model.UriImage),
    "steps": (model.Step,),
    "inputs": (model.StepInput,),
    "instance": (model.Instance,),
    "tables": (model.Table,),
    "source": (model.TableSource,),
    "columns": (model.Column,),
    "partition_keys": (model.PartitionKey,),
}
# In the design, and not built: whoever writes one is told so, and what works today.
_NOT_YET = {
    "sklearn": "managed scikit-learn images are not supported yet: name the image by `uri:`",
    "spark": "Spark images are not supported yet: name an image by `uri:`",
    "table": "another table as input is not supported yet: let the step that makes the data hand it on ({step: …})",
}


def shape_pipeline(source: YamlSource) -> model.Pipeline:
    """Read the model out of a file's data.

    Raises
    ------
    InvalidProjectError
        With every key, type and range that is wrong.
    """
    data, short = _long_form(source)
    try:
        return model.Pipeline.model_validate(data)
    except ValidationError as error:
        problems = []
        for details in error.errors(include_url=False):
            location = _location(details["loc"])
            message = _message(details, location)
            shown = _short_form(location) if short else location
            problems.append(source.problem(shown, message, field_name(shown)))
        raise InvalidProjectError(problems) from None


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
    """Give a location as the file itself has it, where it uses the short forms."""
    return _short_form(location) if "table" in source.data else location


def _short_form(location: Location) -> Location:
    return ("table", *location[2:]) if location[:2] == ("tables", 0) else location


def _location(loc: tuple[int | str, ...]) -> Location:
    """Leave out what pydantic adds: the tags of unions, and the marker of a key."""
    return tuple(part for part in loc if not (isinstance(part, str) and part.startswith(("<", "["))))


def _message(details: ErrorDetails, location: Location) -> str:
    given = details.get("input")
    match details["type"]:
        case "missing":
            return "is missing"
        case "extra_forbidden":
            name = str(location[-1])
            return f"is not a key here: {_NOT_YET.get(name) or did_you_mean(name, _known_keys(location[:-1]))}"
        case "string_type":
            if given is None:
                return "is empty: give a text"
            return f"is {given!r}, which YAML reads as a {type(given).__name__}: put it in quotes"
        case "literal_error":
            expected = details.get("ctx", {}).get("expected", "")
            hint = " (JSON tables are not supported yet)" if given == "json" else ""
            return f"is {given!r}: give {expected}{hint}"
        case "model_type" | "model_attributes_type" | "dict_type":
            return f"is {given!r}: give keys and values"
        case "tuple_type":
            return f"is {given!r}: give a list"
        case "too_short":
            return "is empty: give at least one"
    return f"is {given!r}: {details['msg'][0].lower()}{details['msg'][1:]}"


def _known_keys(parent: Location) -> set[str]:
    names = [part for part in parent if isinstance(part, str)]
    models: tuple[type[BaseModel], ...] = (model.Pipeline,)
    for name in names:
        models = _KEYS_BELOW.get(name, models)
    known = {name for each in models for name in each.model_fields}
    return known | {"table"} if not names else known
