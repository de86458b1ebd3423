"""A YAML file as plain data, which remembers the line of each of its parts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.constructor import DuplicateKeyError
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import AliasEvent

from pipeline_spec.problems import InvalidProjectError, Problem

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline_spec.problems import Location

_LARGEST_BYTES = 256 * 1024
_DEEPEST = 20


@dataclass(frozen=True, slots=True)
class YamlSource:
    """A file's content.

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
        """Give the line, counted from 1, of a location, or of the nearest part above it that the file has."""
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

    def has(self, location: Location) -> bool:
        """Say whether the file itself has something there."""
        node: Any = self.data
        for part in location:
            try:
                node = node[part]
            except (KeyError, IndexError, TypeError):
                return False
        return True

    def problem(self, location: Location, message: str, field: str) -> Problem:
        """Report something at a location."""
        return Problem(self.file, self.line(location), field, message)


def read_yaml(path: Path, file: str) -> YamlSource:
    """Read a file.

    Raises
    ------
    InvalidProjectError
        Where it is not UTF-8, not YAML, not a mapping, too large, or uses what a pipeline file has no need of.
    """

    def refuse(message: str, line: int = 1) -> InvalidProjectError:
        return InvalidProjectError([Problem(file, line, "", message)])

    if path.stat().st_size > _LARGEST_BYTES:
        raise refuse(f"is larger than {_LARGEST_BYTES // 1024} KiB: that is no pipeline file")
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise refuse(f"is not UTF-8 at byte {error.start}: save it as UTF-8") from error
    try:
        for event in YAML(typ="rt", pure=True).parse(text):
            if isinstance(event, AliasEvent):
                raise refuse("uses an alias (*name): write the value out", event.start_mark.line + 1)
        tree = YAML(typ="rt", pure=True).load(text)
    except DuplicateKeyError as error:
        what = str(error.problem).splitlines()[0]
        raise refuse(f"{what}: keep one of them", _line(error)) from error
    except MarkedYAMLError as error:
        raise refuse(f"is not YAML: {error.problem}", _line(error)) from error
    except (YAMLError, ValueError, RecursionError) as error:
        raise refuse(f"is not YAML: {error}") from error
    if tree is None:
        raise refuse("is empty: begin with `name:`")
    if not isinstance(tree, CommentedMap):
        raise refuse(
            f"holds a {type(tree).__name__.removeprefix('Commented').lower()}: begin with keys, such as `name:`"
        )
    return YamlSource(file, _plain(tree, refuse), tree)


def _line(error: MarkedYAMLError) -> int:
    mark = error.problem_mark or error.context_mark
    return mark.line + 1 if mark is not None else 1


def _plain(node: Any, refuse: Any, depth: int = 0) -> Any:
    if depth > _DEEPEST:
        raise refuse("is nested too deeply")
    if isinstance(node, CommentedMap):
        return {key: _plain(value, refuse, depth + 1) for key, value in node.items()}
    if isinstance(node, CommentedSeq):
        return tuple(_plain(value, refuse, depth + 1) for value in node)
    # ruamel's scalars remember how they were written: here only their value counts.
    for kind in (bool, int, float, str):
        if isinstance(node, kind):
            return kind(node)
    return node
