"""The codec for Hive partition paths, ``key=value/key=value/``, as Spark and Hive write them.

Escaping follows Hive's ``FileUtils.escapePathName``: ``%XX`` represents one *character*, never a byte of UTF-8.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from partitioned_pipelines.lake.partitions.key_value import check_values

if TYPE_CHECKING:
    from collections.abc import Sequence

    from partitioned_pipelines.lake.partitions.key_value import PartitionKey

HIVE_DEFAULT_PARTITION = "__HIVE_DEFAULT_PARTITION__"
MAX_VALUE_LENGTH = 1024  # of a partition value in the Glue Data Catalog

_ESCAPED = re.compile(r"[\x00-\x1f\x7f\"#%'*/:=?\\{\[\]^]")
_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})")
_NOT_ASCII_ESCAPES = re.compile(r"(?:%[89A-Fa-f][0-9A-Fa-f])+")


class InvalidPartitionPathError(ValueError):
    """One or more paths do not match the table's partition keys."""


@dataclass(frozen=True, slots=True)
class PartitionPath:
    """A partition's values, in the order of the table's keys, and the folder from which they were parsed.

    Attributes
    ----------
    values
        Decoded, as the Data Catalog stores them; a null is ``__HIVE_DEFAULT_PARTITION__``.
    folder
        Relative to the root, still escaped, ending in ``/``: ``year=2013/month=1/``.
    """

    values: tuple[str, ...]
    folder: str


def escape_value(value: str | None) -> str:
    """Escape a value for a directory name; null and the empty string share one name, as in Hive."""
    if not value:
        return HIVE_DEFAULT_PARTITION
    return _ESCAPED.sub(lambda match: f"%{ord(match[0]):02X}", value)


def unescape_value(text: str) -> str:
    """Decode each ``%XX`` to one character, once; everything else is kept."""
    return _ESCAPE.sub(lambda match: chr(int(match[1], 16)), text)


def build_partition_path(values: Sequence[str | None], keys: Sequence[PartitionKey]) -> PartitionPath:
    """Build the path of a partition from its values.

    Raises
    ------
    InvalidPartitionPathError
        If the keys cannot hold the values.
    """
    if len(values) != len(keys):
        raise InvalidPartitionPathError(f"{list(values)!r} has {len(values)} values for {len(keys)} partition keys")
    folder = "".join(f"{key.name}={escape_value(value)}/" for key, value in zip(keys, values, strict=True))
    return parse_partition_path(folder, keys)


def parse_partition_path(folder: str, keys: Sequence[PartitionKey]) -> PartitionPath:
    """Parse the folder of an object, relative to the root: ``year=2013/month=1/``.

    Raises
    ------
    InvalidPartitionPathError
        If the folder does not have exactly one level for each key, in the table's order, with a value that the key can hold.
    """
    segments = folder.removesuffix("/").split("/") if folder else []
    _check_names(segments, keys)
    values = tuple(_parse_value(segment, key) for segment, key in zip(segments, keys, strict=True))
    try:
        # Every type accepts a null; only a key with a date format rejects it.
        check_values([(key, value) for key, value in zip(keys, values, strict=True) if not _is_null(key, value)])
    except ValueError as error:
        raise InvalidPartitionPathError(str(error)) from error
    return PartitionPath(values, folder)


def _is_null(key: PartitionKey, value: str) -> bool:
    if value != HIVE_DEFAULT_PARTITION:
        return False
    if key.date_format:
        raise InvalidPartitionPathError(
            f"{key.name}={HIVE_DEFAULT_PARTITION} contains the rows whose {key.name!r} is null; "
            f"the table requires a date in the format {key.date_format!r}"
        )
    return True


def _check_names(segments: list[str], keys: Sequence[PartitionKey]) -> None:
    expected = [key.name for key in keys]
    found = [segment.partition("=")[0] if "=" in segment else None for segment in segments]
    if found == expected:
        return
    wanted = "".join(f"{name}=…/" for name in expected)
    if "" in segments:
        raise InvalidPartitionPathError("the path contains an empty level ('//')")
    if not segments:
        raise InvalidPartitionPathError(f"the object is not in a partition: expected {wanted}")
    names = [name for name in found if name is not None]
    for name, segment in zip(found, segments, strict=True):
        if name is None:
            raise InvalidPartitionPathError(f"the level {segment!r} is not key=value: expected {wanted}")
        if name not in expected and name.lower() in expected:
            raise InvalidPartitionPathError(f"the key {name!r} differs in case from the table's {name.lower()!r}")
        if name not in expected:
            raise InvalidPartitionPathError(f"the key {name!r} is not a key of the table: expected {wanted}")
    if sorted(names) == sorted(expected):
        raise InvalidPartitionPathError(f"the keys are in another order than the table's: expected {wanted}")
    raise InvalidPartitionPathError(f"the path has {len(segments)} levels, the table has {len(keys)} keys: {wanted}")


def _parse_value(segment: str, key: PartitionKey) -> str:
    raw = segment.partition("=")[2]
    if not raw:
        raise InvalidPartitionPathError(f"the value of {key.name!r} is empty; a null is {HIVE_DEFAULT_PARTITION}")
    value = raw
    if "%" in raw:
        if match := _NOT_ASCII_ESCAPES.search(raw):
            raise InvalidPartitionPathError(_about_escaped_bytes(match[0]))
        value = unescape_value(raw)
    if len(value) > MAX_VALUE_LENGTH:
        raise InvalidPartitionPathError(
            f"the value of {key.name!r} has {len(value)} characters; the Data Catalog allows {MAX_VALUE_LENGTH}"
        )
    return value


def _about_escaped_bytes(escapes: str) -> str:
    """Return an explanation for percent-encoded non-ASCII characters, which Hive writers never produce."""
    try:
        meant = bytes.fromhex(escapes.replace("%", "")).decode("utf-8")
    except UnicodeDecodeError:
        return f"{escapes} is not a Hive escape: write non-ASCII characters as they are"
    return (
        f"{escapes} percent-encodes the UTF-8 of {meant!r}, which Hive would read as {unescape_value(escapes)!r}: "
        "write the characters themselves"
    )
