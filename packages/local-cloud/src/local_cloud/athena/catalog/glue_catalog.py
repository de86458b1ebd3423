"""Tables of the Data Catalog: their columns, and their partitions with a storage descriptor each."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from moto.glue.models import glue_backends

from local_cloud.athena.catalog.projection import projected_partitions
from local_cloud.athena.errors import DatabaseNotFoundError, QueryFailedError, TableNotFoundError
from local_cloud.backend_lock import backend_lock
from local_cloud.clients import client
from local_cloud.settings import ACCOUNT_ID

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_TABLE_FORMATS = {"delta", "hudi", "iceberg"}


@dataclass(frozen=True, slots=True)
class Partition:
    """A partition, or the whole table if it is not partitioned.

    Attributes
    ----------
    values
        The values, in the order of the table's partition keys.
    storage
        The partition's own StorageDescriptor.
    """

    values: tuple[str, ...]
    storage: dict[str, Any]


@dataclass(frozen=True, slots=True)
class CatalogTable:
    """A table as Glue describes it."""

    database: str
    name: str
    region: str
    definition: dict[str, Any]

    @property
    def columns(self) -> list[tuple[str, str]]:
        """The name and Hive type of each column, without the partition keys."""
        return [_named(column) for column in self.definition.get("StorageDescriptor", {}).get("Columns", [])]

    @property
    def partition_keys(self) -> list[tuple[str, str]]:
        """The name and Hive type of each partition key."""
        return [_named(key) for key in self.definition.get("PartitionKeys", [])]

    @property
    def parameters(self) -> dict[str, str]:
        """The table's parameters."""
        found: dict[str, str] = self.definition.get("Parameters", {})
        return found

    def check_format(self) -> None:
        """Raise QueryFailedError if the table's files are those of a table format, of which only some are live.

        https://docs.aws.amazon.com/athena/latest/ug/querying-iceberg.html, querying-hudi.html and delta-lake-tables.html beside it
        """
        storage = self.definition.get("StorageDescriptor", {})
        named = {
            self.parameters.get("table_type", "").lower(),
            self.parameters.get("spark.sql.sources.provider", "").lower(),
        }
        named |= {"hudi"} if ".hudi." in storage.get("InputFormat", "") else set()
        for name in sorted(_TABLE_FORMATS & named):
            raise QueryFailedError(
                "NOT_SUPPORTED",
                f"{self.database}.{self.name}: {name.title()} tables are not supported by the local cloud",
            )

    def partitions(self, wanted: Mapping[str, Sequence[str]] | None = None) -> list[Partition]:
        """Return the partitions that a query may read: registered ones, projected ones, or the table itself.

        Parameters
        ----------
        wanted
            The values with which the query compares a key for equality. A key with the projection type ``injected`` needs them. Registered
            partitions with other texts are left out; of keys that are not text, only the query's conditions decide.
        """
        if not self.partition_keys:
            return [Partition((), self.definition["StorageDescriptor"])]
        if self.parameters.get("projection.enabled", "").lower() == "true":
            storage = self.definition["StorageDescriptor"]
            return [
                Partition(values, {**storage, "Location": location})
                for values, location in projected_partitions(
                    self.partition_keys, self.parameters, storage["Location"], wanted
                )
            ]
        # Read from moto's backend directly: requests, page by page, would be slow with ten thousand partitions.
        keys = self.partition_keys
        texts = {
            position: frozenset(wanted[name])
            for position, (name, kind) in enumerate(keys)
            if wanted and name in wanted and kind == "string"
        }
        with backend_lock():
            registered = glue_backends[ACCOUNT_ID][self.region].get_table(self.database, self.name).partitions
            if len(texts) == len(keys):  # moto's key is the list of values
                named = (registered.get(str(list(values))) for values in itertools.product(*texts.values()))
                found = [item for item in named if item is not None]
            else:
                found = [
                    item
                    for item in registered.values()
                    if len(item.values) != len(keys)
                    or all(item.values[position] in values for position, values in texts.items())
                ]
            described = [item.as_dict() for item in found]
        return [self._partition(item, keys) for item in described]

    def _partition(self, item: dict[str, Any], keys: list[tuple[str, str]]) -> Partition:
        storage = item.get("StorageDescriptor") or {}
        if not storage.get("Location"):
            raise QueryFailedError(
                "HIVE_INVALID_METADATA",
                f"The partition {item['Values']} of {self.database}.{self.name} has no StorageDescriptor with a Location",
            )
        if len(item["Values"]) != len(keys):
            # https://repost.aws/knowledge-center/athena-generic-internal-error
            raise QueryFailedError(
                "GENERIC_INTERNAL_ERROR",
                f"Number of partition values does not match number of filters: the partition {item['Values']} of {self.database}.{self.name}, "
                f"which has the partition keys {[name for name, _ in keys]}",
            )
        # A partition that was created without columns has the table's.
        columns = storage.get("Columns") or self.definition["StorageDescriptor"].get("Columns", [])
        return Partition(tuple(item["Values"]), {**storage, "Columns": columns})


def find_table(database: str, name: str, region: str, position: str = "line 1:1") -> CatalogTable:
    """Return a table; its name is not case-sensitive.

    Raises
    ------
    DatabaseNotFoundError, TableNotFoundError
        If it does not exist.
    """
    glue = client("glue", region)
    database, name = database.lower(), name.lower()
    # Glue refuses some names, such as those with control characters, so that there is nothing of that name.
    not_there = (glue.exceptions.EntityNotFoundException, glue.exceptions.ValidationException)
    try:
        glue.get_database(Name=database)
    except not_there:
        raise DatabaseNotFoundError(database, position) from None
    try:
        definition: dict[str, Any] = glue.get_table(DatabaseName=database, Name=name)["Table"]
    except not_there:
        raise TableNotFoundError(database, name, position) from None
    return CatalogTable(database, name, region, definition)


def _named(column: dict[str, Any]) -> tuple[str, str]:
    return column["Name"].lower(), column.get("Type", "string")
