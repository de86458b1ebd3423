"""The graph: no two cards overlap, no edge crosses a card that is not its end, and the same graph gives the same drawing."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from partitioned_pipelines.page.reading_graph.drawing import Card, Edge, draw
from partitioned_pipelines.page.reading_graph.picture import MOST_CARDS, neighbourhood_of, picture_of
from tests.page.lakes import lake_of, pipeline, simulated, table

if TYPE_CHECKING:
    from random import Random

    from partitioned_pipelines.page.reading_graph.drawing import PlacedCard, PlacedEdge


@st.composite
def graphs(draw_: st.DrawFn) -> tuple[list[Card], list[Edge]]:
    """Return cards and edges between them, in both directions."""
    lines = draw_(st.lists(st.integers(1, 4), min_size=1, max_size=14))
    cards = [Card(f"p{at}", f"p{at}", tuple(f"db.t{at}_{line}" for line in range(n))) for at, n in enumerate(lines)]
    ends = st.tuples(st.integers(0, len(cards) - 1), st.integers(0, len(cards) - 1))
    pairs = draw_(st.lists(ends, max_size=3 * len(cards)))
    return cards, [Edge(f"p{a}", (a + b) % lines[a], f"p{b}") for a, b in pairs if a != b]


def points_of(edge: PlacedEdge) -> list[tuple[float, float]]:
    """Return points along an edge, from its path: curves as 20 straight pieces."""
    x, y = map(float, edge.d[1:].partition("C")[0].split())
    found = [(x, y)]
    for command, numbers in re.findall(r"([CH])([-0-9. ]+)", edge.d):
        values = [float(each) for each in numbers.split()]
        if command == "H":
            x = values[0]
            found.append((x, y))
            continue
        x1, y1, x2, y2, to_x, to_y = values
        for step in range(1, 21):
            t = step / 20
            s = 1 - t
            found.append(
                (
                    s**3 * x + 3 * s * s * t * x1 + 3 * s * t * t * x2 + t**3 * to_x,
                    s**3 * y + 3 * s * s * t * y1 + 3 * s * t * t * y2 + t**3 * to_y,
                )
            )
        x, y = to_x, to_y
    return found


def crosses(edge: PlacedEdge, card: PlacedCard) -> bool:
    """Return whether a piece of an edge has a point inside a card."""
    points = points_of(edge)
    for (x, y), (to_x, to_y) in pairwise(points):
        for step in range(11):
            px, py = x + (to_x - x) * step / 10, y + (to_y - y) * step / 10
            if card.x < px < card.x + card.width and card.y < py < card.y + card.height:
                return True
    return False


def overlap(one: PlacedCard, other: PlacedCard) -> bool:
    return (
        one.x < other.x + other.width
        and other.x < one.x + one.width
        and one.y < other.y + other.height
        and other.y < one.y + one.height
    )


@settings(deadline=None)
@given(graphs())
def test_no_two_cards_overlap_and_all_are_inside(graph: tuple[list[Card], list[Edge]]) -> None:
    drawing = draw(*graph)
    assert {each.card for each in drawing.cards} == set(graph[0])
    for at, one in enumerate(drawing.cards):
        assert not [other for other in drawing.cards[at + 1 :] if overlap(one, other)]
        assert one.x >= 0
        assert one.y >= 0
        assert one.x + one.width <= drawing.width
        assert one.y + one.height <= drawing.height


@settings(deadline=None)
@given(graphs())
def test_an_edge_leaves_from_its_table_ends_at_its_reader_and_crosses_no_card(
    graph: tuple[list[Card], list[Edge]],
) -> None:
    drawing = draw(*graph)
    placed = {each.card.name: each for each in drawing.cards}
    for edge in drawing.edges:
        source, target = placed[edge.edge.source], placed[edge.edge.target]
        assert source.x + source.width < target.x
        assert edge.points[0] == (source.x + source.width, source.line_y(edge.edge.line))
        assert edge.points[-1][0] == target.x
        assert target.y < edge.points[-1][1] < target.y + target.height
        assert not [card.card.name for card in drawing.cards if crosses(edge, card)]


@settings(deadline=None)
@given(graphs(), st.randoms())
def test_the_same_graph_gives_the_same_drawing(graph: tuple[list[Card], list[Edge]], chance: Random) -> None:
    cards, edges = graph
    other_cards, other_edges = list(cards), list(edges)
    chance.shuffle(other_cards)
    chance.shuffle(other_edges)
    assert draw(other_cards, other_edges) == draw(cards, edges)


@settings(deadline=None)
@given(graphs())
def test_only_edges_that_close_a_circle_are_not_drawn(graph: tuple[list[Card], list[Edge]]) -> None:
    cards, edges = graph
    drawing = draw(cards, edges)
    drawn = {each.edge for each in drawing.edges}
    targets: dict[str, set[str]] = {}
    for edge in drawn:
        targets.setdefault(edge.source, set()).add(edge.target)
    for edge in set(edges) - drawn:
        assert reaches(edge.target, edge.source, targets), edge


def reaches(name: str, wanted: str, targets: dict[str, set[str]]) -> bool:
    found, left = {name}, [name]
    while left:
        new = targets.get(left.pop(), set()) - found
        found |= new
        left += new
    return wanted in found


def test_a_long_edge_passes_beside_the_card_between() -> None:
    cards = [Card(name, name, (f"db.{name}",)) for name in "abc"]
    drawing = draw(cards, [Edge("a", 0, "b"), Edge("b", 0, "c"), Edge("a", 0, "c")])
    long = next(each for each in drawing.edges if (each.edge.source, each.edge.target) == ("a", "c"))
    between = next(each for each in drawing.cards if each.card.name == "b")
    (y,) = {y for x, y in long.points if x in (between.x, between.x + between.width)}
    assert not between.y <= y <= between.y + between.height


def test_a_chain_is_straight_and_short() -> None:
    drawing = draw([Card(name, name, ("db.t",)) for name in "abc"], [Edge("a", 0, "b"), Edge("b", 0, "c")])
    assert len({each.y for each in drawing.cards}) == 1


def test_edges_from_tables_that_are_not_all_right_are_bad() -> None:
    picture = picture_of(simulated().lake)
    assert {(edge.source, edge.target) for edge in picture.bad} == {
        ("flights", "flights_quality"),
        ("flights", "delays_by_day"),
        ("delays_by_day", "delay_model"),
    }


def test_a_large_lake_shows_what_needs_somebody_and_its_neighbours() -> None:
    chains = [
        each
        for at in range(40)
        for each in (
            pipeline(f"a{at:02}", table(f"a.t{at:02}", "ttf" if at == 7 else "ttt")),
            pipeline(f"b{at:02}", table(f"b.t{at:02}", "ttm" if at == 7 else "ttt"), reads=(f"a.t{at:02}",)),
        )
    ]
    lake = lake_of(*chains)
    assert len(lake.pipelines) > MOST_CARDS
    picture = picture_of(lake)
    assert [each.card.name for each in picture.drawing.cards] == ["a07", "b07"]
    assert picture.left_out == 78


def test_a_neighbourhood_has_the_steps_that_were_asked_for() -> None:
    lake = simulated().lake
    near, far = (neighbourhood_of(lake, "delays_by_day", steps) for steps in (1, 2))
    names = {"delays_by_day", "flights", "weather", "delay_model"}
    assert {each.card.name for each in near.drawing.cards} == names
    assert {each.card.name for each in far.drawing.cards} == names | {"flights_quality"}


def test_a_pipeline_that_reads_its_own_table_is_a_card_without_an_edge() -> None:
    picture = picture_of(lake_of(pipeline("a", table("db.a", "t"), reads=("db.a",))))
    assert (len(picture.drawing.cards), picture.drawing.edges) == (1, ())
    assert picture.readers[0].read_by == ("a",)
