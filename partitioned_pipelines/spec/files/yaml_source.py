"""A YAML file as plain data, which remembers the line of each of its parts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.constructor import DuplicateKeyError, RoundTripConstructor
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from partitioned_pipelines.spec.files.problems import InvalidProjectError, Problem, shortened
from partitioned_pipelines.spec.files.yaml_events import CheckedParser, UnwantedYamlError

if TYPE_CHECKING:
    from pathlib import Path

    from partitioned_pipelines.spec.files.problems import Location

_LARGEST_BYTES = 256 * 1024


class _Constructor(RoundTripConstructor):
    """Reads dates as text, as YAML 1.2 has it: ``2026-02-30`` in a list of arguments is an argument."""


_Constructor.add_constructor("tag:yaml.org,2002:timestamp", RoundTripConstructor.construct_yaml_str)


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
        """Return the line, counted from 1, of a location, or of the nearest part above it that the file has."""
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

    def problem(self, location: Location, message: str, field: str) -> Problem:
        """Report something at a location."""
        return Problem(self.file, self.line(location), field, shortened(message))


def read_yaml(path: Path, file: str, *, first_key: str = "name") -> YamlSource:
    """Read a file.

    Parameters
    ----------
    first_key
        A key that such a file has, for messages.

    Raises
    ------
    InvalidProjectError
        If it is not UTF-8, not YAML, not a mapping, too large, or uses what a pipeline file has no need of.
    """

    def refusal(message: str, line: int = 1) -> InvalidProjectError:
        return InvalidProjectError([Problem(file, line, "", shortened(message))])

    try:
        if path.stat().st_size > _LARGEST_BYTES:
            raise refusal(f"is larger than {_LARGEST_BYTES // 1024} KiB: that is no pipeline file")
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
    # ruamel's scalars remember how they were written: here only their value counts.
    for kind in (bool, int, float, str):
        if isinstance(node, kind):
            return kind(node)
    return node
