"""The page of costs: what the jobs of each pipeline used and cost by month, and which months are unusual."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Final

from partitioned_pipelines.page.rendering import render
from partitioned_pipelines.page.wording import duration, listed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from markupsafe import Markup

    from partitioned_pipelines.operations.lake_state.documents.lake import Cost, Lake, Prices
    from partitioned_pipelines.page.links import Links

BAR_WIDTH: Final = 72
_MONTHS: Final = 6
_UNUSUAL: Final = 1.5


@dataclass(frozen=True, slots=True)
class Cell:
    """A month of a pipeline.

    Attributes
    ----------
    width
        The width of its bar.
    unusual
        Whether it is above 1.5 times the median of the six months before.
    """

    text: str
    width: float
    unusual: bool


@dataclass(frozen=True, slots=True)
class CostRow:
    """A pipeline, and its months."""

    name: str
    cells: tuple[Cell, ...]


def cost_page(lake: Lake, links: Links, prices: Prices | None) -> Markup:
    """Return the content of the page."""
    found = lake.cost or {}
    months = sorted(found)[-_MONTHS:]
    local = lake.target == "local"
    priced = not local and any(each.amount is not None for month in found.values() for each in month.values())
    names = sorted({name for month in months for name in found[month]})
    rows = [_row(name, months, found, priced=priced) for name in names]
    return render(
        "cost_page.html",
        lake=lake,
        links=links,
        local=local,
        priced=priced,
        prices=prices,
        months=months,
        rows=_scaled(rows, found, months, priced=priced),
        totals=[_total(found[month], priced=priced) for month in months],
        sentence=_sentence(found, months, prices, priced=priced),
        unusual=_unusual(rows, months),
        width=BAR_WIDTH,
    )


def _value(cost: Cost | None, *, priced: bool) -> float:
    if cost is None:
        return 0.0
    return (cost.amount or 0.0) if priced else cost.seconds


def _text(cost: Cost | None, *, priced: bool) -> str:
    if cost is None:
        return "–"
    if not priced:
        return duration(cost.seconds)
    return f"{cost.amount:,.2f}" if cost.amount is not None else f"{duration(cost.seconds)}, no price"


def _row(name: str, months: Sequence[str], found: Mapping[str, Mapping[str, Cost]], *, priced: bool) -> CostRow:
    everything = sorted(found)
    cells = []
    for month in months:
        at = everything.index(month)
        before = [_value(found[each].get(name), priced=priced) for each in everything[max(0, at - _MONTHS) : at]]
        cost = found[month].get(name)
        usual = median(before) if before else 0.0
        unusual = bool(usual) and _value(cost, priced=priced) > _UNUSUAL * usual
        cells.append(Cell(_text(cost, priced=priced), 0.0, unusual))
    return CostRow(name, tuple(cells))


def _scaled(
    rows: Sequence[CostRow], found: Mapping[str, Mapping[str, Cost]], months: Sequence[str], *, priced: bool
) -> list[CostRow]:
    values = {(row.name, month): _value(found[month].get(row.name), priced=priced) for row in rows for month in months}
    most = max(values.values(), default=0.0) or 1.0
    return [
        CostRow(
            row.name,
            tuple(
                Cell(cell.text, round(BAR_WIDTH * values[row.name, month] / most, 1), cell.unusual)
                for cell, month in zip(row.cells, months, strict=True)
            ),
        )
        for row in rows
    ]


def _total(month: Mapping[str, Cost], *, priced: bool) -> str:
    value = sum(_value(each, priced=priced) for each in month.values())
    return f"{value:,.2f}" if priced else duration(value)


def _sentence(
    found: Mapping[str, Mapping[str, Cost]], months: Sequence[str], prices: Prices | None, *, priced: bool
) -> str:
    if not months:
        return ""
    total = _total(found[months[-1]], priced=priced)
    unit = f" {prices.currency}" if priced and prices else ""
    estimated = ", estimated" if priced else " of machines"
    return f"{months[-1]} so far: {total}{unit}{estimated}."


def _unusual(rows: Sequence[CostRow], months: Sequence[str]) -> str:
    """Return the unusual months in words; empty if there are none."""
    found = [
        f"{row.name} in {month}" for row in rows for month, cell in zip(months, row.cells, strict=True) if cell.unusual
    ]
    return f"More than {_UNUSUAL} times the median of the six months before: {listed(found)}." if found else ""
