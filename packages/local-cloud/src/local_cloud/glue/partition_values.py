"""A partition has one value for each of its table's keys, and an update that is refused takes nothing away.

https://docs.aws.amazon.com/glue/latest/webapi/API_BatchCreatePartition.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from moto.glue.exceptions import GlueClientError, PartitionAlreadyExistsException, PartitionNotFoundException
from moto.glue.models import FakeTable, GlueBackend

from local_cloud.patching import original_of, replace

if TYPE_CHECKING:
    from collections.abc import Iterable


def check_partition_values() -> None:
    """Hook into every call that writes partitions."""
    replace(FakeTable, "create_partition", _create_partition)
    replace(FakeTable, "update_partition", _update_partition)
    replace(GlueBackend, "batch_create_partition", _batch_create_partition)
    replace(GlueBackend, "batch_update_partition", _batch_update_partition)


def _create_partition(self: FakeTable, partiton_input: dict[str, Any]) -> None:
    _check(self, [partiton_input.get("Values", [])])
    original_of(FakeTable, "create_partition")(self, partiton_input)


def _update_partition(self: FakeTable, old_values: Any, partiton_input: dict[str, Any]) -> None:
    """Find what speaks against the update before moto takes the old partition away."""
    # An input without values keeps those that the partition has.
    values = partiton_input.setdefault("Values", old_values)
    _check(self, [old_values, values])
    if str(old_values) not in self.partitions:
        raise PartitionNotFoundException
    if values != old_values and str(values) in self.partitions:
        raise PartitionAlreadyExistsException
    original_of(FakeTable, "update_partition")(self, old_values, partiton_input)


def _batch_create_partition(
    self: GlueBackend, database_name: str, table_name: str, partition_input: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Refuse the batch as a whole for a wrong number of values, so that nothing of it is created."""
    _check(self.get_table(database_name, table_name), (entry.get("Values", []) for entry in partition_input))
    errors: list[dict[str, Any]] = original_of(GlueBackend, "batch_create_partition")(
        self, database_name, table_name, partition_input
    )
    return errors


def _batch_update_partition(
    self: GlueBackend, database_name: str, table_name: str, entries: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Say of each entry why it was refused, where moto lets one that is taken end the batch halfway."""
    table = self.get_table(database_name, table_name)
    _check(table, (entry["PartitionValueList"] for entry in entries))
    _check(table, (entry["PartitionInput"]["Values"] for entry in entries if "Values" in entry["PartitionInput"]))
    errors = []
    for entry in entries:
        try:
            table.update_partition(entry["PartitionValueList"], entry["PartitionInput"])
        except (PartitionNotFoundException, PartitionAlreadyExistsException) as error:
            detail = {"ErrorCode": error.error_type, "ErrorMessage": error.message}
            errors.append({"PartitionValueList": entry["PartitionValueList"], "ErrorDetail": detail})
    return errors


def _check(table: FakeTable, partitions: Iterable[list[str]]) -> None:
    keys = [key["Name"] for key in table.as_dict().get("PartitionKeys", [])]
    for values in partitions:
        if len(values) != len(keys):
            raise GlueClientError(
                "InvalidInputException",
                f"The number of partition keys do not match the number of partition values: "
                f"the keys are {keys}, the values {values}",
            )
