"""Hive's paths of partitions, ``key=value/key=value``, as ``SHOW PARTITIONS`` prints and ``MSCK REPAIR TABLE`` reads them.

Hive's ``FileUtils.escapePathName``: ``%XX`` stands for one character.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

HIVE_NULL = "__HIVE_DEFAULT_PARTITION__"
_ESCAPED = re.compile(r"[\x00-\x1f\x7f\"#%'*/:=?\\{\[\]^]")
_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})")


def partition_path(names: Sequence[str], values: Sequence[str]) -> str:
    """Write a partition's path."""
    escaped = (_ESCAPED.sub(lambda found: f"%{ord(found[0]):02X}", value) for value in values)
    return "/".join(f"{name}={value}" for name, value in zip(names, escaped, strict=True))


def read_partition_path(names: Sequence[str], folders: Sequence[str]) -> tuple[str, ...] | None:
    """Return the values of the folders between a table and its files; None if Athena's MSCK REPAIR TABLE does not add them.

    It passes over folders whose keys are not in lower case, and values with a colon, and says nothing. A folder whose characters are not
    escaped as Hive escapes them would be added at the place of its escaped name, which holds nothing.
    https://docs.aws.amazon.com/athena/latest/ug/msck-repair-table.html
    """
    if len(folders) < len(names):
        return None
    values = []
    for name, folder in zip(names, folders, strict=False):
        key, equals, text = folder.partition("=")
        value = _ESCAPE.sub(lambda found: chr(int(found[1], 16)), text)
        if not equals or key != name or not value or ":" in value:
            return None
        if partition_path([name], [value]).casefold() != folder.casefold():
            return None
        values.append(value)
    return tuple(values)
