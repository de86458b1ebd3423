"""pydantic's errors in the terms of a pipeline file: the value, and a valid one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from partitioned_pipelines.spec.files.problems import did_you_mean
from partitioned_pipelines.spec.model import notify as notify_model
from partitioned_pipelines.spec.model import pipeline as model

if TYPE_CHECKING:
    from pydantic import BaseModel
    from pydantic_core import ErrorDetails

    from partitioned_pipelines.spec.files.problems import Location

_MODELS: dict[str, type[BaseModel]] = {
    "schedule": model.Schedule,
    "image": model.UriImage,
    "steps": model.StepEntry,
    "inputs": model.StepInput,
    "partitions": model.PartitionWindow,
    "spark": model.SparkSettings,
    "configuration": model.SparkClassification,
    "Configurations": model.SparkClassification,
    "instance": model.Instance,
    "tables": model.Table,
    "source": model.TableSource,
    "columns": model.Column,
    "partition_keys": model.PartitionKey,
    "projection": model.KeyProjection,
    "notify": notify_model.Subscriber,
    "slack": notify_model.SlackChannel,
}
_FORMS = {
    "schedule": '{cron: "0 6 * * ? *", timezone: Asia/Tokyo}',
    "image": "{dockerfile: path}, {uri: registry/repository:version}, {sklearn: version} or {spark: version}",
    "instance": "{type: ml.m5.xlarge}",
    "source": "the name of a step, or {step: x, output: y}",
    "inputs": "names and what they read, {raw: s3://…}, {x: {step: y}} or {x: {table: database.name}}",
    "outputs": "names and folders, {x: /opt/ml/processing/x}",
    "spark": "{py_files: [path], configuration: [...], event_logs: true}",
    "configuration": "{Classification: spark-defaults, Properties: {name: value}}",
    "Properties": "names and strings, {spark.executor.memory: 4g}",
    "environment": "names and strings, {LOG_LEVEL: INFO}",
    "columns": "{name: x, type: string}",
    "projection": "{range: [first, last]} or {values: [a, b]}",
    "partition_keys": "{name: dt, type: string}",
    "notify": "an address, {to: address, only: [pipeline]}, {slack: {workspace: T…, channel: C…}} or {topic: ARN}",
    "slack": "{workspace: T…, channel: C…}",
}
_ALSO = {"": {"table"}, "image": {"dockerfile", "sklearn", "spark"}, "inputs": {"uri", "table", "partitions"}}
_OR: dict[int | str, str] = {"partitions": ", {last: 60 days} or {offset: -1}"}
_IMAGES = ("dockerfile", "uri", "sklearn", "spark", "local_requirements")
_SOURCES = ("uri", "step", "table")
_KINDS = {bool: "true or false", int: "a whole number", float: "a number"}


def shape_message(details: ErrorDetails, location: Location, root: type[BaseModel] = model.PipelineEntry) -> str:
    """Return the error message for a location of a file with the keys of a model."""
    given = details.get("input")
    match details["type"]:
        case "missing":
            return _missing(location)
        case "extra_forbidden":
            return f"is not a key here: {_known_instead(location, root)}"
        case "string_type":
            if given is None:
                return "is empty: write a string"
            if isinstance(given, dict | tuple):
                return f"is {_shown(given)}: use a string"
            return f"is {_shown(given)}, which YAML reads as {_KINDS[type(given)]}: put it in quotes"
        case "int_type":
            return f"is {_shown(given)}: use a whole number"
        case "bool_type":
            return f"is {_shown(given)}: use true or false"
        case "literal_error":
            return f"is {_shown(given)}: use {details['ctx']['expected']}{_OR.get(location[-1], '')}"
        case "model_type" | "model_attributes_type" | "dict_type":
            return f"is {_shown(given)}: use {_form(location)}"
        case "tuple_type":
            return f"is {_shown(given)}: use a list"
        case "too_short":
            return "is empty: write at least one"
        case "string_too_long":
            return f"has {len(str(given))} characters: use at most {details['ctx']['max_length']}"
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
        return "is missing: describe the table under `table:`"
    if location[-2:] == ("image", "uri"):
        return f"is missing: an image is {_FORMS['image']}"
    return "is missing"


def _form(location: Location) -> str:
    if len(location) > 1 and location[-2] == "inputs":
        return "s3://…, {uri: s3://…}, {step: x} or {table: database.name}"
    names = [part for part in location if isinstance(part, str)]
    return _FORMS.get(names[-1] if names else "", "keys and values")


def _known_instead(location: Location, root: type[BaseModel]) -> str:
    *parents, name = (part for part in location if isinstance(part, str))
    if "inputs" in parents:
        inputs = parents.index("inputs") + 1
        # The name of the input is one that the file's author chose.
        parents = parents[inputs + 1 :] if parents[inputs + 1 :] == ["partitions"] else parents[:inputs]
    parent = parents[-1] if parents else ""
    if parent == "image" and name in _IMAGES:
        return "an image has one of `dockerfile:`, `uri:`, `sklearn:` and `spark:`, and all but the first may have `local_requirements:`"
    if parent == "inputs" and name in _SOURCES:
        return "an input has one of `uri:`, `step:` and `table:`"
    if parent == "notify" and name == "only":
        return "a Slack channel and an existing topic get all notices: filter at their own subscription"
    fields = _MODELS.get(parent, root).model_fields
    known = {field.alias or field_name for field_name, field in fields.items()}
    also = _ALSO.get(parent, set()) if root is model.PipelineEntry else set()
    return did_you_mean(name, known | also)
