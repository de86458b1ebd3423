"""What a run that was read used, and what that costs: by the rules of ``pipelines runs --cost``."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from partitioned_pipelines.cli.runs.results.cost_report import amount_number, price_head
from partitioned_pipelines.lake.runs.usage import JobUsage
from partitioned_pipelines.operations.costs.run_cost import RunRecord, cost_of
from partitioned_pipelines.operations.lake_state.documents.lake import Prices
from partitioned_pipelines.operations.lake_state.documents.run import Cost

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from decimal import Decimal

    from partitioned_pipelines.cli.lake.runs.jobs import JobDescription
    from partitioned_pipelines.cli.lake.runs.timeline import StateAttempt
    from partitioned_pipelines.lake.runs.usage import RunUsage
    from partitioned_pipelines.operations.costs.price_list import PriceList


@dataclass(frozen=True)
class RunAmounts:
    """The usage of a run, and the amounts.

    Attributes
    ----------
    described
        SageMaker's descriptions of the jobs in the timeline, by name; None for those that it does not know.
    usages
        The usage in each receipt.
    transitions
        The estimated number of the execution's state transitions.
    """

    run_id: str
    timeline: Sequence[StateAttempt]
    described: Mapping[str, JobDescription | None]
    usages: Sequence[RunUsage]
    prices: PriceList | None
    failed: bool = False
    transitions: int = 0

    @cached_property
    def record(self) -> RunRecord:
        """The run, and what is known of its usage."""
        jobs = [
            JobUsage.of_description(each.state, job)
            for each in self.timeline
            if each.job and (job := self.described.get(each.job))
        ]
        return RunRecord(self.run_id, None, self.failed, self.usages, jobs, self.transitions)

    @cached_property
    def steps(self) -> dict[str, str]:
        """The steps of its jobs by the jobs' names: of those in the timeline, then of those that only a receipt knows."""
        found = {each.job: each.state for each in self.timeline if each.job}
        return found | {job.job_name: job.step for job in self.record.jobs if job.job_name not in found}

    def job(self, name: str) -> JobUsage | None:
        """Return what a job used; None if neither SageMaker nor a receipt knows it."""
        return next((job for job in self.record.jobs if job.job_name == name), None)

    def amount_of(self, job: JobUsage | None) -> Decimal | None:
        """Return what a job costs alone, with its volumes; None without prices, or if one or its duration is unknown."""
        alone = RunRecord(self.run_id, None, self.failed, other_jobs=[job]) if job else None
        return cost_of(alone, self.prices).amount if alone else None

    def total(self) -> Cost:
        """Return the whole run's."""
        cost = cost_of(self.record, self.prices)
        return Cost(
            instance_hours={name: round(hours, 6) for name, hours in sorted(cost.hours.items())},
            untimed_jobs=cost.untimed_jobs,
            amount=amount_number(cost.amount),
            unpriced=cost.unpriced,
            prices=Prices(**price_head(self.prices)) if self.prices else None,
        )
