"""The cost of a run: its usage, and the amount at the prices of a list."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from partitioned_pipelines.lake.runs.usage import JobUsage, RunUsage
    from partitioned_pipelines.operations.costs.price_list import PriceList

_HOUR_SECONDS = 3600
# AWS bills a GB-month by the hours of a month of 730: https://aws.amazon.com/ebs/pricing/
_MONTH_SECONDS = 730 * _HOUR_SECONDS
_MB_PER_GB = 1024
_BYTES_PER_TB = 10**12


@dataclass(frozen=True, slots=True)
class RunRecord:
    """A run, and what is known of its usage.

    Attributes
    ----------
    failed
        Whether it did not succeed; it then has no receipt.
    usages
        The usage in the receipt of each of its tables; empty if receipts do not say it.
    other_jobs
        The jobs of the run that no receipt lists: of a run without a receipt, and failed attempts of steps.
    transitions
        The number of the execution's state transitions, estimated; 0 under SageMaker Pipelines.
    """

    run_id: str
    started_at: datetime | None
    failed: bool
    usages: Sequence[RunUsage] = ()
    other_jobs: Sequence[JobUsage] = ()
    transitions: int = 0

    @property
    def jobs(self) -> list[JobUsage]:
        """All jobs of the run, each once: SageMaker's description of a job that had not ended is newer than the receipt's."""
        listed = [job for usage in self.usages for job in usage.jobs or ()]
        return list({job.job_name: job for job in (*listed, *self.other_jobs)}.values())


@dataclass(frozen=True, slots=True)
class RunCost:
    """The usage of a run in billed units, and its amount.

    Attributes
    ----------
    hours
        The instance-hours by type of instance.
    untimed_jobs
        The number of jobs whose duration is unknown; they are not in the hours.
    amount
        None without prices, and if a price or a duration that it needs is unknown: nothing is guessed.
    unpriced
        What the list has no price for, such as a type of instance.
    """

    record: RunRecord
    hours: Mapping[str, float]
    untimed_jobs: int
    amount: Decimal | None
    unpriced: tuple[str, ...]

    @property
    def total_hours(self) -> float:
        """The instance-hours of all types."""
        return sum(self.hours.values())


def cost_of(record: RunRecord, prices: PriceList | None) -> RunCost:
    """Return the cost of a run."""
    hours: defaultdict[str, float] = defaultdict(float)
    units: defaultdict[str, Decimal] = defaultdict(Decimal)
    untimed = 0
    for job in record.jobs:
        if job.seconds is None:
            untimed += 1
            continue
        seconds = job.seconds * job.instance_count
        hours[job.instance_type] += seconds / _HOUR_SECONDS
        units["volume_gb_month"] += Decimal(seconds) * job.volume_gb / _MONTH_SECONDS
    for usage in record.usages:
        for function in usage.functions:
            gb_seconds = Decimal(function.memory_mb) / _MB_PER_GB * function.milliseconds / 1000
            units["lambda_gb_second"] += gb_seconds
            units["lambda_request"] += function.calls
        units["s3_put"] += (
            usage.requests.s3_put + usage.requests.s3_list
        )  # one price: https://aws.amazon.com/s3/pricing/
        units["s3_get"] += usage.requests.s3_get
        units["athena_tb"] += Decimal(usage.athena_bytes or 0) / _BYTES_PER_TB
    units["states_transition"] += record.transitions
    if prices is None:
        return RunCost(record, dict(hours), untimed, None, ())
    used = {f"an hour of {name}": (Decimal(each), prices.processing_hour.get(name)) for name, each in hours.items()}
    used |= {name: (amount, prices.units[name]) for name, amount in units.items() if amount}
    unpriced = tuple(name for name, (_, price) in used.items() if price is None)
    amount = sum((quantity * price for quantity, price in used.values() if price is not None), Decimal())
    return RunCost(record, dict(hours), untimed, None if unpriced or untimed else amount, unpriced)


def estimated_transitions(steps: int, tables: int) -> int:
    """Return about how many state transitions a successful run has: its states, each entered once."""
    return 6 + 2 * steps + 2 * tables
