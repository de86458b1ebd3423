"""The values of a run's placeholders and of its scripts' environment variables."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from partitioned_pipelines.lake.intervals.interval import Interval, InvalidIntervalError
from partitioned_pipelines.lake.placeholders import DATE_NAMES
from partitioned_pipelines.lake.runs.run_facts import FACT_OF_VARIABLE, PROCESS_TIMEZONE

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from partitioned_pipelines.lake.function_events.payloads import ProcessDates
    from partitioned_pipelines.lake.intervals.calendar import Calendar
    from partitioned_pipelines.lake.placeholders import Template


class UnknownUntilRunError(LookupError):
    """The value of a placeholder is known only once the run has started."""


@dataclass(frozen=True, slots=True)
class RunPlan:
    """The values of one run, used by PlanRun on AWS, and by ``pipelines step`` and ``--input`` on this machine.

    Attributes
    ----------
    interval
        The time to process.
    lake_bucket
        The value of ``{lake}``.
    run_id
        The value of ``{run_id}``; None before the run starts.
    """

    interval: Interval
    lake_bucket: str
    run_id: str | None = None

    @property
    def dates(self) -> ProcessDates:
        """The interval as scripts see it."""
        interval = self.interval
        dates: ProcessDates = {"process_start": interval.start_text, "process_end": interval.end_text}
        if interval.process_date:
            dates["process_date"] = interval.process_date.isoformat()
        if interval.process_hour:
            dates["process_hour"] = interval.process_hour
        return dates

    @property
    def environment(self) -> dict[str, str]:
        """The environment variables that the run sets for every script."""
        facts = {**self.dates, **({"run_id": self.run_id} if self.run_id else {})}
        return {
            **{name: str(facts[fact]) for name, fact in FACT_OF_VARIABLE.items() if fact in facts},
            PROCESS_TIMEZONE: self.interval.timezone,
        }

    def resolve_input(self, template: Template, what: str, calendar: Calendar) -> str:
        """Replace the placeholders of an input's URI, which must be the same for each interval of the run.

        Otherwise, a run of a day would silently read the input of its first hour alone.

        Raises
        ------
        InvalidIntervalError
            If the URI differs between the intervals.
        """
        resolved = self.resolve(template, what)
        if template.names.isdisjoint(DATE_NAMES):
            return resolved
        for interval in calendar.between(self.interval.start, self.interval.end):
            single = replace(self, interval=interval).resolve(template, what)
            if single != resolved:
                raise InvalidIntervalError(
                    f"{what} has {template.text!r}, and the run from {self.interval.start_text} to {self.interval.end_text} would read "
                    f"{resolved}, while its interval {interval} has {single}: run each interval by itself, or use a table as the input"
                )
        return resolved

    def resolve(self, template: Template, what: str) -> str:
        """Replace a template's placeholders with their values.

        Parameters
        ----------
        what
            The template, as described in an error.

        Raises
        ------
        InvalidIntervalError
            If the template has ``{process_date}``, and no single day contains the interval.
        UnknownUntilRunError
            If the template has ``{run_id}``, and the run has not started.
        """
        values = self._values
        for name in sorted(template.names - values.keys()):
            if name == "process_date":
                raise InvalidIntervalError(
                    f"{what} has {{process_date}} in {template.text!r}, and the interval from {self.interval.start_text} to "
                    f"{self.interval.end_text} is more than one day: use one date, or {{process_start:FORMAT}} and "
                    "{process_end:FORMAT}"
                )
            raise UnknownUntilRunError(
                f"{what} has {{{name}}} in {template.text!r}, which is known only during the run"
            )
        return template.resolve(values)

    @property
    def _values(self) -> Mapping[str, str | date]:
        interval = self.interval
        values: dict[str, str | date] = {
            "lake": self.lake_bucket,
            "process_start": interval.local_start,
            "process_end": interval.local_end,
            "process_start_utc": interval.start,
            "process_end_utc": interval.end,
        }
        if interval.process_date:
            values["process_date"] = interval.process_date
        if self.run_id:
            values["run_id"] = self.run_id
        return values
