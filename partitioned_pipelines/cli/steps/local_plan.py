"""PlanRun's decisions for a run, as far as they are known without a cloud: interval, input URIs, environment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from partitioned_pipelines.cli.errors import CommandError
from partitioned_pipelines.lake.interval import (
    Interval,
    InvalidIntervalError,
    UnknownTimezoneError,
    format_instant,
    interval_of,
)
from partitioned_pipelines.lake.placeholders import Template
from partitioned_pipelines.runtime.planning.run_plan import RunPlan, UnknownUntilRunError

if TYPE_CHECKING:
    from datetime import datetime

    from partitioned_pipelines.spec.model.pipeline import Pipeline, Step


def execution_input(day: str | None, start: str | None, end: str | None) -> dict[str, str] | None:
    """Return the execution's input for ``--date``, or ``--from`` and ``--to``; None if none is given.

    Raises
    ------
    CommandError
        If the options cannot be combined, or are not dates.
    """
    if day is None and start is None and end is None:
        return None
    if day is not None and (start is not None or end is not None):
        raise CommandError("--date and --from/--to are mutually exclusive", "use either --date, or --from and --to")
    if day is None and (start is None or end is None):
        missing = "--to" if end is None else "--from"
        raise CommandError(f"{missing} is missing", "use both: --from 2013-01-01 --to 2014-01-01 is the year 2013")
    given = {"date": day} if day is not None else {"from": start or "", "to": end or ""}
    try:
        interval_of(given, "UTC", 0)
    except InvalidIntervalError as error:
        raise CommandError(str(error)) from error
    return given


def scheduled_interval(pipeline: Pipeline, now: datetime) -> Interval:
    """Return the interval that a scheduled run would have if it started now."""
    schedule = pipeline.schedule
    timezone, offset = (schedule.timezone, schedule.date_offset_days) if schedule else ("UTC", 0)
    try:
        return interval_of({"scheduled_time": format_instant(now)}, timezone, offset)
    except UnknownTimezoneError as error:
        raise CommandError(str(error)) from error


def refuse_several_days(pipeline: Pipeline, interval: Interval) -> None:
    """Reject several days if the pipeline uses a single date; otherwise PlanRun would, after the deployment and the start of the run.

    Raises
    ------
    CommandError
        If an input's URI or an argument contains ``{process_date}``.
    """
    if interval.one_day:
        return
    plan = LocalPlan(pipeline, RunPlan(interval, "UTC", "bucket", "run"))
    for step in pipeline.steps:
        for name, uri in step.uri_inputs.items():
            plan.resolve(uri, f"input {name!r} of step {step.name!r}")
        for text in step.arguments:
            plan.resolve(text, f"step {step.name!r}, arguments,")


@dataclass(frozen=True)
class LocalPlan:
    """PlanRun's decisions for a pipeline, as far as they are known without a cloud.

    Attributes
    ----------
    pipeline
        The pipeline of the run.
    run
        The values of the run.
    """

    pipeline: Pipeline
    run: RunPlan

    @classmethod
    def of(cls, pipeline: Pipeline, interval: Interval, lake_bucket: str, run_id: str | None = None) -> LocalPlan:
        """Return the plan of a run for an interval."""
        timezone = pipeline.schedule.timezone if pipeline.schedule else "UTC"
        return cls(pipeline, RunPlan(interval, timezone, lake_bucket, run_id))

    def environment(self, step: Step) -> dict[str, str]:
        """Return the environment of the step's script."""
        return {**step.environment, **step.secrets, **self.run.environment}

    def resolve(self, text: str, what: str) -> str:
        """Return a validated string of the pipeline file with its placeholders replaced.

        Raises
        ------
        CommandError
            If a placeholder has no value; ``what`` names the string.
        """
        try:
            return self.run.resolve(Template.parse(text), what)
        except InvalidIntervalError as error:
            raise CommandError(str(error), "--date DAY is one date") from error
        except UnknownUntilRunError as error:
            raise CommandError(str(error)) from error
