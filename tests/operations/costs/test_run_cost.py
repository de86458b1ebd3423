"""Tests of the cost of a run, and of totals by month."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from partitioned_pipelines.lake.runs.usage import FunctionUsage, JobUsage, RequestCounts, RunUsage
from partitioned_pipelines.operations.costs.run_cost import RunRecord, cost_of, estimated_transitions
from partitioned_pipelines.operations.costs.totals import Total, by_month
from tests.operations.costs.priced import DOCUMENT, price_list

if TYPE_CHECKING:
    from collections.abc import Sequence

START = datetime(2026, 11, 29, tzinfo=UTC)
HOUR = timedelta(hours=1)


def job(
    name: str = "j", kind: str = "ml.m5.xlarge", count: int = 1, hours: float | None = 1.0, gb: int = 0
) -> JobUsage:
    ended = None if hours is None else START + hours * HOUR
    return JobUsage("x", name, kind, count, gb, START, ended)


def record(
    *jobs: JobUsage, usages: Sequence[RunUsage] = (), failed: bool = False, started: datetime = START
) -> RunRecord:
    return RunRecord("r", started, failed, tuple(usages), jobs)


def test_a_run_costs_its_instance_hours() -> None:
    cost = cost_of(record(job("a", count=2, hours=1.5), job("b", "ml.t3.medium", hours=0.5)), price_list())
    assert cost.hours == {"ml.m5.xlarge": 3.0, "ml.t3.medium": 0.5}
    assert cost.total_hours == 3.5
    assert cost.amount == 3 * Decimal("0.36") + Decimal("0.5") * Decimal("0.072")


def test_each_kind_of_usage_has_its_price() -> None:
    """By hand, at the round prices of the list."""
    usage = RunUsage(
        (job(gb=1000, hours=7.3),),
        (FunctionUsage("f", 512, "arm64", 2, 4000),),
        RequestCounts(s3_list=3, s3_get=5, s3_put=4, s3_delete=9, glue=9),
        athena_bytes=2 * 10**11,
    )
    cost = cost_of(replace(record(usages=[usage]), transitions=10), price_list())
    instances = Decimal("7.3") * Decimal("0.36")
    volumes = Decimal("7.30")  # 1,000 GB for a hundredth of a month
    functions = Decimal("0.002") + Decimal("0.02")  # 2 GB-seconds, 2 requests
    requests = 7 * Decimal("0.002") + 5 * Decimal("0.0002")
    assert cost.amount is not None
    assert float(cost.amount) == pytest.approx(
        float(instances + volumes + functions + requests + Decimal(1) + Decimal("0.001"))
    )


def test_without_prices_there_are_hours_alone() -> None:
    cost = cost_of(record(job()), None)
    assert (cost.total_hours, cost.amount, cost.unpriced) == (1.0, None, ())


def test_an_instance_type_without_a_price_is_not_guessed() -> None:
    cost = cost_of(record(job("a"), job("b", "ml.p5.48xlarge")), price_list())
    assert (cost.total_hours, cost.amount, cost.unpriced) == (2.0, None, ("an hour of ml.p5.48xlarge",))


def test_a_price_that_is_null_matters_only_if_it_is_needed() -> None:
    usage = RunUsage((), (FunctionUsage("f", 1024, "arm64", 1, 1000),))
    assert cost_of(record(usages=[usage]), price_list(lambda_request=None)).unpriced == ("lambda_request",)
    assert cost_of(record(usages=[usage]), price_list(athena_tb=None)).amount == Decimal("0.011")


def test_a_job_without_times_leaves_the_amount_unknown() -> None:
    cost = cost_of(record(job("a"), job("b", hours=None)), price_list())
    assert (cost.total_hours, cost.untimed_jobs, cost.amount) == (1.0, 1, None)


def test_a_job_counts_once_and_as_sagemaker_describes_it() -> None:
    usage = RunUsage((job("a"), job("b", hours=None)))
    cost = cost_of(RunRecord("r", START, failed=False, usages=[usage], other_jobs=[job("b", hours=2.0)]), price_list())
    assert (cost.total_hours, cost.untimed_jobs) == (3.0, 0)


_KINDS = st.sampled_from(["ml.m5.xlarge", "ml.t3.medium"])


@given(st.lists(st.tuples(_KINDS, st.integers(1, 20), st.integers(0, 10**6), st.integers(1, 1000)), max_size=5))
def test_the_amount_is_the_sum_of_usage_times_price(jobs: list[tuple[str, int, int, int]]) -> None:
    made = [
        JobUsage("x", str(number), kind, count, gb, START, START + timedelta(seconds=seconds))
        for number, (kind, count, seconds, gb) in enumerate(jobs)
    ]
    cost = cost_of(record(*made), price_list())
    expected = sum(
        (
            Fraction(str(DOCUMENT["processing_hour"][kind])) * count * seconds / 3600
            + Fraction(str(DOCUMENT["volume_gb_month"])) * gb * count * seconds / (730 * 3600)
            for kind, count, seconds, gb in jobs
        ),
        Fraction(),
    )
    assert cost.amount is not None
    assert float(cost.amount) == pytest.approx(float(expected))
    assert cost.total_hours == pytest.approx(sum(count * seconds for _, count, seconds, _ in jobs) / 3600)


@given(st.lists(st.tuples(st.integers(0, 400), st.booleans(), _KINDS), max_size=20))
def test_months_add_up_to_all_runs(runs: list[tuple[int, bool, str]]) -> None:
    costs = [
        cost_of(record(job(kind=kind), failed=failed, started=START + timedelta(days=day)), price_list())
        for day, failed, kind in runs
    ]
    months = by_month(costs)
    assert [each.month for each in months] == sorted({each.month for each in months}, reverse=True)
    assert sum(each.succeeded_or_running.runs + each.failed.runs for each in months) == len(costs)
    assert sum(each.failed.runs for each in months) == sum(failed for _, failed, _ in runs)
    total = sum(
        (each.amount or Decimal() for month in months for each in (month.succeeded_or_running, month.failed)), Decimal()
    )
    assert total == sum((cost.amount or Decimal() for cost in costs), Decimal())


def test_a_month_is_that_of_the_start_in_utc() -> None:
    costs = [
        cost_of(record(job(), started=datetime(2026, 11, 30, 23, 59, tzinfo=UTC)), price_list()),
        cost_of(record(job(), started=datetime(2026, 12, 1, tzinfo=UTC), failed=True), price_list()),
        cost_of(record(job(hours=None), started=datetime(2026, 12, 1, tzinfo=UTC), failed=True), price_list()),
    ]
    december, november = by_month(costs)
    assert (november.month, november.succeeded_or_running) == ("2026-11", Total(1, 1.0, Decimal("0.36"), 0))
    assert (december.month, december.failed) == ("2026-12", Total(2, 1.0, Decimal("0.36"), 1))
    assert december.succeeded_or_running == Total(0, 0, None, 0)


def test_transitions_are_estimated_by_steps_and_tables() -> None:
    assert estimated_transitions(3, 1) == 14
