"""Expressions with which the Data Catalog lists the partitions of a time alone.

https://docs.aws.amazon.com/glue/latest/webapi/API_GetPartitions.html#Glue-GetPartitions-request-Expression
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from partitioned_pipelines.lake.tables.hive_type import INTEGER_BITS
from partitioned_pipelines.lake.time_format import directives, format_time, key_format

if TYPE_CHECKING:
    from datetime import datetime

    from partitioned_pipelines.lake.intervals.clock import Clock
    from partitioned_pipelines.lake.partitions.key_value import PartitionKey

_DAY = timedelta(days=1)
# Formats of which later times are greater strings or numbers begin with a year, and each directive after it is finer.
_SORTED = ("YmdHM", "Yj", "GVu")


def range_expression(first: PartitionKey, clock: Clock, span: tuple[datetime, datetime]) -> str | None:
    """Return an expression for the partitions that have an instant in common with a time, possibly with others.

    It is on the first key, and a day wider than the time at both ends. None if the first key does not sort by time.

    Parameters
    ----------
    first
        The table's first key.
    clock
        The clock of the timezone in which the keys are written.
    """
    time_format = key_format(first.type, first.date_format) or ""
    letters = "".join(directives(time_format))
    number = first.type in INTEGER_BITS
    if not (number or first.type in ("string", "date")) or not letters:
        return None
    if not any(one.startswith(letters) for one in _SORTED):
        return None
    try:
        texts = [
            format_time(clock.local(instant), time_format).replace("'", "''")
            for instant in (span[0] - _DAY, span[1] + _DAY)
        ]
    except OverflowError:
        return None
    low, high = (str(int(text)) if number else f"'{text}'" for text in texts)
    return f"{first.name} >= {low} AND {first.name} <= {high}"
