"""The costs of runs, added up by month: failed runs apart."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from partitioned_pipelines.operations.costs.run_cost import RunCost


@dataclass(frozen=True, slots=True)
class Total:
    """A sum over runs.

    Attributes
    ----------
    hours
        The instance-hours.
    amount
        The sum of the known amounts; None if none is known.
    without_amount
        The number of runs whose amount is unknown.
    """

    runs: int
    hours: float
    amount: Decimal | None
    without_amount: int


@dataclass(frozen=True, slots=True)
class MonthCosts:
    """The costs of a month, in UTC: of its failed runs, and of all others."""

    month: str
    succeeded_or_running: Total
    failed: Total


def total_of(costs: Sequence[RunCost]) -> Total:
    """Add up the costs of runs."""
    amounts = [cost.amount for cost in costs if cost.amount is not None]
    return Total(
        len(costs),
        sum(cost.total_hours for cost in costs),
        sum(amounts, Decimal()) if amounts else None,
        len(costs) - len(amounts),
    )


def by_month(costs: Iterable[RunCost]) -> list[MonthCosts]:
    """Return the costs of each month in which a run started, the newest first."""
    months: defaultdict[str, list[RunCost]] = defaultdict(list)
    for cost in costs:
        started = cost.record.started_at
        months[started.astimezone(UTC).strftime("%Y-%m") if started else ""].append(cost)
    return [
        MonthCosts(
            month,
            total_of([cost for cost in each if not cost.record.failed]),
            total_of([cost for cost in each if cost.record.failed]),
        )
        for month, each in sorted(months.items(), reverse=True)
    ]
