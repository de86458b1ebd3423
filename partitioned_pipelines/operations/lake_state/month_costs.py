"""What runs cost, by month and pipeline."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC
from typing import TYPE_CHECKING

from partitioned_pipelines.operations.costs.totals import total_of
from partitioned_pipelines.operations.lake_state.documents.lake import Cost

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from partitioned_pipelines.operations.costs.run_cost import RunCost

_HOUR_SECONDS = 3600


def costs_by_month(costs: Mapping[str, Iterable[RunCost]]) -> dict[str, dict[str, Cost]]:
    """Return the costs of each month in which a run started, the newest first, by pipeline.

    Parameters
    ----------
    costs
        The costs of runs by pipeline. Those whose start is unknown are left out.
    """
    months: defaultdict[str, dict[str, list[RunCost]]] = defaultdict(dict)
    for pipeline, of_runs in costs.items():
        for cost in of_runs:
            if cost.record.started_at:
                month = cost.record.started_at.astimezone(UTC).strftime("%Y-%m")
                months[month].setdefault(pipeline, []).append(cost)
    return {
        month: {pipeline: _cost(each) for pipeline, each in sorted(by_pipeline.items())}
        for month, by_pipeline in sorted(months.items(), reverse=True)
    }


def _cost(costs: list[RunCost]) -> Cost:
    total = total_of(costs)
    return Cost(
        runs=total.runs,
        seconds=round(total.hours * _HOUR_SECONDS, 3),
        amount=None if total.amount is None else float(round(total.amount, 6)),
        without_amount=total.without_amount,
    )
