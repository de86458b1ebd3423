"""Partition paths, ``key=value/key=value``, as printed by ``SHOW PARTITIONS`` and read by ``MSCK REPAIR TABLE``.

Special characters are escaped as ``%XX``, as by Hive's ``FileUtils.escapePathName``.
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
    """Return the path of a partition."""
    escaped = (_ESCAPED.sub(lambda found: f"%{ord(found[0]):02X}", value) for value in values)
    return "/".join(f"{name}={value}" for name, value in zip(names, escaped, strict=True))


def read_partition_path(names: Sequence[str], folders: Sequence[str]) -> tuple[str, ...] | None:
    """Return the partition values of some folders, or None if Athena's MSCK REPAIR TABLE would not add them.

    It silently ignores keys that are not in lower case, and values with a colon. It would add a folder that is not escaped as Hive
    escapes it with the location of the escaped name, where there are no files.
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
