"""When a pipeline runs, in words."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from partitioned_pipelines.operations.lake_state.documents.lake import Pipeline

_DAILY: Final = re.compile(r"([0-9]{1,2}) ([0-9]{1,2}) \* \* \? \*|([0-9]{1,2}) ([0-9]{1,2}) \? \* \* \*")
_HOURLY: Final = re.compile(r"([0-9]{1,2}) \* \* \* \? \*")


def when_of(pipeline: Pipeline) -> str:
    """Return what starts a pipeline's runs, and when."""
    if pipeline.off:
        return f"{pipeline.off}; else {_when(pipeline)}"
    return _when(pipeline)


def _when(pipeline: Pipeline) -> str:
    if pipeline.when == "inputs":
        return "when its inputs are published"
    if pipeline.when == "arrival":
        return "when a file arrives"
    if pipeline.schedule is None:
        return "no schedule: nothing can be missing or late"
    if daily := _DAILY.fullmatch(pipeline.schedule):
        minute, hour = (daily[1], daily[2]) if daily[1] else (daily[3], daily[4])
        return f"daily at {int(hour):02d}:{int(minute):02d} {pipeline.zone}"
    if hourly := _HOURLY.fullmatch(pipeline.schedule):
        return f"{int(hourly[1])} min past every hour"
    return f"{pipeline.schedule} {pipeline.zone}"
