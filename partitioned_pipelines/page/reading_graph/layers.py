"""The layers of a graph and the order in each: longest paths, places for long edges, and barycentres.

After Sugiyama, Tagawa and Toda, "Methods for Visual Understanding of Hierarchical System Structures" (1981).
The same graph gives the same layers, in whatever order its edges come.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_SWEEPS: Final = 8


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A card in its layer, or the place that a long edge takes in a layer on its way.

    Attributes
    ----------
    name
        The card's name, or the name of the one from which the edge comes.
    target
        The name of the card to which the edge leads; empty for a card.
    """

    name: str
    target: str = ""


@dataclass(frozen=True, slots=True)
class Layers:
    """A graph in layers.

    Attributes
    ----------
    layers
        The places of each layer, from top to bottom.
    chains
        The places of each edge, from its source to its target.
    """

    layers: tuple[tuple[Place, ...], ...]
    chains: Mapping[tuple[str, str], tuple[Place, ...]]


def arrange(names: Iterable[str], edges: Iterable[tuple[str, str]]) -> Layers:
    """Return the graph in layers.

    Parameters
    ----------
    names
        The names of the cards.
    edges
        From a source to a target, both of which are cards. Edges that close a circle, and those from a card to itself, get no chain.
    """
    cards = sorted(set(names))
    forward = _without_circles(cards, sorted({(a, b) for a, b in edges if a != b}))
    depth = _depths(cards, forward)
    layers: list[list[Place]] = [[] for _ in range(max(depth.values(), default=-1) + 1)]
    for card in cards:
        layers[depth[card]].append(Place(card))
    chains: dict[tuple[str, str], tuple[Place, ...]] = {}
    for source, target in forward:
        # One place for all edges of a source in a layer would join edges that part later; each has its own.
        passed = [Place(source, target) for _ in range(depth[source] + 1, depth[target])]
        for offset, place in enumerate(passed, depth[source] + 1):
            layers[offset].append(place)
        chains[source, target] = (Place(source), *passed, Place(target))
    return Layers(tuple(map(tuple, _ordered(layers, chains, depth))), chains)


def _without_circles(cards: Sequence[str], edges: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return the edges without those that lead back to a card on the way there, by a depth-first search."""
    targets: dict[str, list[str]] = defaultdict(list)
    for source, target in edges:
        targets[source].append(target)
    forward: list[tuple[str, str]] = []
    seen: set[str] = set()
    for root in cards:
        if root in seen:
            continue
        seen.add(root)
        way = {root: iter(targets[root])}
        while way:
            card, left = next(reversed(way.items()))
            for target in left:
                if target in way:
                    continue
                forward.append((card, target))
                if target not in seen:
                    seen.add(target)
                    way[target] = iter(targets[target])
                    break
            else:
                del way[card]
    return sorted(forward)


def _depths(cards: Sequence[str], edges: Sequence[tuple[str, str]]) -> dict[str, int]:
    """Return the length of the longest path to each card."""
    waiting = dict.fromkeys(cards, 0)
    targets: dict[str, list[str]] = defaultdict(list)
    for source, target in edges:
        waiting[target] += 1
        targets[source].append(target)
    depth = dict.fromkeys(cards, 0)
    ready = [card for card in cards if not waiting[card]]
    while ready:
        card = ready.pop()
        for target in targets[card]:
            depth[target] = max(depth[target], depth[card] + 1)
            waiting[target] -= 1
            if not waiting[target]:
                ready.append(target)
    return depth


def _ordered(
    layers: Sequence[Sequence[Place]], chains: Mapping[tuple[str, str], tuple[Place, ...]], depth: Mapping[str, int]
) -> list[list[Place]]:
    """Return the layers, each ordered by the mean position of its neighbours, in the order of several that crosses least."""
    before: dict[tuple[int, Place], list[Place]] = defaultdict(list)
    after: dict[tuple[int, Place], list[Place]] = defaultdict(list)
    for (source, _), chain in sorted(chains.items()):
        for offset, (left, right) in enumerate(pairwise(chain), depth[source]):
            after[offset, left].append(right)
            before[offset + 1, right].append(left)
    current = [sorted(layer) for layer in layers]
    best, least = [list(layer) for layer in current], _crossings(current, after)
    for sweep in range(_SWEEPS):
        if not least:
            break
        downwards = sweep % 2 == 0
        for offset in range(len(current)) if downwards else reversed(range(len(current))):
            beside = offset - 1 if downwards else offset + 1
            if 0 <= beside < len(current):
                at = {place: index for index, place in enumerate(current[beside])}
                neighbours = before if downwards else after
                _sort_by_mean(current[offset], {p: [at[n] for n in neighbours[offset, p]] for p in current[offset]})
        if (crossings := _crossings(current, after)) < least:
            best, least = [list(layer) for layer in current], crossings
    return best


def _sort_by_mean(layer: list[Place], positions: Mapping[Place, Sequence[int]]) -> None:
    """Sort a layer by the means of positions; places without any keep theirs."""
    mean = {
        place: sum(positions[place]) / len(positions[place]) if positions[place] else float(index)
        for index, place in enumerate(layer)
    }
    layer.sort(key=lambda place: mean[place])


def _crossings(layers: Sequence[Sequence[Place]], after: Mapping[tuple[int, Place], Sequence[Place]]) -> int:
    """Return the number of pairs of edges that cross between neighbouring layers."""
    total = 0
    for offset in range(len(layers) - 1):
        at = {place: index for index, place in enumerate(layers[offset + 1])}
        ends: list[int] = []
        for place in layers[offset]:
            ends += sorted(at[target] for target in after.get((offset, place), ()))
        total += _inversions(ends, len(at))
    return total


def _inversions(values: Sequence[int], size: int) -> int:
    """Return the number of pairs of which the first is larger, by a Fenwick tree."""
    tree = [0] * (size + 1)
    found = 0
    for count, value in enumerate(values):
        index, smaller_or_equal = value + 1, 0
        while index:
            smaller_or_equal += tree[index]
            index -= index & -index
        found += count - smaller_or_equal
        index = value + 1
        while index <= size:
            tree[index] += 1
            index += index & -index
    return found
