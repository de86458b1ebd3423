"""A YAML file as plain data with line numbers; rejects YAML features that pipeline files do not need."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ruamel.yaml import YAML
from ruamel.yaml.constructor import DuplicateKeyError, SafeConstructor
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    CollectionEndEvent,
    CollectionStartEvent,
    DocumentStartEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
)
from ruamel.yaml.nodes import MappingNode, ScalarNode, SequenceNode
from ruamel.yaml.parser import Parser

from partitioned_pipelines.spec.files.problems import InvalidProjectError, Problem, field_name, shortened

if TYPE_CHECKING:
    from pathlib import Path

    from ruamel.yaml.events import Event
    from ruamel.yaml.nodes import Node

    from partitioned_pipelines.spec.files.problems import Location

_DEEPEST = 20
_TEXTS = frozenset({"tag:yaml.org,2002:str", "tag:yaml.org,2002:timestamp"})
_RESOLVER = YAML(typ="safe", pure=True).resolver


class UnwantedYamlError(ValueError):
    """The file uses an alias, a tag, a merge, a directive or a key that is not a string, or is nested too deeply."""

    def __init__(self, message: str, event: Event | ScalarNode | None = None) -> None:
        super().__init__(message)
        self.line: int = event.start_mark.line + 1 if event is not None else 1


class CheckedParser(Parser):
    """A parser that rejects, event by event, YAML features that pipeline files do not need.

    Aliases can expand a few lines to gigabytes; tags create objects; YAML 1.1 reads ``no`` as false.
    """

    def __init__(self, loader: Any) -> None:
        super().__init__(loader)
        # For each open collection: whether its next node is a key; None for a list.
        self._awaits_key: list[bool | None] = []

    def get_event(self) -> Event:
        """Return the next event.

        Raises
        ------
        UnwantedYamlError
            If the event is a feature that pipeline files do not need.
        """
        event: Event = super().get_event()
        self._check(event)
        return event

    def _check(self, event: Event) -> None:
        awaits_key = self._awaits_key
        if isinstance(event, DocumentStartEvent) and (event.version or event.tags):
            raise UnwantedYamlError("begins with a directive (%…): remove it")
        if isinstance(event, AliasEvent):
            raise UnwantedYamlError("uses an alias (*name): write the value out", event)
        if isinstance(event, NodeEvent):
            _check_node(event, is_key=bool(awaits_key and awaits_key[-1]))
            if awaits_key and awaits_key[-1] is not None:
                awaits_key[-1] = not awaits_key[-1]
        if isinstance(event, CollectionStartEvent):
            awaits_key.append(True if isinstance(event, MappingStartEvent) else None)
            if len(awaits_key) > _DEEPEST:
                raise UnwantedYamlError(
                    f"is nested more than {_DEEPEST} levels deep, which no pipeline file needs", event
                )
        elif isinstance(event, CollectionEndEvent):
            awaits_key.pop()


def _check_node(event: NodeEvent, *, is_key: bool) -> None:
    if isinstance(event, ScalarEvent | CollectionStartEvent) and event.tag is not None:
        raise UnwantedYamlError(f"uses a tag ({event.tag}): remove it", event)
    if not is_key:
        return
    if not isinstance(event, ScalarEvent):
        raise UnwantedYamlError("has a list or a mapping as a key: use a string", event)
    if event.value == "<<" and event.implicit[0]:
        raise UnwantedYamlError("uses a merge (<<): write the keys out", event)
    if str(_RESOLVER.resolve(ScalarNode, event.value, event.implicit)) not in _TEXTS:
        raise UnwantedYamlError(
            f"has the key {event.value}, which YAML does not read as a string: put it in quotes", event
        )


_LARGEST_BYTES = 256 * 1024


class _Constructor(SafeConstructor):
    """A constructor that returns lists as tuples, and dates and ``=`` as strings, as in YAML 1.2: ``2026-02-30`` may be an argument."""

    def construct_tuple(self, node: SequenceNode) -> tuple[Any, ...]:
        """Return a list as a tuple."""
        return tuple(self.construct_sequence(node, deep=True))

    def construct_whole_number(self, node: ScalarNode) -> Any:
        """Return a whole number. ruamel fails by its own errors for some texts that look like one, such as ``+_``."""
        try:
            return self.construct_yaml_int(node)
        except (ValueError, IndexError) as error:
            raise UnwantedYamlError("has a number that cannot be read: put it in quotes", node) from error


_Constructor.add_constructor("tag:yaml.org,2002:timestamp", SafeConstructor.construct_yaml_str)
_Constructor.add_constructor("tag:yaml.org,2002:value", SafeConstructor.construct_yaml_str)
_Constructor.add_constructor("tag:yaml.org,2002:seq", _Constructor.construct_tuple)
_Constructor.add_constructor("tag:yaml.org,2002:int", _Constructor.construct_whole_number)


@dataclass(frozen=True, slots=True)
class YamlSource:
    """The content of a YAML file.

    Attributes
    ----------
    file
        Relative to the project.
    data
        Dicts, tuples and scalars.
    """

    file: str
    data: dict[str, Any]
    _root: MappingNode

    def line(self, location: Location) -> int:
        """Return the line, counted from 1, of a location, or of its nearest parent that the file contains."""
        node: Node = self._root
        line = 1
        for part in location:
            if isinstance(node, MappingNode):
                found = next(((key, value) for key, value in node.value if key.value == part), None)
            elif isinstance(node, SequenceNode) and isinstance(part, int) and part < len(node.value):
                found = (node.value[part], node.value[part])
            else:
                break
            if found is None:
                break
            line, node = found[0].start_mark.line + 1, found[1]
        return line

    def as_written(self, location: Location) -> Location:
        """Return a location as written in the file: `table:` is short for `tables:` with one entry."""
        return ("table", *location[2:]) if "table" in self.data and location[:2] == ("tables", 0) else location

    def problem(self, location: Location, message: str) -> Problem:
        """Return a problem at a location."""
        written = self.as_written(location)
        return Problem(self.file, self.line(written), field_name(written), shortened(message))


class Findings:
    """Collector of the problems of one file."""

    def __init__(self, source: YamlSource) -> None:
        self._source = source
        self.problems: list[Problem] = []

    def add(self, location: Location, message: str | None) -> None:
        """Add a problem at a location; None adds nothing."""
        if message is not None:
            self.problems.append(self._source.problem(location, message))


def read_yaml(path: Path, file: str, *, first_key: str = "name") -> YamlSource:
    """Return the content of a YAML file.

    Parameters
    ----------
    first_key
        A key of such files, for messages.

    Raises
    ------
    InvalidProjectError
        If it is not UTF-8, not YAML, not a mapping, too large, or uses a feature that pipeline files do not need.
    """

    def refusal(message: str, line: int = 1) -> InvalidProjectError:
        return InvalidProjectError([Problem(file, line, "", shortened(message))])

    try:
        if path.stat().st_size > _LARGEST_BYTES:
            raise refusal(f"is larger than {_LARGEST_BYTES // 1024} KiB, which no pipeline file needs")
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise refusal(f"cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise refusal(f"is not UTF-8 at byte {error.start}: save it as UTF-8") from error
    try:
        yaml = YAML(typ="safe", pure=True)
        yaml.Parser = CheckedParser
        yaml.Constructor = _Constructor
        root = yaml.compose(text)
        data = None if root is None else yaml.constructor.construct_document(root)
    except UnwantedYamlError as error:
        raise refusal(str(error), error.line) from error
    except DuplicateKeyError as error:
        what = str(error.problem).splitlines()[0].partition(" with value")[0]
        raise refusal(f"{what} a second time: keep one of them", _line(error)) from error
    except MarkedYAMLError as error:
        what = ", ".join(filter(None, (error.context, error.problem)))
        raise refusal(f"is not YAML: {what}", _line(error)) from error
    except (YAMLError, ValueError) as error:
        raise refusal(f"is not YAML: {str(error).splitlines()[0]}") from error
    if data is None:
        raise refusal(f"is empty: begin with `{first_key}:`")
    if not isinstance(data, dict):
        kind = "list" if isinstance(data, tuple) else "single value"
        raise refusal(f"holds a {kind}: begin with keys, such as `{first_key}:`")
    return YamlSource(file, data, root)


def _line(error: MarkedYAMLError) -> int:
    mark = error.problem_mark or error.context_mark
    return mark.line + 1 if mark is not None else 1
