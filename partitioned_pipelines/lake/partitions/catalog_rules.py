"""The Data Catalog's rules for partitions: valid values and locations, and the match between a partition and a table's keys.

Glue rejects a whole request if one location in it is invalid, possibly after it has accepted other batches of the run. Everything is
therefore checked during discovery, before anything is written.

Glue keeps a partition's values as they were registered, even if the number, order or meaning of the table's keys changes. Engines then fail
("Number of partition values does not match number of filters") or read a month as a year.
https://repost.aws/knowledge-center/athena-generic-internal-error
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from partitioned_pipelines.lake.partitions.hive_path import (
    HIVE_DEFAULT_PARTITION,
    MAX_VALUE_LENGTH,
    InvalidPartitionPathError,
)
from partitioned_pipelines.lake.partitions.key_value import PartitionKey, check_values

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mypy_boto3_glue.type_defs import TableTypeDef

    from partitioned_pipelines.lake.partitions.hive_path import PartitionPath
    from partitioned_pipelines.lake.s3_uri import S3Folder

# LocationString: https://docs.aws.amazon.com/glue/latest/webapi/API_StorageDescriptor.html
MAX_LOCATION_LENGTH = 2056
# The characters that the pattern of LocationString ("URI address multi-line string pattern") excludes. The API reference has no pattern for
# ValueString: values are checked against the same pattern, because all other strings of the catalog follow it (not tested).
# https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-common.html#aws-glue-api-regex-oneLine
_REFUSED = re.compile(r"[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def check_catalog_takes(path: PartitionPath, keys: Sequence[PartitionKey], root: S3Folder | None = None) -> None:
    """Check a partition's values and location against the limits of the Data Catalog.

    Parameters
    ----------
    root
        The root folder, which contains the partition's folder; None for a folder that is not in S3.

    Raises
    ------
    InvalidPartitionPathError
        If a value or the folder is invalid; the message names it and the invalid character.
    """
    location = f"{root.uri}{path.folder}" if root else path.folder
    if location.isascii() and location.isprintable() and "%" not in path.folder and len(location) <= MAX_VALUE_LENGTH:
        return  # the common case
    for key, value in zip(keys, path.values, strict=True):
        if found := _REFUSED.search(value):
            raise InvalidPartitionPathError(_about(f"{key.name}={value!r}", found[0]))
        # The API reference counts characters, the developer guide bytes.
        if len(value.encode()) > MAX_VALUE_LENGTH:
            raise InvalidPartitionPathError(
                f"the value of {key.name!r} has {len(value.encode()):,} bytes; the Data Catalog allows {MAX_VALUE_LENGTH:,}"
            )
    if found := _REFUSED.search(path.folder):
        raise InvalidPartitionPathError(_about(f"the folder {path.folder!r}", found[0]))
    if len(location) > MAX_LOCATION_LENGTH:
        raise InvalidPartitionPathError(
            f"the location has {len(location):,} characters; the Data Catalog allows {MAX_LOCATION_LENGTH:,}"
        )


def keys_of(table: TableTypeDef) -> tuple[PartitionKey, ...]:
    """Return the partition keys of a table in the Data Catalog."""
    return tuple(PartitionKey(key["Name"].lower(), key.get("Type", "string")) for key in table.get("PartitionKeys", []))


def key_mismatch(values: Sequence[str], location: str, keys: Sequence[PartitionKey]) -> str | None:
    """Return the reason why a partition does not match a table's keys; None if it matches.

    Parameters
    ----------
    location
        The partition's location. Its ``key=value/`` folders contain the keys under which it was written; if the location does not end in
        such folders, the names of the keys are not checked.
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


def _about(what: str, character: str) -> str:
    kind = "noncharacter" if character > "\ufffd" else "control character"
    return (
        f"{what} contains the {kind} U+{ord(character):04X}, which the Data Catalog refuses; remove it from the value"
    )


def _counted(values: Sequence[str]) -> str:
    return f"{len(values)} {'value' if len(values) == 1 else 'values'}"


def _names_in(location: str) -> list[str]:
    """Return the keys of the trailing ``key=value`` folders of a location."""
    names: list[str] = []
    for folder in reversed(location.rstrip("/").split("/")):
        name, equals, _ = folder.partition("=")
        if not equals:
            break
        names.insert(0, name.lower())
    return names
