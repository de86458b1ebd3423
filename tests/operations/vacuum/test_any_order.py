"""Tests of operations on a table in any order: readers see data, the receipts agree on what is live, vacuum keeps all live runs."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config
from hypothesis import given, settings
from hypothesis import strategies as st
from moto import mock_aws

from partitioned_pipelines.operations.doctor import accept_dropped, rebuild_catalog
from partitioned_pipelines.operations.operation import OperationRefusedError
from partitioned_pipelines.operations.rollback import PartitionSelection, Rollback
from partitioned_pipelines.operations.vacuum import Vacuum
from tests.moto_lake import REGION, Lake
from tests.operations.vacuum.preparation import KnownExecutions
from tests.runtime.registration.published_runs import (
    START,
    Clock,
    address,
    keys_of,
    lease_of,
    publish,
    read,
    shown,
)

if TYPE_CHECKING:
    from collections.abc import Callable

HOUR = timedelta(hours=1)
DAYS = st.sets(st.integers(1, 4), min_size=1, max_size=3)

Step = tuple[str, frozenset[int], int]
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["run", "run", "late run", "roll back", "roll back to", "drop", "destroy", "vacuum"]),
        DAYS.map(frozenset),
        st.integers(0, 5),
    ),
    min_size=3,
    max_size=12,
)


class Table:
    """A table, an advancing clock, and the operations on the table."""

    def __init__(self, lake: Lake) -> None:
        self.lake = lake
        self.clock = Clock(START)
        self.runs = 0

    def do(self, step: Step) -> None:
        """Perform a step, an hour after the previous one."""
        name, days, number = step
        self.clock.sleep(3600)
        steps: dict[str, Callable[[], None]] = {
            "run": lambda: self.run(days, late=timedelta(0)),
            "late run": lambda: self.run(days, late=HOUR * (1.5 + number)),
            "roll back": lambda: self.roll_back(days, None),
            "roll back to": lambda: self.roll_back(days, f"r{number}"),
            "drop": lambda: self.drop(days),
            "destroy": self.destroy,
            "vacuum": lambda: self.vacuum(HOUR * number),
        }
        steps[name]()

    def run(self, days: frozenset[int], *, late: timedelta) -> None:
        publish(self.lake, f"r{self.runs}", self.clock() - late, *sorted(days), at=self.clock())
        self.runs += 1

    def roll_back(self, days: frozenset[int], to: str | None) -> None:
        """Roll back; nothing happens if there is no earlier run."""
        selection = PartitionSelection.parse([f"dt=2026-01-{day:02}" for day in days], ["dt"])
        lease = lease_of(self.lake, self.clock)
        before = shown(self.lake)
        try:
            Rollback(self.lake.s3, self.lake.glue, address(self.lake), selection, to, lease, self.clock).run()
        except OperationRefusedError:
            assert shown(self.lake) == before

    def drop(self, days: frozenset[int]) -> None:
        for day in days & set(shown(self.lake)):
            self.lake.glue.delete_partition(
                DatabaseName="analytics", TableName="features", PartitionValues=[f"2026-01-{day:02}"]
            )
        lease = lease_of(self.lake, self.clock)
        accept_dropped(self.lake.s3, self.lake.glue, address(self.lake), lease, self.clock)

    def destroy(self) -> None:
        """Delete the catalog, deploy the table again, and restore it from the receipts: it shows the same as before."""
        before = shown(self.lake)
        self.lake.glue.delete_table(DatabaseName="analytics", Name="features")
        self.lake.create_table()
        lease = lease_of(self.lake, self.clock)
        rebuilt = rebuild_catalog(self.lake.s3, self.lake.glue, address(self.lake), lease, self.clock)
        assert (rebuilt.created, rebuilt.without_data) == (len(before), [])
        assert shown(self.lake) == before

    def vacuum(self, keep: timedelta) -> None:
        live = {run: keys_of(self.lake, run) for run in shown(self.lake).values()}
        ceased = {run.run_id: run.ceased_at for run in read(self.lake).runs.values()}
        report = Vacuum(
            self.lake.s3,
            self.lake.glue,
            address(self.lake),
            KnownExecutions(),
            keep,
            lease_of(self.lake, self.clock),
            self.clock,
            self.clock.sleep,
        ).run()
        removed = {run.run_id for run in report.removed}
        assert removed == {run for run, since in ceased.items() if since and self.clock() - since >= keep}
        assert not removed & set(live)
        assert {run: keys_of(self.lake, run) for run in live} == live

    def check(self) -> None:
        """Check that each partition shows the rows that its run wrote for its day, and that the receipts agree."""
        for (value,), partition in self.lake.partitions().items():
            location = partition["StorageDescriptor"]["Location"].removeprefix("s3://lake/")
            body = self.lake.s3.get_object(Bucket="lake", Key=f"{location}a.csv")["Body"].read().decode()
            assert body == f"{partition['Parameters']['run_id']},{int(value[-2:])}\n"
        history = read(self.lake)
        assert (history.contradictions(), history.unreceipted(), history.bad_receipts) == ([], [], [])


@settings(max_examples=30, deadline=None)
@given(steps=STEPS)
def test_whatever_is_done_in_whatever_order(steps: list[Step]) -> None:
    config = Config(retries={"total_max_attempts": 1})
    with mock_aws():
        s3 = boto3.client("s3", region_name=REGION, config=config)
        s3.create_bucket(Bucket="lake", CreateBucketConfiguration={"LocationConstraint": "ap-northeast-1"})
        glue = boto3.client("glue", region_name=REGION, config=config)
        glue.create_database(DatabaseInput={"Name": "analytics"})
        table = Table(Lake(s3, glue))
        table.lake.create_table()
        table.run(frozenset({1}), late=timedelta(0))
        for step in steps:
            table.do(step)
            table.check()
