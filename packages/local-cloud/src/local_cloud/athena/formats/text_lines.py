"""The lines of text files, read by DuckDB's CSV reader without delimiters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local_cloud.athena.catalog.hive_types import literal

if TYPE_CHECKING:
    from collections.abc import Sequence

LONGEST_LINE = 32 * 1024 * 1024  # bytes; https://docs.aws.amazon.com/athena/latest/ug/other-notable-limitations.html


def lines_sql(files: Sequence[str], skipped: int) -> str:
    r"""Return the SELECT of all lines, with the columns ``filename`` and ``line``.

    The files are copies that :class:`~local_cloud.athena.scan.object_cache.ObjectCache` wrote: ``\n`` alone ends a line.

    Parameters
    ----------
    skipped
        Number of header lines in each file.
    """
    listed = ", ".join(map(literal, files))
    return (
        f"(SELECT filename, coalesce(line, '') AS line FROM read_csv([{listed}], columns={{'line': 'VARCHAR'}}, "
        "auto_detect=false, header=false, delim='', quote='', escape='', comment='', new_line='\\n', "
        f"skip={skipped}, filename=true, hive_partitioning=false, max_line_size={LONGEST_LINE}, buffer_size={2 * LONGEST_LINE}))"
    )
