"""Runs that publish days of a table at given times, and manual changes of the table."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

from partitioned_pipelines.lake.key_layout import lease_key, receipts_prefix
from partitioned_pipelines.operations.rollback import PartitionSelection, Rollback
from partitioned_pipelines.runtime.history.reader import HistoryReader
from partitioned_pipelines.runtime.history.table_address import TableAddress
from partitioned_pipelines.runtime.lease import hold_lease
from partitioned_pipelines.runtime.registration.registration import register_partitions

if TYPE_CHECKING:
    from partitioned_pipelines.operations.operation import HoldLease
    from partitioned_pipelines.runtime.history.table_history import TableHistory
    from tests.moto_lake import Lake

START = datetime(2026, 11, 1, tzinfo=UTC)
DAY = timedelta(days=1)
RECEIPTS = receipts_prefix("analytics", "features")


class Clock:
    """A clock that advances only on request."""

    def __init__(self, moment: datetime = START) -> None:
        self.moment = moment

    def __call__(self) -> datetime:
        return self.moment

    def sleep(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)


def lease_of(lake: Lake, clock: Clock) -> HoldLease:
    key = lease_key("analytics", "features")
    return lambda: hold_lease(lake.s3, "lake", key, "a test", now=clock, sleep=clock.sleep)


def address(lake: Lake) -> TableAddress:
    return TableAddress("lake", "analytics", "features", lake.layout)


def prepare_rollback(
    lake: Lake, *partitions: str, to: str | None = None, clock: Clock | None = None, lease: HoldLease | None = None
) -> Rollback:
    """Return a rollback, by default ten days after the first run."""
    clock = clock or Clock(START + 10 * DAY)
    selection = PartitionSelection.parse(partitions, [key["name"] or "" for key in lake.keys])
    return Rollback(lake.s3, lake.glue, address(lake), selection, to, lease or lease_of(lake, clock), clock)


def read(lake: Lake) -> TableHistory:
    return HistoryReader(lake.s3, lake.glue, address(lake)).read()


def publish(lake: Lake, run: str, start: datetime, *days: int, at: datetime | None = None) -> dict[str, Any]:
    """Write days of January as a run, and register them at a time."""
    for day in days:
        lake.write(f"dt=2026-01-{day:02}/a.csv", run=run, body=f"{run},{day}\n".encode())
    moment = at or start
    answer = register_partitions(
        lake.event(run, start), lake.s3, lake.glue, now=lambda: moment, sleep=lake.slept.append
    )
    return cast("dict[str, Any]", answer)


def point(lake: Lake, day: int, location: str) -> None:
    """Point a partition elsewhere, as a manual edit."""
    values = [f"2026-01-{day:02}"]
    there = lake.partitions()[tuple(values)]
    lake.glue.update_partition(
        DatabaseName="analytics",
        TableName="features",
        PartitionValueList=values,
        PartitionInput={
            "Values": values,
            "StorageDescriptor": {**there["StorageDescriptor"], "Location": location},
            "Parameters": there["Parameters"],
        },
    )


def shown(lake: Lake) -> dict[int, str]:
    """Return the run whose files each day of January shows."""
    return {
        int(values[0][-2:]): location.removeprefix(lake.location).partition("/")[0]
        for values, location in lake.locations().items()
    }


def keys_of(lake: Lake, run: str) -> list[str]:
    return [key for key in lake.object_keys() if f"/runs/{run}/" in key]
