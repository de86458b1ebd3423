"""The facts of every run: its id, sortable by start time and unique per execution, and the environment variables of scripts."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

from partitioned_pipelines.lake.intervals.cadence import Cadence
from partitioned_pipelines.lake.intervals.instants import COMPACT_PATTERN, compact_instant, parse_compact

if TYPE_CHECKING:
    from datetime import datetime

    from partitioned_pipelines.lake.function_events.payloads import PlanFact, ScheduleSpec

RUN_ID_PATTERN = f"{COMPACT_PATTERN}-[0-9a-f]{{8}}"
_RUN_ID = re.compile(RUN_ID_PATTERN)

PROCESS_START = "PROCESS_START"
"""The start of the interval: an ISO date, or a local time with its offset if intervals are finer than a day."""
PROCESS_END = "PROCESS_END"
"""The exclusive end of the interval, in the same form."""
PROCESS_DATE = "PROCESS_DATE"
"""The single day of the interval; not set if the interval has several days."""
PROCESS_HOUR = "PROCESS_HOUR"
"""The single hour of the interval, two digits; not set if the interval has several hours."""
PROCESS_TIMEZONE = "PROCESS_TIMEZONE"
"""The schedule's timezone."""
RUN_ID = "RUN_ID"
"""The id of the run."""

GIVEN_ENVIRONMENT = frozenset({PROCESS_START, PROCESS_END, PROCESS_DATE, PROCESS_HOUR, PROCESS_TIMEZONE, RUN_ID})

FACT_OF_VARIABLE: dict[str, PlanFact] = {
    PROCESS_START: "process_start",
    PROCESS_END: "process_end",
    PROCESS_DATE: "process_date",
    PROCESS_HOUR: "process_hour",
    RUN_ID: "run_id",
}


def facts_of_variables(schedule: ScheduleSpec) -> dict[str, PlanFact]:
    """Return the variables that PlanRun sets, each with the name of the fact that PlanRun returns.

    PROCESS_HOUR is among them if the intervals are finer than a day.
    """
    hours = not Cadence.parse(schedule.get("interval", "day")).whole_days
    return {name: fact for name, fact in FACT_OF_VARIABLE.items() if hours or name != PROCESS_HOUR}


def build_run_id(started_at: datetime, execution_arn: str) -> str:
    """Build ``20261123T162508Z-1a2b3c4d`` from an execution's start time and ARN.

    A redrive keeps both, and therefore the run id.
    """
    digest = hashlib.sha256(execution_arn.encode()).hexdigest()
    return f"{compact_instant(started_at)}-{digest[:8]}"


def started_at_of(run_id: str) -> datetime | None:
    """Parse the start time, in seconds, from a run id; None if the string is not a run id of this project."""
    if not _RUN_ID.fullmatch(run_id):
        return None
    try:
        return parse_compact(run_id.partition("-")[0])
    except ValueError:
        return None
