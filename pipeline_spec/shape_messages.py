"""What pydantic finds, in the words of a pipeline file: what is there, and what would be right."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipeline_spec import model
from pipeline_spec.problems import did_you_mean

if TYPE_CHECKING:
    from pydantic import BaseModel
    from pydantic_core import ErrorDetails

    from pipeline_spec.problems import Location

_MODELS: dict[str, type[BaseModel]] = {
    "schedule": model.Schedule,
    "image": model.UriImage,
    "steps": model.StepEntry,
    "inputs": model.StepInput,
    "instance": model.Instance,
    "tables": model.Table,
    "source": model.TableSource,
    "columns": model.Column,
    "partition_keys": model.PartitionKey,
}
# In the design, and not built: whoever writes one is told so, and what works today.
_NOT_YET = {
    ("image", "sklearn"): "managed scikit-learn images are not supported yet: name the image by `uri:`",
    ("image", "spark"): "Spark images are not supported yet: name an image by `uri:`",
    ("inputs", "table"): "another table is not supported yet: let the step that makes the data hand it on ({step: …})",
}
_FORMS = {
    "schedule": '{cron: "0 6 * * ? *", timezone: Asia/Tokyo}',
    "image": "{dockerfile: path} or {uri: registry/repository:version}",
    "instance": "{type: ml.m5.xlarge}",
    "source": "the name of a step, or {step: x, output: y}",
    "inputs": "names and what they read, {raw: s3://…} or {x: {step: y}}",
    "outputs": "names and folders, {x: /opt/ml/processing/x}",
    "environment": "names and texts, {LOG_LEVEL: INFO}",
    "columns": "{name: x, type: string}",
    "partition_keys": "{name: dt, type: string}",
}
_ALSO = {"": {"table"}, "image": {"dockerfile"}}
_KINDS = {bool: "true or false", int: "a whole number", float: "a number"}


def shape_message(details: ErrorDetails, location: Location) -> str:
    """Say what is wrong at a location."""
    given = details.get("input")
    match details["type"]:
        case "missing":
            return _missing(location)
        case "extra_forbidden":
            return f"is not a key here: {_known_instead(location)}"
        case "string_type":
            if isinstance(given, dict | tuple):
                return f"is {_shown(given)}: give a text"
            return f"is {_shown(given)}, which YAML reads as {_KINDS[type(given)]}: put it in quotes"
        case "int_type":
            return f"is {_shown(given)}: give a whole number"
        case "bool_type":
            return f"is {_shown(given)}: give true or false"
        case "literal_error":
            return f"is {_shown(given)}: give {details['ctx']['expected']}"
        case "model_type" | "model_attributes_type" | "dict_type":
            return f"is {_shown(given)}: give {_form(location)}"
        case "tuple_type":
            return f"is {_shown(given)}: give a list"
        case "too_short":
            return "is empty: give at least one"
        case "string_too_long":
            return f"has {len(str(given))} characters: give at most {details['ctx']['max_length']}"
    return f"is {_shown(given)}: {details['msg'][0].lower()}{details['msg'][1:]}"


def _shown(given: Any) -> str:
    match given:
        case bool():
            return "true" if given else "false"
        case dict():
            return "a mapping"
        case tuple():
            return "a list"
    return repr(given)


def _missing(location: Location) -> str:
    if location == ("tables",):
        return "is missing: describe the table, under `table:`"
    if location[-2:] == ("image", "uri"):
        return "is missing: an image is {dockerfile: path} or {uri: registry/repository:version}"
    return "is missing"


def _form(location: Location) -> str:
    if len(location) > 1 and location[-2] == "inputs":
        return "s3://… or {step: x}"
    names = [part for part in location if isinstance(part, str)]
    return _FORMS.get(names[-1] if names else "", "keys and values")


def _known_instead(location: Location) -> str:
    *parents, name = (part for part in location if isinstance(part, str))
    if "inputs" in parents:
        parents = parents[: parents.index("inputs") + 1]  # what follows is a name that the file's author chose
    parent = parents[-1] if parents else ""
    if (parent, name) in _NOT_YET:
        return _NOT_YET[parent, name]
    if parent == "image" and name in model.UriImage.model_fields:
        return "an image has a `dockerfile:`, or a `uri:` and its `local_requirements:`"
    known = set(_MODELS.get(parent, model.PipelineEntry).model_fields)
    return did_you_mean(name, known | _ALSO.get(parent, set()))
