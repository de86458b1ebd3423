"""The repair of differences between the catalog and the receipts: restores missing partitions, or records them as dropped on purpose."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import uuid4

from partitioned_pipelines.lake.runs.run_facts import build_run_id
from partitioned_pipelines.operations.history.own_writes import build_republished_input, write_own_receipt
from partitioned_pipelines.operations.operation import OperationRefusedError
from partitioned_pipelines.runtime.batches import batches_of
from partitioned_pipelines.runtime.catalog import CREATE_BATCH, TablePartitions
from partitioned_pipelines.runtime.history.reader import HistoryReader
from partitioned_pipelines.runtime.history.run_folders import dead_locations

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from mypy_boto3_glue import GlueClient
    from mypy_boto3_glue.type_defs import PartitionInputTypeDef, TableTypeDef
    from mypy_boto3_s3 import S3Client

    from partitioned_pipelines.operations.operation import HoldLease
    from partitioned_pipelines.runtime.history.table_address import TableAddress
    from partitioned_pipelines.runtime.history.table_history import Claim, Contradiction, TableHistory


@dataclass(slots=True)
class Rebuilt:
    """The result of a rebuild.

    Attributes
    ----------
    created, repointed
        The number of partitions that are live according to the receipts, and were missing in the catalog or had another location.
    without_data
        The partitions that were left out because their location has no data; each with its problem.
    """

    created: int = 0
    repointed: int = 0
    without_data: list[str] = field(default_factory=list)


def rebuild_catalog(
    s3: S3Client,
    glue: GlueClient,
    table: TableAddress,
    hold_lease: HoldLease,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Rebuilt:
    """Restore the partitions of the newest receipts in the catalog, except those that later runs have registered since.

    A restored partition gets the stamp of its receipt, so that the order of the runs is kept.

    Raises
    ------
    RegistrationError
        If the table is not in the Data Catalog, or the Data Catalog refuses a partition.
    OperationRefusedError
        If a receipt cannot be read, or its partitions do not match the table's keys.
    """
    catalog = TablePartitions(glue, table.database_name, table.table_name)
    rebuilt = Rebuilt()
    with hold_lease() as lease:
        description = catalog.get_table()
        history = HistoryReader(s3, glue, table).read()
        _check(history, description)
        wrong = history.contradictions()
        dead = dict(dead_locations(s3, table, {each.claim.entry.location for each in wrong}))
        rebuilt.without_data = [f"{location}: {problem}" for location, problem in dead.items()]
        restorable = [each for each in wrong if each.claim.entry.location not in dead]
        for batch in batches_of(CREATE_BATCH, restorable):
            lease.check()
            inputs = {each.values: _partition_input(each.claim, history, description, now()) for each in batch}
            _restore(catalog, batch, inputs, rebuilt)
    return rebuilt


def _restore(
    catalog: TablePartitions,
    batch: Sequence[Contradiction],
    inputs: Mapping[tuple[str, ...], PartitionInputTypeDef],
    rebuilt: Rebuilt,
) -> None:
    missing = [inputs[each.values] for each in batch if each.found is None]
    elsewhere = [inputs[each.values] for each in batch if each.found is not None]
    taken = catalog.create(missing) if missing else []
    elsewhere += [inputs[values] for values in taken]
    if elsewhere:
        catalog.update(elsewhere)
    rebuilt.created += len(missing) - len(taken)
    rebuilt.repointed += len(elsewhere)


def _check(history: TableHistory, description: TableTypeDef) -> None:
    name = history.table.full_name
    if history.bad_receipts:
        bad = history.bad_receipts[0]
        raise OperationRefusedError(
            f"{name}: {bad.uri} is among the receipts, and {bad.problem}: what it published would be missing",
            "restore an earlier version of the object, or move it elsewhere",
        )
    keys = [key["Name"] for key in description.get("PartitionKeys", [])]
    for values in history.claims:
        if len(values) != len(keys):
            raise OperationRefusedError(
                f"the receipts of {name} have partitions as {'/'.join(values)!r}, and the table has the keys {keys!r}",
                "deploy the table as it was",
            )


def _partition_input(
    claim: Claim, history: TableHistory, description: TableTypeDef, moment: datetime
) -> PartitionInputTypeDef:
    run = history.runs.get(claim.entry.run_id)
    receipt = claim.receipt
    return build_republished_input(
        claim.entry,
        run.receipt if run and run.receipt else receipt,
        description,
        started_at=receipt.started_at,
        registered_at=moment,
        rollback_id=receipt.receipt_id if receipt.kind == "rollback" else None,
    )


def accept_dropped(
    s3: S3Client,
    glue: GlueClient,
    table: TableAddress,
    hold_lease: HoldLease,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> list[tuple[str, ...]]:
    """Write a drop receipt for the partitions that are live according to the receipts but missing in the catalog.

    The files are kept until vacuum removes their runs. A rollback to such a run restores the partition.

    Returns
    -------
    list of tuple of str
        The values of the dropped partitions.
    """
    with hold_lease() as lease:
        history = HistoryReader(s3, glue, table).read()
        missing = sorted(each.values for each in history.contradictions() if each.found is None)
        if missing:
            moment = now()
            lease.check()
            write_own_receipt(
                s3,
                table,
                {"kind": "drop", "partitions": [], "dropped": [list(values) for values in missing]},
                receipt_id=build_run_id(moment, f"drop:{uuid4()}"),
                pipeline="",
                moment=moment,
            )
    return missing
