"""What no text of a pipeline file may hold, wherever it stands."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from partitioned_pipelines.spec.files.problems import field_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from partitioned_pipelines.spec.files.problems import Location, Problem
    from partitioned_pipelines.spec.files.yaml_source import YamlSource

# The CDK would put something of its own in place of the first, CloudFormation a secret in place of the second:
# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references.html
_EVALUATED = re.compile(r"[$#]\{Token\[|\{\{resolve:")
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")


def text_problems(source: YamlSource) -> list[Problem]:
    """Find texts that could be evaluated somewhere on their way, and characters that a template can't hold."""
    return [
        source.problem(place, f"{what}: {remedy}", field_name(place))
        for place, text in _texts(source.data, ())
        for what, remedy in _findings(text)
    ]


def _findings(text: str) -> Iterator[tuple[str, str]]:
    if found := _EVALUATED.search(text):
        yield f"holds {found[0]!r}, which would be evaluated when it is deployed", "write it another way"
    if found := _UNPRINTABLE.search(text):
        yield f"holds the character {found[0]!r}", "give text"


def _texts(node: Any, place: Location) -> Iterator[tuple[Location, str]]:
    """Yield all texts, keys among them, with their places."""
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


def empty_places(node: Any, place: Location = ()) -> Iterator[Location]:
    """Yield the places where a key, or a dash, has nothing behind it."""
    if isinstance(node, dict):
        for key, value in node.items():
            yield from empty_places(value, (*place, key))
    elif isinstance(node, tuple):
        for index, value in enumerate(node):
            yield from empty_places(value, (*place, index))
    elif node is None:
        yield place
