"""The partitions that readers see, from the catalog or, under partition projection, from the folders."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING

from partitioned_pipelines.lake.partitions.extent import PartitionTimes
from partitioned_pipelines.lake.partitions.hive_path import unescape_value
from partitioned_pipelines.lake.partitions.range import range_expression
from partitioned_pipelines.runtime.history.catalog_partition import list_partitions
from partitioned_pipelines.runtime.history.run_folders import list_folders
from partitioned_pipelines.runtime.intervals.evidence import ShownPartition

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from mypy_boto3_glue import GlueClient
    from mypy_boto3_glue.type_defs import PartitionTypeDef
    from mypy_boto3_s3 import S3Client

    from partitioned_pipelines.lake.intervals.clock import Clock
    from partitioned_pipelines.lake.partitions.key_value import PartitionKey
    from partitioned_pipelines.lake.s3_uri import S3Folder
    from partitioned_pipelines.runtime.history.table_address import TableAddress

# https://docs.aws.amazon.com/glue/latest/webapi/API_Segment.html
_MOST_SEGMENTS = 10


@dataclass(frozen=True)
class TableKeys:
    """A table's partition keys, and the clock in which their times are written."""

    keys: tuple[PartitionKey, ...]
    clock: Clock

    @cached_property
    def _times(self) -> PartitionTimes:
        return PartitionTimes(self.formats, self.clock)

    @property
    def formats(self) -> list[tuple[str, str | None]]:
        """Type and date format of each key."""
        return [(key.type, key.date_format) for key in self.keys]

    def extent(self, values: Sequence[str]) -> tuple[datetime, datetime] | None:
        """Return the time that a partition's values name; None if they name none, or were registered under other keys."""
        return self._times.extent(values) if len(values) == len(self.keys) else None


def shown_in_catalog(
    glue: GlueClient,
    table: TableAddress,
    keys: TableKeys,
    span: tuple[datetime, datetime] | None,
    *,
    segments: int = _MOST_SEGMENTS,
) -> Iterator[ShownPartition]:
    """Yield the partitions of the catalog whose keys name a time; with a span, those in it at least.

    A part of a table is read with one expression, and a whole table in segments, several at once.

    Parameters
    ----------
    segments
        The number of segments; 1 if several tables are read at once.

    Raises
    ------
    RegistrationError
        If the table is not in the Data Catalog.
    """
    expression = range_expression(keys.keys[0], keys.clock, span) if span else None
    if expression or segments == 1:
        yield from _shown(keys, list_partitions(glue, table, expression=expression or ""))
        return

    def read(segment: int) -> list[ShownPartition]:
        return list(_shown(keys, list_partitions(glue, table, segment=(segment, segments))))

    with ThreadPoolExecutor(segments) as pool:
        for part in pool.map(read, range(segments)):
            yield from part


def shown_in_folders(s3: S3Client, data: S3Folder, keys: TableKeys) -> Iterator[ShownPartition]:
    """Yield a partition for each combination of the keys that name the time, from a listing of each level of folders down to them."""
    dated = [index for index, (kind, written) in enumerate(keys.formats) if written or kind == "date"]
    levels = keys.keys[: dated[-1] + 1] if dated else ()
    folders: list[tuple[S3Folder, tuple[str, ...]]] = [(data, ())]
    with ThreadPoolExecutor(_MOST_SEGMENTS) as pool:
        for key in levels:
            below = pool.map(partial(list_folders, s3), [folder for folder, _ in folders])
            folders = [
                (child, (*values, value))
                for (_, values), children in zip(folders, below, strict=True)
                for child in children
                if (value := _value_of(child, key.name)) is not None
            ]
    named = TableKeys(levels, keys.clock)
    for _, values in folders:
        if levels and (extent := named.extent(values)):
            yield ShownPartition(*extent)


def _shown(keys: TableKeys, partitions: Iterable[PartitionTypeDef]) -> Iterator[ShownPartition]:
    for partition in partitions:
        if extent := keys.extent(partition["Values"]):
            stamp = partition.get("Parameters", {})
            rolled_back = bool(stamp.get("rollback_id"))
            yield ShownPartition(*extent, stamp.get("run_id"), rolled_back, *stamped_size(partition))


def stamped_size(partition: PartitionTypeDef) -> tuple[int | None, int | None, int | None]:
    """Return the numbers of objects, bytes and rows in a partition's stamp; None for those that it does not say."""
    stamp = partition.get("Parameters", {})
    return _count(stamp.get("objects")), _count(stamp.get("bytes")), _count(stamp.get("rows"))


def _count(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() else None


def _value_of(folder: S3Folder, key: str) -> str | None:
    name, equals, value = folder.prefix.rstrip("/").rpartition("/")[2].partition("=")
    return unescape_value(value) if equals and name == key else None
