"""The rules for placeholders in inputs and arguments: those that a run of the pipeline can fill in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from partitioned_pipelines.lake.intervals.cadence import Cadence
from partitioned_pipelines.lake.placeholders import InvalidPlaceholderError, Template

if TYPE_CHECKING:
    from partitioned_pipelines.spec.model.pipeline import Schedule


def parse_template(text: str, schedule: Schedule | None) -> Template:
    """Parse a string with placeholders.

    Raises
    ------
    InvalidPlaceholderError
        If a placeholder is invalid, or has no value in any scheduled run of the pipeline.
    """
    template = Template.parse(text)
    interval = schedule.interval if schedule else None
    cadence = Cadence.parse(interval or "day")
    if cadence.whole_days and (times := template.local_times):
        raise InvalidPlaceholderError(
            f"{times[0]} in {text!r} has a time of day, '%H', '%M' or '%z', which is for intervals finer than a day: use a date format, or set "
            "schedule.interval: hour"
        )
    if "process_date" in template.names and cadence.unit in ("week", "month"):
        raise InvalidPlaceholderError(
            f"{{process_date}} in {text!r} has no value: a {cadence} is more than one day; use {{process_start:FORMAT}}"
        )
    if "process_date" in template.names and schedule and schedule.lookback:
        raise InvalidPlaceholderError(
            f"{{process_date}} in {text!r} has no value: with lookback, a scheduled run is about {schedule.lookback + 1} intervals; use "
            "{process_start:FORMAT} and {process_end:FORMAT}"
        )
    return template
