"""Checks of partition values: one for each of the table's keys. A rejected update changes nothing.

https://docs.aws.amazon.com/glue/latest/webapi/API_BatchCreatePartition.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from moto.glue import utils
from moto.glue.exceptions import GlueClientError, PartitionAlreadyExistsException, PartitionNotFoundException
from moto.glue.models import FakeTable, GlueBackend

from local_cloud.patching import original_of, replace

if TYPE_CHECKING:
    from collections.abc import Iterable


def check_partition_values() -> None:
    """Replace moto's operations that write partitions."""
    # moto: Glue accepts partitions with the wrong number of values; not reported yet: AWS answers InvalidInputException.
    # moto: Glue's UpdatePartition and BatchUpdatePartition delete the old partition if the new values are taken; not reported yet: AWS answers
    # AlreadyExistsException, and changes nothing.
    # moto: Glue's GetPartitions refuses expressions on partition keys whose type has a size, such as varchar(10); not reported yet: AWS accepts
    # them, and Athena creates such keys.
    replace(utils, "_cast", _cast_sized)
    replace(FakeTable, "create_partition", _create_partition)
    replace(FakeTable, "update_partition", _update_partition)
    replace(GlueBackend, "batch_create_partition", _batch_create_partition)
    replace(GlueBackend, "batch_update_partition", _batch_update_partition)


def _cast_sized(type_: str, value: Any) -> Any:
    return original_of(utils, "_cast")(type_.partition("(")[0].strip(), value)


def _create_partition(self: FakeTable, partiton_input: dict[str, Any]) -> None:
    _check(self, [partiton_input.get("Values", [])])
    original_of(FakeTable, "create_partition")(self, partiton_input)


def _update_partition(self: FakeTable, old_values: Any, partiton_input: dict[str, Any]) -> None:
    """Check the update before moto deletes the old partition."""
    # Values that are omitted stay the same.
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
    """Reject the whole batch if a number of values is wrong."""
    _check(self.get_table(database_name, table_name), (entry.get("Values", []) for entry in partition_input))
    errors: list[dict[str, Any]] = original_of(GlueBackend, "batch_create_partition")(
        self, database_name, table_name, partition_input
    )
    return errors


def _batch_update_partition(
    self: GlueBackend, database_name: str, table_name: str, entries: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Return an error for each failed entry; moto stops at the first entry whose values are taken."""
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
