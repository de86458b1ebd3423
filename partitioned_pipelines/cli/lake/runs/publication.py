"""What a run published in a table, and what readers see for an interval."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from partitioned_pipelines.cli.runs.published_table import address_of_table, keys_of
from partitioned_pipelines.lake.intervals.clock import Clock
from partitioned_pipelines.operations.lake_state.building.what_readers_see import total_rows
from partitioned_pipelines.operations.lake_state.documents.run import PublishedInstead, RunReceipt
from partitioned_pipelines.runtime.intervals.partitions import TableKeys, shown_in_catalog
from partitioned_pipelines.spec.derived.interval_rule import key_timezone

if TYPE_CHECKING:
    from partitioned_pipelines.cli.target.target import Cloud
    from partitioned_pipelines.lake.intervals.interval import Interval
    from partitioned_pipelines.runtime.history.receipts import Receipt
    from partitioned_pipelines.spec import Pipeline, Table

_BATCH: Final = 1000  # https://docs.aws.amazon.com/glue/latest/webapi/API_BatchGetPartition.html


def read_published(cloud: Cloud, bucket: str, table: Table, receipt: Receipt) -> RunReceipt:
    """Return what a receipt records, with the number of its partitions that readers still see."""
    return RunReceipt(
        table=table.qualified_name,
        key=f"s3://{bucket}/{receipt.key}",
        registered=receipt.registered_at,
        partitions=len(receipt.written),
        live=_count_live(cloud, bucket, table, receipt),
        kept_newer=len(receipt.kept_newer),
        objects=sum(entry.objects for entry in receipt.written),
        bytes=sum(entry.bytes for entry in receipt.written),
        rows=total_rows(entry.rows for entry in receipt.written),
    )


def read_instead(
    cloud: Cloud, bucket: str, pipeline: Pipeline, table: Table, interval: Interval
) -> list[PublishedInstead]:
    """Return whose data readers of a table see for an interval: of each run, or of none; nothing if the keys cannot tell."""
    if table.registration == "projection":
        return []
    keys = TableKeys(keys_of(table), Clock(key_timezone(table, pipeline.schedule)))
    shown = shown_in_catalog(cloud.glue, address_of_table(bucket, table), keys, (interval.start, interval.end))
    inside = [each for each in shown if interval.start <= each.start and each.end <= interval.end]
    runs = dict.fromkeys(each.run_id for each in inside) or {None: None}
    return [PublishedInstead(table.qualified_name, run_id, shown=bool(inside)) for run_id in runs]


def _count_live(cloud: Cloud, bucket: str, table: Table, receipt: Receipt) -> int:
    address, values = address_of_table(bucket, table), sorted({entry.values for entry in receipt.written})
    live = 0
    for begin in range(0, len(values), _BATCH):
        answer = cloud.glue.batch_get_partition(
            DatabaseName=address.database_name,
            TableName=address.table_name,
            PartitionsToGet=[{"Values": list(each)} for each in values[begin : begin + _BATCH]],
        )
        stamps = [each.get("Parameters", {}) for each in answer.get("Partitions", [])]
        live += sum(stamp.get("run_id") == receipt.receipt_id for stamp in stamps)
    return live
