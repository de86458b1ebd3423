"""The minimum and the maximum of plain INT32 columns, from the statistics of all row groups."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from partitioned_pipelines.runtime.audit.parquet.footer import parse_footer

if TYPE_CHECKING:
    from collections.abc import Collection

    from partitioned_pipelines.runtime.audit.data_file import DataFile
    from partitioned_pipelines.runtime.audit.parquet.thrift_compact import CompactReader

Bounds = dict[int, tuple[int, int] | None]


def integer_bounds(file: DataFile, leaves: Collection[int]) -> Bounds:
    """Read the bounds of the columns at some positions; None for a column if a row group lacks its statistics.

    Columns without values are left out. The function reads all row groups: call it only for columns whose type does not decide the match.

    Raises
    ------
    InvalidParquetError
        If the footer cannot be read to its end.
    """
    return parse_footer(file, lambda reader: _bounds(reader, leaves))


def _bounds(reader: CompactReader, leaves: Collection[int]) -> Bounds:
    bounds: Bounds = {}
    for number, kind in reader.fields():
        if number != 4:
            reader.skip(kind)
            continue
        for _ in reader.items(kind):
            for inner_number, inner in reader.fields():
                if inner_number == 1:
                    for leaf, chunk in enumerate(reader.items(inner)):
                        if leaf in leaves:
                            _add(bounds, leaf, reader.value(chunk)[3])
                        else:
                            reader.skip(chunk)
                else:
                    reader.skip(inner)
    return bounds


def _add(bounds: Bounds, leaf: int, metadata: dict[int, Any]) -> None:
    statistics = metadata.get(12) or {}
    if statistics.get(3, 0) == metadata.get(5):  # the chunk has no values, or only nulls
        return
    # For signed integers, the older fields 1 and 2 have the same order as the newer fields 5 and 6.
    largest, smallest = statistics.get(5, statistics.get(1)), statistics.get(6, statistics.get(2))
    known = bounds.get(leaf, (2**31, -(2**31)))
    if known is None or not largest or not smallest:
        bounds[leaf] = None
        return
    bounds[leaf] = (
        min(known[0], int.from_bytes(smallest, "little", signed=True)),
        max(known[1], int.from_bytes(largest, "little", signed=True)),
    )
