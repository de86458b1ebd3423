"""A reader of a table's history that caches unchanged receipts between reads."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from partitioned_pipelines.runtime.history.catalog_partition import CatalogPartition, list_partitions
from partitioned_pipelines.runtime.history.receipts import (
    BadReceipt,
    Receipt,
    StoredReceipt,
    list_receipts,
    read_receipt,
)
from partitioned_pipelines.runtime.history.run_folders import list_run_ids
from partitioned_pipelines.runtime.history.table_history import TableHistory, build_history

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_glue import GlueClient
    from mypy_boto3_glue.type_defs import PartitionTypeDef
    from mypy_boto3_s3 import S3Client

    from partitioned_pipelines.runtime.history.table_address import TableAddress

_READERS = 8  # concurrent; fewer than a client's connection pool


class HistoryReader:
    """The reader of one table's history."""

    def __init__(self, s3: S3Client, glue: GlueClient, table: TableAddress) -> None:
        self._s3 = s3
        self._glue = glue
        self._table = table
        self._known: dict[StoredReceipt, Receipt | BadReceipt] = {}

    def read(self, on_partition: Callable[[PartitionTypeDef], None] | None = None) -> TableHistory:
        """Read the receipts, then the catalog, then the folders.

        In this order, a run that registers concurrently has a stamp that is later than the receipts, which does not count as a
        contradiction.

        Parameters
        ----------
        on_partition
            Called with each partition of Glue's answer, including its columns, which are otherwise not requested.

        Raises
        ------
        RegistrationError
            If the table is not in the Data Catalog.
        """
        receipts, bad = self._receipts()
        partitions = {}
        for listed in list_partitions(self._glue, self._table, with_schema=on_partition is not None):
            partition = CatalogPartition.parse(listed)
            partitions[partition.values] = partition
            if on_partition:
                on_partition(listed)
        return build_history(self._table, receipts, bad, partitions, list_run_ids(self._s3, self._table))

    def read_receipts_alone(self) -> TableHistory:
        """Read the history without the catalog, as if the catalog had no partitions."""
        receipts, bad = self._receipts()
        return build_history(self._table, receipts, bad, {}, list_run_ids(self._s3, self._table))

    def _receipts(self) -> tuple[list[Receipt], list[BadReceipt]]:
        stored = list(list_receipts(self._s3, self._table.receipts))
        new = [each for each in stored if each not in self._known]
        with ThreadPoolExecutor(_READERS) as pool:
            read = list(pool.map(lambda each: read_receipt(self._s3, self._table, each.key), new))
        self._known.update({each: known for each, known in zip(new, read, strict=True) if known is not None})
        found = [self._known[each] for each in stored if each in self._known]
        return [each for each in found if isinstance(each, Receipt)], [
            each for each in found if isinstance(each, BadReceipt)
        ]
