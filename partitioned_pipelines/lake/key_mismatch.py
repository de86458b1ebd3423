"""Partitions that do not belong to their table's partition keys, as after the keys of a table that held data were changed.

Glue keeps a partition's values as they were registered, whatever becomes of the table's keys: their number, order and meaning are then
other ones, and engines fail ("Number of partition values does not match number of filters"), or read a month as a year.
https://repost.aws/knowledge-center/athena-generic-internal-error
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from partitioned_pipelines.lake.hive_path import HIVE_DEFAULT_PARTITION
from partitioned_pipelines.lake.key_value import PartitionKey, check_values

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mypy_boto3_glue.type_defs import TableTypeDef


def keys_of(table: TableTypeDef) -> tuple[PartitionKey, ...]:
    """Return the partition keys of a table in the Data Catalog."""
    return tuple(PartitionKey(key["Name"].lower(), key.get("Type", "string")) for key in table.get("PartitionKeys", []))


def key_mismatch(values: Sequence[str], location: str, keys: Sequence[PartitionKey]) -> str | None:
    """Return why a partition is not one of a table with these keys; None if it is.

    Parameters
    ----------
    location
        Of the partition. Its folders tell under which keys it was written; one that does not end in ``key=value/`` tells nothing.
    """
    names = [key.name for key in keys]
    if len(values) != len(keys):
        return f"it has {_counted(values)} ({'/'.join(values)}), and the table's partition keys are {', '.join(names)}"
    written = _names_in(location)[-len(keys) :]
    if written and written != names:
        return (
            f"it was written under the keys {', '.join(written)}, and the table's partition keys are {', '.join(names)}"
        )
    try:
        check_values([(key, value) for key, value in zip(keys, values, strict=True) if value != HIVE_DEFAULT_PARTITION])
    except ValueError as error:
        return f"its value does not fit the key's type: {error}"
    return None


def _counted(values: Sequence[str]) -> str:
    return f"{len(values)} {'value' if len(values) == 1 else 'values'}"


def _names_in(location: str) -> list[str]:
    """Return the keys of the ``key=value`` folders that a location ends in."""
    names: list[str] = []
    for folder in reversed(location.rstrip("/").split("/")):
        name, equals, _ = folder.partition("=")
        if not equals:
            break
        names.insert(0, name.lower())
    return names
