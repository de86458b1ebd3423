"""The plan of a rollback: the selected partitions, the run that each returns to, and the partitions that stay."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from partitioned_pipelines.lake.partitions.hive_path import unescape_value
from partitioned_pipelines.operations.operation import OperationRefusedError
from partitioned_pipelines.operations.remedy import Remedy, of_table
from partitioned_pipelines.runtime.history.run_folders import measure_partitions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mypy_boto3_s3 import S3Client

    from partitioned_pipelines.runtime.history.catalog_partition import CatalogPartition
    from partitioned_pipelines.runtime.history.receipts import Receipt, ReceiptEntry
    from partitioned_pipelines.runtime.history.table_history import TableHistory

    Values = tuple[str, ...]

_SHOWN = 5


@dataclass(frozen=True, slots=True)
class PartitionSelection:
    """A selection of partitions by some of their values; without conditions, all partitions."""

    conditions: tuple[tuple[tuple[int, str], ...], ...] = ()
    texts: tuple[str, ...] = ()

    def __str__(self) -> str:
        return " or ".join(map(repr, self.texts)) or "(all partitions)"

    @classmethod
    def parse(cls, texts: Sequence[str], keys: Sequence[str]) -> PartitionSelection:
        """Parse strings of the form ``key=value[/key=value]``; values are escaped as in paths.

        Raises
        ------
        OperationRefusedError
            If a string does not have this form, or names an unknown partition key.
        """
        return cls(tuple(_parse_condition(text, list(keys)) for text in texts), tuple(texts))

    def __contains__(self, values: Sequence[str]) -> bool:
        return not self.conditions or any(
            all(values[position] == value for position, value in condition) for condition in self.conditions
        )


def _parse_condition(text: str, keys: list[str]) -> tuple[tuple[int, str], ...]:
    wanted = f"use {'/'.join(f'{key}=…' for key in keys)}, or some of these levels"
    condition = {}
    for level in text.strip("/").split("/"):
        name, equals, value = level.partition("=")
        if not equals or not value:
            raise OperationRefusedError(f"{text!r} is not a partition: {level!r} is not key=value", wanted)
        if name not in keys:
            raise OperationRefusedError(f"{text!r} is not a partition: the table has no partition key {name!r}", wanted)
        if keys.index(name) in condition:
            raise OperationRefusedError(f"{text!r} is not a partition: {name!r} is repeated", wanted)
        condition[keys.index(name)] = unescape_value(value)
    return tuple(condition.items())


@dataclass(frozen=True, slots=True)
class Move:
    """The change of a partition to an earlier run.

    Attributes
    ----------
    from_run
        None if the partition's location is not in a run's folder, or the partition is not in the catalog.
    target
        The receipt of the run whose ``entry`` the partition will show.
    """

    values: Values
    from_run: str | None
    target: Receipt
    entry: ReceiptEntry


@dataclass(frozen=True, slots=True)
class RollbackPlan:
    """The planned changes of a rollback.

    Attributes
    ----------
    stays
        The selected partitions without an earlier run, with the run that they continue to show.
    """

    moves: tuple[Move, ...]
    stays: dict[Values, str | None]


def plan_rollback(history: TableHistory, selection: PartitionSelection, to: str | None) -> RollbackPlan:
    """Plan a rollback.

    Parameters
    ----------
    to
        The run to return to; if None, each partition returns to the run before the one that it shows.

    Raises
    ------
    OperationRefusedError
        If the table is written in place, the run cannot be restored, no partition matches, or nothing would change.
    """
    name = history.table.full_name
    if history.table.in_place:
        raise OperationRefusedError(
            f"{name} is written in place: a run overwrites the files of the previous one, so earlier files no longer exist",
            "run the day again, or use layout: versioned",
        )
    written = _written(history, to)
    asked = {values for values in (*history.partitions, *(written if to else ())) if values in selection}
    if not asked:
        raise OperationRefusedError(
            f"no partition of {name} matches {selection}",
            Remedy.of("list them: ", of_table("partitions")),
        )
    moves, stays = [], {}
    for values in sorted(asked):
        partition = history.partitions.get(values)
        current = _current_run(history, values)
        target = _target(written.get(values, []), current, history, to)
        if target is None:
            stays[values] = current
        elif partition is None or partition.location != target[1].location or _is_interrupted(history, partition):
            moves.append(Move(values, current, *target))
    if not moves:
        raise OperationRefusedError(
            f"nothing of {name} would change: {_nothing(to)}", Remedy.of("see the runs: ", of_table("runs"))
        )
    return RollbackPlan(tuple(moves), stays)


def check_files(s3: S3Client, plan: RollbackPlan) -> None:
    """Check that all published files of the target runs still exist.

    Raises
    ------
    OperationRefusedError
        If files are missing; the message names the partitions.
    """
    roots = {move.target.receipt_id: move.target.root for move in plan.moves}
    found = {run_id: measure_partitions(s3, root) for run_id, root in roots.items()}
    missing = []
    for move in plan.moves:
        data = found[move.target.receipt_id].get(move.entry.location)
        objects, size = (data.objects, data.bytes) if data else (0, 0)
        if objects < move.entry.objects or size < move.entry.bytes:
            missing.append(
                f"{move.entry.location} holds {objects} of {move.entry.objects} objects, {size:,} of "
                f"{move.entry.bytes:,} bytes"
            )
    if missing:
        more = f"; and {len(missing) - _SHOWN} more" if len(missing) > _SHOWN else ""
        raise OperationRefusedError(
            f"published files are missing; nothing was changed: {'; '.join(missing[:_SHOWN])}{more}",
            "restore them (the bucket keeps earlier versions for 90 days), or go back to another run with --to",
        )


def _written(history: TableHistory, to: str | None) -> dict[Values, list[tuple[Receipt, ReceiptEntry]]]:
    """Return the runs that wrote each partition, the oldest first; if ``to`` names a run, only that run."""
    if to is not None:
        _check_target(history, to)
    written: dict[Values, list[tuple[Receipt, ReceiptEntry]]] = {}
    for run in history.runs.values():
        if run.receipt and to in (None, run.run_id):
            for entry in run.receipt.written:
                written.setdefault(entry.values, []).append((run.receipt, entry))
    return written


def _check_target(history: TableHistory, to: str) -> None:
    see = Remedy.of("see which there are: ", of_table("runs"))
    name = history.table.full_name
    if any(to in bad.uri for bad in history.bad_receipts):
        bad = next(bad for bad in history.bad_receipts if to in bad.uri)
        raise OperationRefusedError(
            f"the receipt of {to} cannot be read: {bad.problem}", f"restore an earlier version of {bad.uri}"
        )
    if any(to == rollback.receipt_id for rollback in history.rollbacks):
        raise OperationRefusedError(f"{to} is a rollback of {name}: use the run that it went back to", see)
    if to not in history.runs:
        raise OperationRefusedError(f"{name} has no run {to!r}", see)
    if history.runs[to].receipt is None:
        raise OperationRefusedError(
            f"the run {to} of {name} has no receipt: its registration did not finish", "redrive its execution"
        )


def _target(
    written: list[tuple[Receipt, ReceiptEntry]], current: str | None, history: TableHistory, to: str | None
) -> tuple[Receipt, ReceiptEntry] | None:
    if to is not None:
        return written[0] if written else None
    if current is None:
        return None
    before = _order(history, current)
    earlier = [each for each in written if (each[0].started_at, each[0].receipt_id) < before]
    return earlier[-1] if earlier else None


def _order(history: TableHistory, run_id: str) -> tuple[datetime, str]:
    """Return the sort key of a run; a run with an unknown start sorts as the oldest, so that no run precedes it."""
    run = history.runs.get(run_id)
    return (run and run.started_at) or datetime.min.replace(tzinfo=UTC), run_id


def _current_run(history: TableHistory, values: Values) -> str | None:
    """Return the run whose files a partition shows; after an interrupted rollback, the run that it showed before the rollback.

    A repeated rollback therefore returns to the same runs, and not to earlier ones.
    """
    partition = history.partitions.get(values)
    if partition is None:
        return None
    if _is_interrupted(history, partition) and values in history.claims:
        return history.claims[values][-1].entry.run_id
    return history.table.run_of(partition.location)


def _is_interrupted(history: TableHistory, partition: CatalogPartition) -> bool:
    """Check whether the partition was changed by a rollback that failed before it wrote its receipt."""
    return partition.rollback_id is not None and all(
        rollback.receipt_id != partition.rollback_id for rollback in history.rollbacks
    )


def _nothing(to: str | None) -> str:
    return f"it shows {to} already" if to else "no partition has an earlier run"
