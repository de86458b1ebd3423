"""What the runs of a lake used and cost, by month and pipeline: by the rules of ``pipelines runs --cost``."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC
from typing import TYPE_CHECKING, Final

from partitioned_pipelines.cli.lake.kept_usage import KeptUsage
from partitioned_pipelines.cli.lake.lake_reader import CALLS_AT_ONCE, StoppedError, never
from partitioned_pipelines.cli.lake.problems import FAILURES, problem_of
from partitioned_pipelines.cli.runs.executions.execution_list import list_executions
from partitioned_pipelines.cli.runs.published_table import address_of_table
from partitioned_pipelines.cli.runs.results.cost_report import price_head
from partitioned_pipelines.cli.runs.results.run_costs import ListedRun, read_records
from partitioned_pipelines.lake.intervals.instants import compact_instant
from partitioned_pipelines.lake.runs.run_facts import started_at_of
from partitioned_pipelines.operations.costs.run_cost import cost_of
from partitioned_pipelines.operations.lake_state.documents.lake import Prices
from partitioned_pipelines.operations.lake_state.month_costs import costs_by_month
from partitioned_pipelines.runtime.history.receipts import Receipt, list_receipts, read_receipt

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from partitioned_pipelines.cli.lake.lake_reader import PipelineReader
    from partitioned_pipelines.operations.costs.price_list import PriceList
    from partitioned_pipelines.operations.costs.run_cost import RunRecord
    from partitioned_pipelines.operations.lake_state.documents.lake import Cost, Lake, Problem
    from partitioned_pipelines.runtime.executions.execution import Execution
    from partitioned_pipelines.runtime.history.table_address import TableAddress
    from partitioned_pipelines.spec import Pipeline

MONTHS: Final = 7
"""The number of months: this one, and six to compare it with."""


@dataclass(frozen=True)
class LakeCosts:
    """What runs cost.

    Attributes
    ----------
    cost
        By month and pipeline.
    prices
        The list of prices; None if there are no amounts.
    errors
        What could not be read: the costs of these pipelines are left out.
    """

    cost: Mapping[str, Mapping[str, Cost]]
    prices: Prices | None = None
    errors: tuple[Problem, ...] = ()

    def added_to(self, lake: Lake) -> Lake:
        """Return a lake's read model with these costs."""
        errors = tuple(error for error in self.errors if error not in lake.errors)
        return replace(lake, cost=self.cost, no_cost=None, prices=self.prices, errors=(*lake.errors, *errors))


def read_costs(
    reader: PipelineReader,
    pipelines: Sequence[Pipeline],
    prices: PriceList | None,
    *,
    stopped: Callable[[], bool] = never,
) -> LakeCosts:
    """Read what the runs of the last months cost, one pipeline after the other. Runs that have ended are read once.

    Parameters
    ----------
    prices
        The list of prices; None returns seconds without amounts.
    stopped
        Whether to stop.

    Raises
    ------
    StoppedError
        If reading was stopped.
    """
    since = _first_month(reader.now)
    costs, errors = {}, []
    for pipeline in pipelines:
        if stopped():
            raise StoppedError
        try:
            costs[pipeline.name] = [cost_of(record, prices) for record in _records(reader, pipeline, since)]
        except FAILURES as error:
            errors.append(problem_of(pipeline.name, error))
    return LakeCosts(costs_by_month(costs), Prices(**price_head(prices)) if prices else None, tuple(errors))


def _first_month(now: datetime) -> datetime:
    months = now.astimezone(UTC).year * 12 + now.astimezone(UTC).month - MONTHS
    return now.astimezone(UTC).replace(
        year=months // 12, month=months % 12 + 1, day=1, hour=0, minute=0, second=0, microsecond=0
    )


@dataclass
class _FoundRun:
    """A run, with the receipts that list its usage: a table each."""

    execution: Execution | None
    receipts: list[tuple[TableAddress, str]]

    @property
    def state(self) -> str:
        """A string that changes if the run is retried, or leaves another receipt."""
        ended = f"{self.execution.status} {self.execution.revision}" if self.execution else "forgotten"
        return f"{ended} {len(self.receipts)}"


def _records(reader: PipelineReader, pipeline: Pipeline, since: datetime) -> list[RunRecord]:
    outputs = reader.outputs_of(pipeline)
    if outputs is None or reader.bucket is None:
        return []
    runs = _runs(reader, pipeline, outputs, since)
    kept = KeptUsage(reader.kept / f"{pipeline.name}.usage.json")
    found = {run_id: record for run_id, run in runs.items() if (record := kept.find(run_id, run.state))}
    unknown = {run_id: run for run_id, run in runs.items() if run_id not in found}
    with ThreadPoolExecutor(CALLS_AT_ONCE) as pool:
        listed = list(pool.map(lambda entry: _listed(reader, *entry), unknown.items()))
    for record in read_records(reader.cloud.sagemaker, pipeline, outputs, listed) if listed else ():
        run = unknown[record.run_id]
        found[record.run_id] = record
        if not (run.execution and run.execution.runs) and all(job.seconds is not None for job in record.jobs):
            kept.keep(record, run.state)
    kept.save()
    return [found[run_id] for run_id in runs]


def _runs(
    reader: PipelineReader, pipeline: Pipeline, outputs: Mapping[str, str], since: datetime
) -> dict[str, _FoundRun]:
    runs: dict[str, _FoundRun] = {}
    for execution in list_executions(reader.cloud, outputs):
        if execution.started_at < since:
            break
        runs[execution.run_id] = _FoundRun(execution, [])
    for table in pipeline.tables:
        if table.registration != "lambda":
            continue
        address = address_of_table(reader.bucket or "", table)
        for receipt in list_receipts(reader.cloud.s3, address.receipts, after=compact_instant(since)):
            run_id = receipt.key.rpartition("/")[2].removesuffix(".json")
            if started_at_of(run_id):  # not a rollback's, or a drop's
                runs.setdefault(run_id, _FoundRun(None, [])).receipts.append((address, receipt.key))
    return runs


def _listed(reader: PipelineReader, run_id: str, run: _FoundRun) -> ListedRun:
    receipts = [read_receipt(reader.cloud.s3, address, key) for address, key in run.receipts]
    read = [receipt for receipt in receipts if isinstance(receipt, Receipt) and receipt.kind == "run"]
    execution = run.execution
    return ListedRun(
        run_id,
        execution.started_at if execution else started_at_of(run_id),
        execution.status if execution else None,
        execution.failed if execution else not read,
        tuple(receipt.usage for receipt in read if receipt.usage),
    )
