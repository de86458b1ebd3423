"""The fields of Map states: what an inline and a distributed map take, and what the local cloud runs of distributed ones.

https://docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html
"""

from __future__ import annotations

import functools
import json
import re
from typing import TYPE_CHECKING, Any

from moto.stepfunctions.parser.asl.parse.asl_parser import AmazonStateLanguageParser
from moto.stepfunctions.parser.asl.parse.preprocessor import Preprocessor

from local_cloud.patching import original_of, replace

if TYPE_CHECKING:
    from collections.abc import Iterator

_INVALID = "SCHEMA_VALIDATION_FAILED"
_PERCENTAGE, _COUNT, _CONCURRENCY = "ToleratedFailurePercentage", "ToleratedFailureCount", "MaxConcurrency"
_MOST = {_PERCENTAGE: 100, _COUNT: 10_000_000, _CONCURRENCY: 10_000}
_OF_DISTRIBUTED = (
    "ItemReader",
    "ItemBatcher",
    "ResultWriter",
    "Label",
    *(f"{name}{path}" for name in (_PERCENTAGE, _COUNT) for path in ("", "Path")),
)
_UNSUPPORTED = ("ItemBatcher", "ResultWriter")
_LABEL = re.compile(r"[^\s?*<>{}\[\]:;,\\|^~$#%&`\"/\x00-\x1f\x7f-\x9f]{1,40}")
_READER = re.compile(r"arn:aws[a-z-]*:states:::s3:getObject")


def replace_parser() -> None:
    """Replace moto's parser, by one that takes whole percentages and parses a definition once for all its executions."""
    # moto: Step Functions' ToleratedFailurePercentage must have a decimal point; not reported yet: AWS accepts 5 as well as 5.0.
    replace(AmazonStateLanguageParser, "parse", staticmethod(_parse))


def _parse(definition: str) -> Any:
    if f'"{_PERCENTAGE}"' in definition:
        definition = json.dumps(json.loads(definition, object_hook=_with_decimal_point))
    tree = _syntax_tree(definition)
    return Preprocessor().visit(tree), tree


@functools.lru_cache(maxsize=16)  # about 1 MB each
def _syntax_tree(definition: str) -> Any:
    _, tree = original_of(AmazonStateLanguageParser, "parse")(definition)
    return tree


def _with_decimal_point(node: dict[str, Any]) -> dict[str, Any]:
    percentage = node.get(_PERCENTAGE)
    is_map = node.get("Type") == "Map"  # not the result of a Pass state, for example
    return {**node, _PERCENTAGE: float(percentage)} if is_map and type(percentage) is int else node


def map_problems(state: dict[str, Any], at: str) -> Iterator[str]:
    """Find the fields of a Map state that are not what AWS, or the local cloud, takes."""
    for name, most in _MOST.items():
        yield from number_problems(state, name, most, at)
    processor = state.get("ItemProcessor")
    configuration = processor.get("ProcessorConfig", {}) if isinstance(processor, dict) else {}
    if not isinstance(configuration, dict) or configuration.get("Mode", "INLINE") != "DISTRIBUTED":
        for name in _OF_DISTRIBUTED:
            if name in state:
                yield f"{_INVALID}: {name} needs the Mode DISTRIBUTED at {at}/{name}"
        return
    if (kind := configuration.get("ExecutionType")) != "STANDARD":
        reason = (
            "is not supported by the local cloud, only STANDARD" if kind == "EXPRESS" else "must be STANDARD or EXPRESS"
        )
        yield f"{_INVALID}: ExecutionType {reason} at {at}/ItemProcessor/ProcessorConfig/ExecutionType"
    for name in _UNSUPPORTED:
        if name in state:
            yield f"{_INVALID}: {name} is not supported by the local cloud at {at}/{name}"
    if "Label" in state and not (isinstance(state["Label"], str) and _LABEL.fullmatch(state["Label"])):
        yield f"{_INVALID}: Label must have at most 40 characters, without white space and special characters at {at}/Label"
    if "ItemReader" in state:
        yield from _reader_problems(state["ItemReader"], f"{at}/ItemReader")


def number_problems(state: dict[str, Any], name: str, most: int, at: str) -> Iterator[str]:
    """Yield the problems of a field that is a number from 0 to a maximum, or a path to one in another field."""
    if name in state and f"{name}Path" in state:
        yield f"{_INVALID}: only one of {name} and {name}Path can be given at {at}"
    if name not in state:
        return
    value = state[name]
    kinds = (int, float) if name == _PERCENTAGE else (int,)
    if isinstance(value, bool) or not isinstance(value, kinds) or not 0 <= value <= most:
        yield f"{_INVALID}: {name} must be a number from 0 to {most}, not {value!r} at {at}/{name}"


def _reader_problems(reader: Any, at: str) -> Iterator[str]:
    if not isinstance(reader, dict):
        yield f"{_INVALID}: an ItemReader must be an object at {at}"
        return
    configuration = reader.get("ReaderConfig")
    if not _READER.fullmatch(str(reader.get("Resource"))):
        yield f"{_INVALID}: {reader.get('Resource')} is not supported by the local cloud, only s3:getObject at {at}/Resource"
    elif not isinstance(configuration, dict) or configuration.get("InputType") != "JSON":
        yield f"{_INVALID}: the local cloud reads items only of the InputType JSON at {at}/ReaderConfig/InputType"
