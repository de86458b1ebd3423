"""Environment variables that a run sets for every script."""

from __future__ import annotations

PROCESS_START = "PROCESS_START"
"""First day of the interval, an ISO date."""
PROCESS_END = "PROCESS_END"
"""The day after its last."""
PROCESS_DATE = "PROCESS_DATE"
"""The one day that the run is about; not set for several."""
PROCESS_TIMEZONE = "PROCESS_TIMEZONE"
"""Timezone of the schedule."""
RUN_ID = "RUN_ID"
"""Id of the run."""

GIVEN_ENVIRONMENT = frozenset({PROCESS_START, PROCESS_END, PROCESS_DATE, PROCESS_TIMEZONE, RUN_ID})

FACT_OF_VARIABLE = {
    PROCESS_START: "process_start",
    PROCESS_END: "process_end",
    PROCESS_DATE: "process_date",
    RUN_ID: "run_id",
}
"""Variables that PlanRun decides, each with the name of the fact that it returns."""
