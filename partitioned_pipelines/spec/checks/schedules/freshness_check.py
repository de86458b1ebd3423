"""The rule for ``freshness``: a duration that can pass, or ``off``."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from partitioned_pipelines.lake.duration import InvalidDurationError, parse_duration
from partitioned_pipelines.spec.model.fields import UNWATCHED

if TYPE_CHECKING:
    from partitioned_pipelines.spec.files.yaml_source import Findings
    from partitioned_pipelines.spec.model.pipeline import PipelineEntry

# An interval that is not missed for a year is not watched.
_LONGEST = timedelta(days=366)


def check_freshness(pipeline: PipelineEntry, findings: Findings) -> None:
    """Check a pipeline's ``freshness``."""
    if pipeline.freshness is not None:
        findings.add(("freshness",), _problem(pipeline.freshness, pipeline))


def _problem(text: str, pipeline: PipelineEntry) -> str | None:
    schedule = pipeline.schedule
    if schedule is None or (schedule.cron is None and schedule.when is None):
        return "is counted from a scheduled start or a deadline, and there is no `cron:` or `when:`: remove it, or add one of them"
    if text == UNWATCHED:
        return None
    try:
        duration = parse_duration(text)
    except InvalidDurationError:
        return f"is {text!r}, which is not a duration: use a number of hours, days or weeks such as 30h, 8d or 2w, or {UNWATCHED}"
    if not timedelta(0) < duration <= _LONGEST:
        return f"is {text!r}: use 1h to {_LONGEST.days}d, or {UNWATCHED}"
    return None
