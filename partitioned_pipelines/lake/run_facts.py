"""What is known of every run: its id, sortable by its start and unique by its execution, and the variables that tell scripts of it."""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from partitioned_pipelines.lake.function_events.payloads import PlanFact

RUN_ID_PATTERN = "[0-9]{8}T[0-9]{6}Z-[0-9a-f]{8}"
_RUN_ID = re.compile(RUN_ID_PATTERN)

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

FACT_OF_VARIABLE: dict[str, PlanFact] = {
    PROCESS_START: "process_start",
    PROCESS_END: "process_end",
    PROCESS_DATE: "process_date",
    RUN_ID: "run_id",
}
"""Variables that PlanRun decides, each with the name of the fact that it returns."""


def build_run_id(started_at: datetime, execution_arn: str) -> str:
    """Build ``20261123T162508Z-1a2b3c4d`` from an execution's start and ARN.

    A redrive keeps both, and with them its run id.
    """
    digest = hashlib.sha256(execution_arn.encode()).hexdigest()
    return f"{started_at.astimezone(UTC):%Y%m%dT%H%M%SZ}-{digest[:8]}"


def started_at_of(run_id: str) -> datetime | None:
    """Read the start, to the second, out of a run id; None if it is not one of ours."""
    if not _RUN_ID.fullmatch(run_id):
        return None
    try:
        return datetime.strptime(run_id.partition("-")[0], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        return None
