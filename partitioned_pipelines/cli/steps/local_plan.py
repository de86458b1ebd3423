"""What PlanRun will decide of a run, as far as it can be known without a cloud: interval, input URIs, environment."""

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

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

    from partitioned_pipelines.spec.model.pipeline import Pipeline, Step


def execution_input(day: str | None, start: str | None, end: str | None) -> dict[str, str] | None:
    """Write the execution's input for ``--date``, or ``--from`` and ``--to``; None where none of them is given.

    Raises
    ------
    CommandError
        Where the options do not go together, or hold no dates.
    """
    if day is None and start is None and end is None:
        return None
    if day is not None and (start is not None or end is not None):
        raise CommandError("--date is one day, --from and --to are several", "give either --date, or --from and --to")
    if day is None and (start is None or end is None):
        missing = "--to" if end is None else "--from"
        raise CommandError(f"{missing} is missing", "give both: --from 2013-01-01 --to 2014-01-01 is the year 2013")
    given = {"date": day} if day is not None else {"from": start or "", "to": end or ""}
    try:
        interval_of(given, "UTC", 0)
    except InvalidIntervalError as error:
        raise CommandError(str(error)) from error
    return given


def scheduled_interval(pipeline: Pipeline, now: datetime) -> Interval:
    """Say which day a scheduled run would be about, were it to start now."""
    schedule = pipeline.schedule
    timezone, offset = (schedule.timezone, schedule.date_offset_days) if schedule else ("UTC", 0)
    try:
        return interval_of({"scheduled_time": format_instant(now)}, timezone, offset)
    except UnknownTimezoneError as error:
        raise CommandError(str(error)) from error


def refuse_several_days(pipeline: Pipeline, interval: Interval) -> None:
    """Refuse several days if a part of the pipeline is about one: PlanRun would, after all has been deployed and started.

    Raises
    ------
    CommandError
        If an input's URI or an argument has ``{process_date}``.
    """
    if interval.one_day:
        return
    for step in pipeline.steps:
        uris = {f"input {name!r} of step {step.name!r}": uri for name, uri in step.uri_inputs.items()}
        arguments = [(f"step {step.name!r}, arguments,", text) for text in step.arguments]
        for what, text in [*uris.items(), *arguments]:
            if "process_date" in Template.parse(text).names:
                raise _needs_one_day(what, text, interval)


def _needs_one_day(what: str, text: str, interval: Interval) -> CommandError:
    return CommandError(
        f"{what} has {{process_date}} in {text!r}, and the interval from {interval.start} to {interval.end} is more than one day",
        "give --date, or let the pipeline use {process_start:FORMAT} and {process_end:FORMAT}",
    )


@dataclass(frozen=True)
class LocalPlan:
    """The values that placeholders stand for; ``tests/cli`` holds it against PlanRun itself.

    Attributes
    ----------
    pipeline
        Whose run it is.
    interval
        Which days it is about.
    lake_bucket
        What ``{lake}`` stands for.
    run_id
        What ``{run_id}`` stands for; None where only the cloud can tell.
    """

    pipeline: Pipeline
    interval: Interval
    lake_bucket: str
    run_id: str | None = None

    def environment(self, step: Step) -> dict[str, str]:
        """Give the environment that the step's script sees."""
        start, end = self.interval.start.isoformat(), self.interval.end.isoformat()
        return {
            **step.environment,
            **step.secrets,
            "PROCESS_START": start,
            "PROCESS_END": end,
            **({"PROCESS_DATE": start} if self.interval.one_day else {}),
            "PROCESS_TIMEZONE": self.pipeline.schedule.timezone if self.pipeline.schedule else "UTC",
            **({"RUN_ID": self.run_id} if self.run_id else {}),
        }

    def resolve(self, text: str, what: str) -> str:
        """Put values in place of a text's placeholders.

        Parameters
        ----------
        text
            From the pipeline file, where it was checked.
        what
            Names the text in an error.
        """
        template, values = Template.parse(text), self._values
        for name in sorted(template.names - values.keys()):
            if name == "process_date":
                raise _needs_one_day(what, text, self.interval)
            raise CommandError(f"{what} has {{{name}}} in {text!r}, which only the run itself will know")
        return template.resolve(values)

    @property
    def _values(self) -> Mapping[str, str | date]:
        values: dict[str, str | date] = {
            "lake": self.lake_bucket,
            "process_start": self.interval.start,
            "process_end": self.interval.end,
        }
        if self.interval.one_day:
            values["process_date"] = self.interval.start
        if self.run_id:
            values["run_id"] = self.run_id
        return values
