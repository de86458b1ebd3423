"""What started an execution, by its name and its input."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from partitioned_pipelines.lake.runs.backfill_names import BACKFILL_PREFIX

if TYPE_CHECKING:
    from collections.abc import Mapping

Trigger = Literal["schedule", "inputs", "backfill", "person"]
_STARTED_BY_INPUTS = ("inputs-", "arrival-")


def name_started_by_inputs(interval_key: str, *, arrival: bool) -> str:
    """Return the name of the execution that StartRun starts about an interval, for published tables or an object that arrives."""
    return f"{_STARTED_BY_INPUTS[arrival]}{interval_key}"


def trigger_of(name: str, given_input: Mapping[str, Any]) -> Trigger:
    """Return what started an execution. ``inputs`` is StartRun, also at a deadline."""
    if name.startswith(BACKFILL_PREFIX):
        return "backfill"
    if name.startswith(_STARTED_BY_INPUTS):
        return "inputs"
    return "schedule" if "scheduled_time" in given_input else "person"
