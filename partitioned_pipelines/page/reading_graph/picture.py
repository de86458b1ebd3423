"""Who reads whom in a lake: the drawing with states, and the same as a list."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from partitioned_pipelines.operations.lake_state.building.standing import standings
from partitioned_pipelines.operations.lake_state.interval_letters import NAME_OF, NOT_DUE, SHOWN
from partitioned_pipelines.operations.lake_state.run_length import parts
from partitioned_pipelines.page.reading_graph.drawing import Card, Drawing, Edge, draw

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from partitioned_pipelines.operations.lake_state.documents.lake import Lake, Pipeline, Table

MOST_CARDS: Final = 60
"""Above this number, only pipelines that need somebody, and their neighbours, are drawn."""
_SHOWN_CHARACTERS: Final = 33


@dataclass(frozen=True, slots=True)
class TableMark:
    """A table of a card: its state as a letter, and in words."""

    id: str
    letter: str
    state: str

    @property
    def short(self) -> str:
        """The name, cut to what a card can show."""
        return _cut(self.id)


@dataclass(frozen=True, slots=True)
class Reader:
    """A pipeline in the list: what it writes, and who reads that."""

    pipeline: str
    tables: tuple[TableMark, ...]
    reads: tuple[str, ...]
    read_by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Picture:
    """The drawing, with what its cards and edges mean.

    Attributes
    ----------
    near
        By pipeline: those above and below it, and itself.
    bad
        The edges from tables that are not all right.
    left_out
        The number of pipelines that are not drawn.
    """

    drawing: Drawing
    tables: Mapping[str, tuple[TableMark, ...]]
    near: Mapping[str, str]
    bad: frozenset[Edge]
    readers: tuple[Reader, ...]
    left_out: int


def picture_of(lake: Lake) -> Picture:
    """Return the picture of a lake: all of it, or what needs somebody and its neighbours if there are too many pipelines."""
    if len(lake.pipelines) <= MOST_CARDS:
        return _picture(lake, lake.pipelines)
    standing = standings(lake.pipelines, lake.tables, lake.needs)
    wanted = {table.pipeline for table in lake.tables if standing[table.id] in ("needs", "unknown")}
    return _picture(lake, _with_neighbours(lake, wanted, 1))


def neighbourhood_of(lake: Lake, pipeline: str, steps: int) -> Picture:
    """Return the picture of what is at most so many steps above or below a pipeline."""
    return _picture(lake, _with_neighbours(lake, {pipeline}, steps))


def _with_neighbours(lake: Lake, names: set[str], steps: int) -> list[Pipeline]:
    found = set(names)
    pairs = {(edge.source, edge.target) for edge in _edges(lake.pipelines)}
    for _ in range(steps):
        found |= {b for a, b in pairs if a in found} | {a for a, b in pairs if b in found}
    return [pipeline for pipeline in lake.pipelines if pipeline.name in found]


def _edges(pipelines: Iterable[Pipeline]) -> list[Edge]:
    known = list(pipelines)
    place = {table: (each.name, line) for each in known for line, table in enumerate(each.tables)}
    return [
        Edge(*place[table], each.name)
        for each in known
        for table in each.reads
        if table in place and place[table][0] != each.name
    ]


def _picture(lake: Lake, shown: Sequence[Pipeline]) -> Picture:
    edges = _edges(shown)
    marks = {pipeline.name: tuple(_mark(lake.table(table)) for table in pipeline.tables) for pipeline in shown}
    cards = [Card(each.name, _cut(_head(each)), tuple(mark.short for mark in marks[each.name])) for each in shown]
    above, below = defaultdict(set), defaultdict(set)
    for edge in edges:
        below[edge.source].add(edge.target)
        above[edge.target].add(edge.source)
    near = {each.name: " ".join(sorted(_reach(each.name, above) | _reach(each.name, below))) for each in shown}
    right = SHOWN | {"s", NOT_DUE, "r"}
    bad = frozenset(edge for edge in edges if marks[edge.source][edge.line].letter not in right)
    writer = {table: each.name for each in shown for table in each.tables}
    readers = tuple(
        Reader(
            each.name,
            marks[each.name],
            each.reads,
            tuple(other.name for other in shown if any(writer.get(table) == each.name for table in other.reads)),
        )
        for each in shown
    )
    return Picture(draw(cards, edges), marks, near, bad, readers, len(lake.pipelines) - len(shown))


def _reach(name: str, to: Mapping[str, set[str]]) -> set[str]:
    found, left = {name}, [name]
    while left:
        for other in to.get(left.pop(), set()) - found:
            found.add(other)
            left.append(other)
    return found


def _head(pipeline: Pipeline) -> str:
    uris = [uri for uri in pipeline.reads if "://" in uri]
    if not uris:
        return pipeline.name
    return f"{pipeline.name} ← {short_uri(uris[0])}{f' +{len(uris) - 1}' if len(uris) > 1 else ''}"


def short_uri(uri: str) -> str:
    """Return a URI without its scheme and bucket: ``raw/flights/``."""
    return uri.partition("://")[2].partition("/")[2] or uri


def _mark(table: Table) -> TableMark:
    if table.problem:
        return TableMark(table.id, "?", "could not be read" if table.problem.call else table.problem.error)
    letter = next((each for each, _ in reversed(list(parts(table.states))) if each != NOT_DUE), NOT_DUE)
    return TableMark(table.id, letter, NAME_OF[letter])


def _cut(text: str) -> str:
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[: _SHOWN_CHARACTERS - 1]}…"
