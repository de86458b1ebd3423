"""What changed in a run's inputs since it was planned, by the record in its receipt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from partitioned_pipelines.lake.runs.inputs import InvalidRunInputsError, parse_partition_list
from partitioned_pipelines.lake.s3_uri import split_s3_uri
from partitioned_pipelines.runtime.history.catalog_partition import CatalogPartition, list_partitions
from partitioned_pipelines.runtime.planning.input_objects import list_input

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from mypy_boto3_glue import GlueClient
    from mypy_boto3_s3 import S3Client

    from partitioned_pipelines.lake.runs.inputs import ObjectsRead, TableRead
    from partitioned_pipelines.runtime.history.receipts import Receipt
    from partitioned_pipelines.runtime.history.table_address import TableAddress


@dataclass(frozen=True, slots=True)
class Change:
    """An input that is not what the run read.

    Attributes
    ----------
    source
        The table, or the URI.
    count
        The number of partitions or objects that changed.
    problem
        The change, with an example.
    """

    step: str
    name: str
    source: str
    count: int
    problem: str


class InputChanges:
    """A comparison of runs' inputs with what is there now; each table and each URI is read once.

    Parameters
    ----------
    address_of
        Returns the address of a table of the project, ``database.table``; None if the project no longer has it.
    """

    def __init__(self, s3: S3Client, glue: GlueClient, address_of: Callable[[str], TableAddress | None]) -> None:
        self._s3 = s3
        self._glue = glue
        self._address_of = address_of
        self._served: dict[str, dict[tuple[str, ...], str | None]] = {}
        self._objects: dict[str, list[tuple[datetime, str]]] = {}

    def of(self, receipt: Receipt) -> list[Change]:
        """Return the changes of a run's inputs; none if the receipt does not name them.

        Raises
        ------
        InvalidRunInputsError
            If a list of partitions was deleted or changed.
        RegistrationError
            If a table that was read is not in the Data Catalog.
        """
        if receipt.inputs is None:
            return []
        found = [self._of_table(read, receipt.receipt_id) for read in receipt.inputs.tables]
        found += [self._of_objects(read, receipt.started_at) for read in receipt.inputs.objects]
        return [change for change in found if change is not None]

    def _of_table(self, read: TableRead, reader: str) -> Change | None:
        """Compare the runs of the partitions.

        A partition that was dropped since was not published again, and what the run itself has published is no news to it.
        """
        served = self._served_by(read.table)
        changed = []
        for values, run_id in parse_partition_list(read.partition_list, self._get(read.partition_list)):
            if values in served and served[values] not in (run_id, reader):
                changed.append((values, served[values]))
        if not changed:
            return None
        values, run_id = changed[0]
        problem = (
            f"{len(changed):,} of {read.partitions:,} partitions were published again, such as {'/'.join(values)} by "
            f"{run_id or 'nobody of this project'}"
        )
        return Change(read.step, read.name, read.table, len(changed), problem)

    def _of_objects(self, read: ObjectsRead, started_at: datetime) -> Change | None:
        """Compare the objects. Of an input that was not counted to its end, those after the run's start are newer."""
        objects = self._list(read.uri)
        since = read.newest if read.complete else started_at
        newer = [(modified, key) for modified, key in objects if modified > since]
        if newer:
            _, key = max(newer)
            problem = f"{len(newer):,} of {len(objects):,} objects are newer, such as {key}"
            return Change(read.step, read.name, read.uri, len(newer), problem)
        if read.complete and len(objects) > read.objects:
            more = len(objects) - read.objects
            return Change(read.step, read.name, read.uri, more, f"{more:,} of {len(objects):,} objects were added")
        return None

    def _served_by(self, table: str) -> dict[tuple[str, ...], str | None]:
        if table not in self._served:
            address = self._address_of(table)
            self._served[table] = {}
            if address is not None:
                for listed in list_partitions(self._glue, address):
                    partition = CatalogPartition.parse(listed)
                    run_id = partition.run_id if address.in_place else address.run_of(partition.location)
                    self._served[table][partition.values] = run_id
        return self._served[table]

    def _list(self, uri: str) -> list[tuple[datetime, str]]:
        if uri not in self._objects:
            self._objects[uri] = [(item["LastModified"], item["Key"]) for item in list_input(self._s3, uri)]
        return self._objects[uri]

    def _get(self, uri: str) -> bytes:
        bucket, key = split_s3_uri(uri)
        try:
            return self._s3.get_object(Bucket=bucket, Key=key)["Body"].read()
        except self._s3.exceptions.NoSuchKey as error:
            raise InvalidRunInputsError(f"{uri}, a list of partitions that a run read, was deleted") from error
