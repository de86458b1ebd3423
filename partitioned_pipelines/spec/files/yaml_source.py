"""A YAML file as plain data with line numbers; rejects YAML features that pipeline files do not need."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.constructor import DuplicateKeyError, RoundTripConstructor
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
from ruamel.yaml.nodes import ScalarNode
from ruamel.yaml.parser import RoundTripParser

from partitioned_pipelines.spec.files.problems import InvalidProjectError, Problem, field_name, shortened

if TYPE_CHECKING:
    from pathlib import Path

    from ruamel.yaml.events import Event

    from partitioned_pipelines.spec.files.problems import Location

_DEEPEST = 20
_TEXTS = frozenset({"tag:yaml.org,2002:str", "tag:yaml.org,2002:timestamp"})
_RESOLVER = YAML(typ="rt", pure=True).resolver


class UnwantedYamlError(ValueError):
    """The file uses an alias, a tag, a merge, a directive or a key that is not a string, or is nested too deeply."""

    def __init__(self, message: str, event: Event | ScalarNode | None = None) -> None:
        super().__init__(message)
        self.line: int = event.start_mark.line + 1 if event is not None else 1


class CheckedParser(RoundTripParser):
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


class _Constructor(RoundTripConstructor):
    """A constructor that reads dates as strings, as in YAML 1.2: ``2026-02-30`` in a list of arguments is an argument."""

    def construct_whole_number(self, node: ScalarNode) -> Any:
        """Return a whole number. ruamel fails by its own errors for some texts that look like one, such as ``+_``."""
        try:
            return self.construct_yaml_int(node)
        except (ValueError, IndexError) as error:
            raise UnwantedYamlError("has a number that cannot be read: put it in quotes", node) from error


_Constructor.add_constructor("tag:yaml.org,2002:timestamp", RoundTripConstructor.construct_yaml_str)
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
    _tree: CommentedMap

    def line(self, location: Location) -> int:
        """Return the line, counted from 1, of a location, or of its nearest parent that the file contains."""
        node: Any = self._tree
        line = 1
        for part in location:
            if isinstance(node, CommentedMap) and part in node:
                line = node.lc.key(part)[0] + 1
            elif isinstance(node, CommentedSeq) and isinstance(part, int) and part < len(node):
                line = node.lc.item(part)[0] + 1
            else:
                break
            node = node[part]
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
        yaml = YAML(typ="rt", pure=True)
        yaml.Parser = CheckedParser
        yaml.Constructor = _Constructor
        tree = yaml.load(text)
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
    if tree is None:
        raise refusal(f"is empty: begin with `{first_key}:`")
    if not isinstance(tree, CommentedMap):
        kind = "list" if isinstance(tree, CommentedSeq) else "single value"
        raise refusal(f"holds a {kind}: begin with keys, such as `{first_key}:`")
    return YamlSource(file, _plain(tree), tree)


def _line(error: MarkedYAMLError) -> int:
    mark = error.problem_mark or error.context_mark
    return mark.line + 1 if mark is not None else 1


def _plain(node: Any) -> Any:
    if isinstance(node, CommentedMap):
        return {key: _plain(value) for key, value in node.items()}
    if isinstance(node, CommentedSeq):
        return tuple(_plain(value) for value in node)
    # ruamel's scalars also hold their notation; only their values are kept.
    for kind in (bool, int, float, str):
        if isinstance(node, kind):
            return kind(node)
    return node
