"""What the Data Catalog says of a table: its columns, and the partitions that are registered, each with its own storage descriptor."""

from __future__ import annotations

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


@dataclass(frozen=True, slots=True)
class Partition:
    """A partition, or the whole of a table that has none.

    Attributes
    ----------
    values
        In the order of the table's keys.
    storage
        Glue's StorageDescriptor: its own, with its own Location.
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
        """Name and Hive type of each column, without the partition keys."""
        return [_named(column) for column in self.definition.get("StorageDescriptor", {}).get("Columns", [])]

    @property
    def partition_keys(self) -> list[tuple[str, str]]:
        """Name and Hive type of each partition key."""
        return [_named(key) for key in self.definition.get("PartitionKeys", [])]

    @property
    def parameters(self) -> dict[str, str]:
        """The table's parameters."""
        found: dict[str, str] = self.definition.get("Parameters", {})
        return found

    def partitions(self, injected: Mapping[str, Sequence[str]] | None = None) -> list[Partition]:
        """Return what a query reads from: what is registered, what is projected, or the table itself.

        Parameters
        ----------
        injected
            The values that the query names, of each key whose projection takes them from there.
        """
        if not self.partition_keys:
            return [Partition((), self.definition["StorageDescriptor"])]
        if self.parameters.get("projection.enabled", "").lower() == "true":
            storage = self.definition["StorageDescriptor"]
            return [
                Partition(values, {**storage, "Location": location})
                for values, location in projected_partitions(
                    self.partition_keys, self.parameters, storage["Location"], injected
                )
            ]
        # Of moto's backend, without a request for each page: ten thousand partitions are read in a moment.
        with backend_lock():
            registered = glue_backends[ACCOUNT_ID][self.region].get_partitions(self.database, self.name, "")
            described = [item.as_dict() for item in registered]
        return [self._partition(item) for item in described]

    def _partition(self, item: dict[str, Any]) -> Partition:
        storage = item.get("StorageDescriptor") or {}
        if not storage.get("Location"):
            raise QueryFailedError(
                "HIVE_INVALID_METADATA",
                f"The partition {item['Values']} of {self.database}.{self.name} has no StorageDescriptor with a Location",
            )
        if len(item["Values"]) != len(self.partition_keys):
            # https://repost.aws/knowledge-center/athena-generic-internal-error
            raise QueryFailedError(
                "GENERIC_INTERNAL_ERROR",
                f"Number of partition values does not match number of filters: the partition {item['Values']} of {self.database}.{self.name}, "
                f"which has the partition keys {[name for name, _ in self.partition_keys]}",
            )
        return Partition(tuple(item["Values"]), storage)


def find_table(database: str, name: str, region: str, position: str = "line 1:1") -> CatalogTable:
    """Look a table up, whatever the case of its name.

    Raises
    ------
    DatabaseNotFoundError, TableNotFoundError
        If it is not there.
    """
    glue = client("glue", region)
    database, name = database.lower(), name.lower()
    try:
        glue.get_database(Name=database)
    except glue.exceptions.EntityNotFoundException:
        raise DatabaseNotFoundError(database, position) from None
    try:
        definition: dict[str, Any] = glue.get_table(DatabaseName=database, Name=name)["Table"]
    except glue.exceptions.EntityNotFoundException:
        raise TableNotFoundError(database, name, position) from None
    return CatalogTable(database, name, region, definition)


def _named(column: dict[str, Any]) -> tuple[str, str]:
    return column["Name"].lower(), column.get("Type", "string")
