"""The graph in coordinates: cards, and edges as SVG paths.

An edge leaves from a table's line at the right of its card, runs straight through its own place in each layer that it passes, bends only in the
space between layers, and ends at the left of its reader's card. So it crosses no card but its ends.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from partitioned_pipelines.page.reading_graph.layers import Place, arrange

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from partitioned_pipelines.page.reading_graph.layers import Layers

MARGIN: Final = 16
HEAD, LINE, FOOT = 22, 22, 4
"""Heights of a card: above its tables, of each table, and below them."""
_BETWEEN_CARDS, _BETWEEN_LANES, _BETWEEN_LAYERS = 14, 10, 64
_LANE = 6
_CHARACTER: Final = 6.7
"""The mean width of a character of 12 px."""
_NARROWEST, _WIDEST = 176, 264
_BESIDE_TEXT = 40
_SETTLING: Final = 6


@dataclass(frozen=True, slots=True)
class Card:
    """A pipeline to draw.

    Attributes
    ----------
    lines
        What its tables' lines say, from top to bottom.
    """

    name: str
    head: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Edge:
    """A table that is read by another pipeline."""

    source: str
    line: int
    target: str


@dataclass(frozen=True, slots=True)
class PlacedCard:
    """A card with its place."""

    card: Card
    x: float
    y: float
    width: float
    height: float

    def line_y(self, index: int) -> float:
        """Return the middle of a table's line."""
        return self.y + HEAD + LINE * index + LINE / 2


@dataclass(frozen=True, slots=True)
class PlacedEdge:
    """An edge with its course.

    Attributes
    ----------
    points
        Alternately where it leaves a layer to the right, and where it enters the next one.
    """

    edge: Edge
    points: tuple[tuple[float, float], ...]

    @property
    def d(self) -> str:
        """The course as the data of an SVG path: a curve from each layer to the next."""
        (x, y), *rest = self.points
        words = [f"M{_short(x)} {_short(y)}"]
        bends = True
        for to_x, to_y in rest:
            if bends:
                middle = _short((x + to_x) / 2)
                words.append(f"C{middle} {_short(y)} {middle} {_short(to_y)} {_short(to_x)} {_short(to_y)}")
            else:
                words.append(f"H{_short(to_x)}")
            x, y, bends = to_x, to_y, not bends
        return "".join(words)


@dataclass(frozen=True, slots=True)
class Drawing:
    """A graph in coordinates."""

    width: float
    height: float
    cards: tuple[PlacedCard, ...]
    edges: tuple[PlacedEdge, ...]


def draw(cards: Sequence[Card], edges: Sequence[Edge]) -> Drawing:
    """Return the drawing. Edges that close a circle, and those from a card to itself, are not drawn.

    Parameters
    ----------
    edges
        Their sources and targets are cards.
    """
    by_name = {card.name: card for card in cards}
    layered = arrange(by_name, [(edge.source, edge.target) for edge in edges])
    height_of = {Place(card.name): HEAD + LINE * len(card.lines) + FOOT for card in cards}
    tops = _tops(layered, height_of)
    placed: dict[str, PlacedCard] = {}
    x = float(MARGIN)
    bounds: list[tuple[float, float]] = []
    for offset, layer in enumerate(layered.layers):
        width = max((_width(by_name[place.name]) for place in layer if not place.target), default=float(_NARROWEST))
        bounds.append((x, x + width))
        for place in layer:
            if not place.target:
                placed[place.name] = PlacedCard(by_name[place.name], x, tops[offset, place], width, height_of[place])
        x += width + _BETWEEN_LAYERS
    drawn = _edges(edges, layered, placed, tops, bounds)
    bottom = max((tops[key] + height_of.get(key[1], _LANE) for key in tops), default=0.0)
    return Drawing(
        max(x - _BETWEEN_LAYERS + MARGIN, 2.0 * MARGIN),
        bottom + MARGIN,
        tuple(placed[card.name] for card in sorted(cards, key=lambda card: card.name)),
        tuple(drawn),
    )


def _width(card: Card) -> float:
    longest = max((len(text) for text in (card.head, *card.lines)), default=0)
    return float(min(max(round(longest * _CHARACTER) + _BESIDE_TEXT, _NARROWEST), _WIDEST))


def _edges(
    edges: Sequence[Edge],
    layered: Layers,
    placed: Mapping[str, PlacedCard],
    tops: Mapping[tuple[int, Place], float],
    bounds: Sequence[tuple[float, float]],
) -> list[PlacedEdge]:
    layer_of = {
        place.name: offset for offset, layer in enumerate(layered.layers) for place in layer if not place.target
    }
    known = sorted(
        (edge for edge in set(edges) if (edge.source, edge.target) in layered.chains),
        key=lambda edge: (edge.target, tops[layer_of[edge.source], Place(edge.source)], edge.source, edge.line),
    )
    entering: dict[str, list[Edge]] = {}
    for edge in known:
        entering.setdefault(edge.target, []).append(edge)
    found = []
    for edge in known:
        source, target = placed[edge.source], placed[edge.target]
        points = [(source.x + source.width, source.line_y(edge.line))]
        for offset, place in enumerate(layered.chains[edge.source, edge.target][1:-1], layer_of[edge.source] + 1):
            y = tops[offset, place] + _LANE / 2
            points += [(bounds[offset][0], y), (bounds[offset][1], y)]
        siblings = entering[edge.target]
        share = (siblings.index(edge) + 1) / (len(siblings) + 1)
        points.append((target.x, target.y + target.height * share))
        found.append(PlacedEdge(edge, tuple(points)))
    return found


def _tops(layered: Layers, height_of: Mapping[Place, int]) -> dict[tuple[int, Place], float]:
    """Return the top of each place: near the middle of what it is joined with, without an overlap, in the order of its layer."""
    heights = {
        (offset, place): float(height_of.get(place, _LANE))
        for offset, layer in enumerate(layered.layers)
        for place in layer
    }
    joined: dict[tuple[int, Place], list[tuple[int, Place]]] = {key: [] for key in heights}
    layer_of = {
        place.name: offset for offset, layer in enumerate(layered.layers) for place in layer if not place.target
    }
    for (source, _), chain in sorted(layered.chains.items()):
        keys = list(enumerate(chain, layer_of[source]))
        for left, right in pairwise(keys):
            joined[left].append(right)
            joined[right].append(left)
    tops: dict[tuple[int, Place], float] = {}
    for offset, layer in enumerate(layered.layers):
        y = float(MARGIN)
        for place in layer:
            tops[offset, place] = y
            y += heights[offset, place] + _gap(place)
    for turn in range(_SETTLING):
        order = range(len(layered.layers))
        for offset in order if turn % 2 == 0 else reversed(order):
            _settle([(offset, place) for place in layered.layers[offset]], tops, heights, joined)
    lowest = min(tops.values(), default=0.0)
    return {key: round(top - lowest + MARGIN, 2) for key, top in tops.items()}


def _gap(place: Place) -> int:
    return _BETWEEN_LANES if place.target else _BETWEEN_CARDS


def _settle(
    layer: Sequence[tuple[int, Place]],
    tops: dict[tuple[int, Place], float],
    heights: Mapping[tuple[int, Place], float],
    joined: Mapping[tuple[int, Place], Sequence[tuple[int, Place]]],
) -> None:
    """Move the places of a layer to where they want to be, as far as their order and gaps allow.

    Neighbours that would overlap become a block, which lies where its members want to be in the mean (the pool-adjacent-violators
    algorithm, https://doi.org/10.1214/aoms/1177728423).
    """
    blocks: list[
        tuple[float, int, float]
    ] = []  # the sum of the wanted tops of the first member, their number, the height
    members: list[list[tuple[int, Place]]] = []
    for key in layer:
        near = [tops[other] + heights[other] / 2 for other in joined[key]]
        wanted = sum(near) / len(near) - heights[key] / 2 if near else tops[key]
        blocks.append((wanted, 1, heights[key] + _gap(key[1])))
        members.append([key])
        while len(blocks) > 1 and blocks[-2][0] / blocks[-2][1] + blocks[-2][2] > blocks[-1][0] / blocks[-1][1]:
            total, number, height = blocks.pop()
            above, above_number, above_height = blocks[-1]
            blocks[-1] = (above + total - number * above_height, above_number + number, above_height + height)
            below = members.pop()
            members[-1] += below
    for (total, number, _), keys in zip(blocks, members, strict=True):
        y = total / number
        for key in keys:
            tops[key] = y
            y += heights[key] + _gap(key[1])


def _short(number: float) -> str:
    return f"{number:.1f}".removesuffix(".0")
