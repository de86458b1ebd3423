"""The rollback of a table: registers an earlier run's partitions again, ordered by the time of the rollback."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

from partitioned_pipelines.lake.partitions.catalog_rules import keys_of
from partitioned_pipelines.lake.runs.run_facts import build_run_id
from partitioned_pipelines.operations.history.own_writes import build_republished_input, write_own_receipt
from partitioned_pipelines.operations.operation import OperationRefusedError
from partitioned_pipelines.operations.remedy import Remedy, of_table
from partitioned_pipelines.operations.rollback.plan import Move, RollbackPlan, check_files, plan_rollback
from partitioned_pipelines.runtime.batches import batches_of
from partitioned_pipelines.runtime.catalog import CREATE_BATCH, TablePartitions
from partitioned_pipelines.runtime.history.reader import HistoryReader
from partitioned_pipelines.runtime.registration.receipt import receipt_entry

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mypy_boto3_glue import GlueClient
    from mypy_boto3_glue.type_defs import TableTypeDef
    from mypy_boto3_s3 import S3Client

    from partitioned_pipelines.operations.operation import HoldLease
    from partitioned_pipelines.operations.rollback.plan import PartitionSelection
    from partitioned_pipelines.runtime.history.table_address import TableAddress
    from partitioned_pipelines.runtime.history.table_history import TableHistory

_MILLISECOND = timedelta(milliseconds=1)


@dataclass(frozen=True)
class Rollback:
    """A rollback of one table.

    A partition is stamped with the run whose files it shows, and with the time of the rollback as that run's start. A run that started
    before the rollback and ends after it therefore counts as earlier, and does not undo the rollback. A run that starts later publishes
    normally.

    Attributes
    ----------
    hold_lease
        Returns a context manager that holds the table's lease.
    """

    s3: S3Client
    glue: GlueClient
    table: TableAddress
    selection: PartitionSelection
    to: str | None
    hold_lease: HoldLease
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    def plan(self) -> RollbackPlan:
        """Plan the rollback and check that it is possible, without changing anything.

        Raises
        ------
        RegistrationError
            If the table is not in the Data Catalog.
        OperationRefusedError
            If there is no earlier run, or files of an earlier run are missing.
        """
        return self._plan(HistoryReader(self.s3, self.glue, self.table).read(), self._catalog().get_table())

    def run(self) -> RollbackPlan:
        """Perform the rollback: first the partitions, in batches, and then the receipt.

        If it fails in between, a repeated rollback returns to the same runs.

        Raises
        ------
        RegistrationError
            If the table is not in the Data Catalog, or the Data Catalog refuses a partition.
        OperationRefusedError
            As for ``plan``.
        """
        with self.hold_lease() as lease:
            history = HistoryReader(self.s3, self.glue, self.table).read()
            catalog = self._catalog()
            description = catalog.get_table()
            plan = self._plan(history, description)
            moment = self._moment(history, plan)
            rollback_id = build_run_id(moment, f"rollback:{uuid4()}")
            for batch in batches_of(CREATE_BATCH, plan.moves):
                lease.check()
                self._publish(batch, catalog, description, history, rollback_id, moment)
            lease.check()
            self._write_receipt(plan, rollback_id, moment)
        return plan

    def _catalog(self) -> TablePartitions:
        return TablePartitions(self.glue, self.table.database_name, self.table.table_name)

    def _plan(self, history: TableHistory, description: TableTypeDef) -> RollbackPlan:
        _check_keys(history, description)
        plan = plan_rollback(history, self.selection, self.to)
        check_files(self.s3, plan)
        return plan

    def _moment(self, history: TableHistory, plan: RollbackPlan) -> datetime:
        """Return the rollback's time, later than every stamp that it replaces, even if this machine's clock is behind."""
        stamps = [
            partition.started_at + _MILLISECOND
            for move in plan.moves
            if (partition := history.partitions.get(move.values)) and partition.started_at
        ]
        present = self.now()
        return max([present.replace(microsecond=present.microsecond // 1000 * 1000), *stamps])

    def _publish(
        self,
        moves: Sequence[Move],
        catalog: TablePartitions,
        description: TableTypeDef,
        history: TableHistory,
        rollback_id: str,
        moment: datetime,
    ) -> None:
        inputs = {
            move.values: build_republished_input(
                move.entry,
                move.target,
                description,
                started_at=moment,
                registered_at=moment,
                rollback_id=rollback_id,
            )
            for move in moves
        }
        new = [built for values, built in inputs.items() if values not in history.partitions]
        existing = [built for values, built in inputs.items() if values in history.partitions]
        if new:
            existing += [inputs[values] for values in catalog.create(new)]
        if existing:
            catalog.update(existing)

    def _write_receipt(self, plan: RollbackPlan, rollback_id: str, moment: datetime) -> None:
        content = {
            "kind": "rollback",
            "to_runs": dict(Counter(move.target.receipt_id for move in plan.moves)),
            "partitions": [
                {
                    **receipt_entry(move.values, move.entry.location.removeprefix(self.table.data.uri), move.entry),
                    "run_id": move.target.receipt_id,
                }
                for move in plan.moves
            ],
        }
        pipeline = plan.moves[0].target.pipeline
        write_own_receipt(
            self.s3,
            self.table,
            content,
            [move.entry for move in plan.moves],
            receipt_id=rollback_id,
            pipeline=pipeline,
            moment=moment,
        )


def _check_keys(history: TableHistory, description: TableTypeDef) -> None:
    keys = keys_of(description)
    of_other_keys = next(
        (values for values in (*history.partitions, *history.claims) if len(values) != len(keys)), None
    )
    if of_other_keys is not None:
        raise OperationRefusedError(
            f"{history.table.full_name} has the partition keys {', '.join(key.name for key in keys)}, and partitions that were published under "
            f"others, such as {'/'.join(of_other_keys)}: none of them can be put in place of another",
            Remedy.of("restore partition_keys in the pipeline file and deploy; which partitions: ", of_table("doctor")),
        )
