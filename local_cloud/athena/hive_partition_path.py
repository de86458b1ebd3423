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
    """Read the values of the folders that lie between a table and its files; None where they are no partition of it."""
    if len(folders) < len(names):
        return None
    values = []
    for name, folder in zip(names, folders, strict=False):
        key, equals, value = folder.partition("=")
        if not equals or key.lower() != name or not value:
            return None
        values.append(_ESCAPE.sub(lambda found: chr(int(found[1], 16)), value))
    return tuple(values)
