"""The values of a run's placeholders and of its scripts' environment variables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from partitioned_pipelines.lake.interval import Interval, InvalidIntervalError
from partitioned_pipelines.lake.run_facts import FACT_OF_VARIABLE, PROCESS_TIMEZONE

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from partitioned_pipelines.lake.function_events.payloads import ProcessDates
    from partitioned_pipelines.lake.placeholders import Template


class UnknownUntilRunError(LookupError):
    """The value of a placeholder is known only once the run has started."""


@dataclass(frozen=True, slots=True)
class RunPlan:
    """The values of one run, used by PlanRun on AWS, and by ``pipelines step`` and ``--input`` on this machine.

    Attributes
    ----------
    interval
        The days to process.
    timezone
        The schedule's timezone.
    lake_bucket
        The value of ``{lake}``.
    run_id
        The value of ``{run_id}``; None before the run starts.
    """

    interval: Interval
    timezone: str
    lake_bucket: str
    run_id: str | None = None

    @property
    def dates(self) -> ProcessDates:
        """``process_start``, ``process_end`` and, for one day, ``process_date``, as ISO dates."""
        start, end = self.interval.start.isoformat(), self.interval.end.isoformat()
        if self.interval.one_day:
            return {"process_start": start, "process_end": end, "process_date": start}
        return {"process_start": start, "process_end": end}

    @property
    def environment(self) -> dict[str, str]:
        """The environment variables that the run sets for every script."""
        facts = {**self.dates, **({"run_id": self.run_id} if self.run_id else {})}
        return {
            **{name: str(facts[fact]) for name, fact in FACT_OF_VARIABLE.items() if fact in facts},
            PROCESS_TIMEZONE: self.timezone,
        }

    def resolve(self, template: Template, what: str) -> str:
        """Replace a template's placeholders with their values.

        Parameters
        ----------
        what
            The template, as described in an error.

        Raises
        ------
        InvalidIntervalError
            If the template has ``{process_date}``, and the interval has several days.
        UnknownUntilRunError
            If the template has ``{run_id}``, and the run has not started.
        """
        values = self._values
        for name in sorted(template.names - values.keys()):
            if name == "process_date":
                raise InvalidIntervalError(
                    f"{what} has {{process_date}} in {template.text!r}, and the interval from {self.interval.start} to "
                    f"{self.interval.end} is more than one day: use one date, or {{process_start:FORMAT}} and "
                    "{process_end:FORMAT}"
                )
            raise UnknownUntilRunError(
                f"{what} has {{{name}}} in {template.text!r}, which is known only during the run"
            )
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
