"""Taking partitions that are missing for dropped on purpose, so that neither vacuum nor a rebuild stumbles over them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import uuid4

from partitioned_pipelines.lake.run_facts import build_run_id
from partitioned_pipelines.operations.history.own_receipt import write_own_receipt
from partitioned_pipelines.operations.history.reader import HistoryReader

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_glue import GlueClient
    from mypy_boto3_s3 import S3Client

    from partitioned_pipelines.operations.history.held_lease import HoldLease
    from partitioned_pipelines.operations.history.table_address import TableAddress


def accept_dropped(
    s3: S3Client,
    glue: GlueClient,
    table: TableAddress,
    hold_lease: HoldLease,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> list[tuple[str, ...]]:
    """Write a receipt of what the receipts say is live, and the catalog does not have.

    The files stay until vacuum removes their runs, and a rollback to one of these brings the partition back.

    Returns
    -------
    list of tuple of str
        The values of the partitions.
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
