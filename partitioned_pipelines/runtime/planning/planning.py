"""PlanRun: an execution's input becomes a plan, with every interval, name and URI of the run decided once."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from partitioned_pipelines.lake.function_events.requests import InvalidRequestError, PlanRequest
from partitioned_pipelines.lake.interval import (
    Interval,
    InvalidIntervalError,
    format_instant,
    interval_of,
    parse_scheduled_time,
)
from partitioned_pipelines.lake.key_layout import scheduled_claim_key
from partitioned_pipelines.lake.run_id import build_run_id
from partitioned_pipelines.runtime.conditional_object import claim
from partitioned_pipelines.runtime.planning.input_objects import holds_objects
from partitioned_pipelines.runtime.planning.manifest import TableFiles, write_manifest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date

    from mypy_boto3_glue import GlueClient
    from mypy_boto3_s3 import S3Client

    from partitioned_pipelines.lake.function_events.requests import PlannedStep
    from partitioned_pipelines.lake.placeholders import Template


class MissingInputError(RuntimeError):
    """There is nothing where a step reads from."""


def plan_run(
    event: Mapping[str, Any],
    s3: S3Client,
    *,
    glue: Callable[[], GlueClient] | None = None,
    sleep: Callable[[float], None] = time.sleep,
) -> dict[str, Any]:
    """Plan a run.

    A scheduled event is claimed last, after all that can fail: a plan that failed has done nothing, so that a further
    delivery of the event, or a new execution with the same input, may still do the work. An execution that repeats
    PlanRun, by a retry or a redrive, finds its own claim.

    Parameters
    ----------
    event
        PlanRun's payload: ``spec``, ``execution`` and ``input``.
    glue
        Makes a client of the Data Catalog, where a step reads a table.

    Returns
    -------
    dict
        ``outcome`` is ``run``, or ``duplicate`` or ``missing_input`` with a ``reason``; ``run_id``, ``started_at``,
        ``process_start``, ``process_end`` and, for one day, ``process_date``; for a run the ``steps``, each with its
        resolved ``inputs``, ``arguments``, ``environment`` and ``outputs``.

    Raises
    ------
    InvalidIntervalError
        Where the input names no interval, or several days meet ``{process_date}``.
    UnknownTimezoneError
        Where the schedule's timezone is not in the time zone database.
    MissingInputError
        Where there is nothing under an input's URI, or in a table, and the step does not skip that.
    ManifestError
        Where a table's files cannot be handed to a job.
    """
    request = PlanRequest.from_event(event)
    run = _Run(request, interval_of(request.execution_input, request.timezone, request.date_offset_days))
    steps = {step.name: run.plan_step(step) for step in request.steps}
    empty = _write_manifests(run, steps, s3, glue)
    missing = _find_missing_input(steps, request, s3, empty)
    if missing:
        return {"outcome": "missing_input", "reason": missing, **run.facts}
    duplicate = _claim_scheduled_event(request, s3, sleep)
    if duplicate:
        return {"outcome": "duplicate", "reason": duplicate, **run.facts}
    return {"outcome": "run", **run.facts, "steps": steps}


@dataclass(frozen=True, slots=True)
class _Run:
    """A run whose interval is known."""

    request: PlanRequest
    interval: Interval

    @property
    def run_id(self) -> str:
        return build_run_id(self.request.execution_start, self.request.execution_arn)

    @property
    def facts(self) -> dict[str, str]:
        """What is told of the run, whatever comes of it."""
        return {
            "run_id": self.run_id,
            "started_at": format_instant(self.request.execution_start, "milliseconds"),
            "process_start": self.interval.start.isoformat(),
            "process_end": self.interval.end.isoformat(),
            **({"process_date": self.interval.start.isoformat()} if self.interval.one_day else {}),
        }

    def plan_step(self, step: PlannedStep) -> dict[str, Any]:
        """Resolve a step's templates."""
        return {
            "job_stem": step.job_stem,
            "inputs": {
                name: self.resolve(uri, step)
                for name, uri in (
                    *step.inputs.items(),
                    *((name, entry.manifest) for name, entry in step.table_inputs.items()),
                )
            },
            "arguments": [self.resolve(argument, step) for argument in step.arguments],
            "environment": {**step.environment, **self._environment()},
            "outputs": {name: self.resolve(prefix, step) for name, prefix in step.outputs.items()},
        }

    def _environment(self) -> dict[str, str]:
        facts = self.facts
        return {
            "PROCESS_START": facts["process_start"],
            "PROCESS_END": facts["process_end"],
            **({"PROCESS_DATE": facts["process_date"]} if self.interval.one_day else {}),
            "PROCESS_TIMEZONE": self.request.timezone,
            "RUN_ID": facts["run_id"],
        }

    def resolve(self, template: Template, step: PlannedStep) -> str:
        """Fill a template in."""
        values: dict[str, str | date] = {
            "lake": self.request.lake_bucket,
            "run_id": self.run_id,
            "process_start": self.interval.start,
            "process_end": self.interval.end,
        }
        if self.interval.one_day:
            values["process_date"] = self.interval.start
        elif "process_date" in template.names:
            raise InvalidIntervalError(
                f"step {step.name!r} has {{process_date}} in {template.text!r}, and the interval from "
                f"{self.interval.start} to {self.interval.end} is more than one day: give one date, or let the step "
                "use {process_start:FORMAT} and {process_end:FORMAT}"
            )
        return template.resolve(values)


def _write_manifests(
    run: _Run, steps: Mapping[str, Mapping[str, Any]], s3: S3Client, glue: Callable[[], GlueClient] | None
) -> dict[tuple[str, str], str]:
    """Write the manifest of each table that a step reads; say of those that hold nothing why."""
    empty = {}
    for step in run.request.steps:
        for name, entry in step.table_inputs.items():
            if glue is None:
                raise InvalidRequestError(
                    f"step {step.name!r} reads a table, and there is no client for the Data Catalog"
                )
            table = TableFiles.from_payload(entry.table, run.resolve(entry.location, step))
            if not write_manifest(s3, glue(), table, run.interval, steps[step.name]["inputs"][name]):
                which = "partitions" if table.partitions == "all" else "partitions of the run's interval"
                empty[step.name, name] = f"the {which} of {table.full_name} hold no files"
    return empty


def _find_missing_input(
    steps: Mapping[str, Mapping[str, Any]], request: PlanRequest, s3: S3Client, empty: Mapping[tuple[str, str], str]
) -> str | None:
    """Say which input is missing where its step skips that; one that must not be missing is found first."""
    reasons = []
    for step in sorted(request.steps, key=lambda step: step.skip_missing_input):
        for name, uri in steps[step.name]["inputs"].items():
            why = empty.get((step.name, name))
            if why is None and (name in step.table_inputs or holds_objects(s3, uri)):
                continue
            reason = f"step {step.name!r}, input {name!r}: {why or f'there is nothing under {uri}'}"
            if not step.skip_missing_input:
                raise MissingInputError(reason)
            reasons.append(reason)
    return "; ".join(reasons) or None


def _claim_scheduled_event(request: PlanRequest, s3: S3Client, sleep: Callable[[float], None]) -> str | None:
    """Claim the event that started the execution; say who has it where that is another execution."""
    execution_input = request.execution_input
    if not isinstance(execution_input, dict) or "scheduled_time" not in execution_input:
        return None  # somebody asked for this run: that it repeats another is their wish
    scheduled_time = format_instant(parse_scheduled_time(execution_input["scheduled_time"]))
    key = scheduled_claim_key(request.pipeline, scheduled_time)
    owner = claim(s3, request.lake_bucket, key, request.execution_arn, sleep=sleep)
    if owner == request.execution_arn:
        return None
    return (
        f"the event scheduled for {scheduled_time} belongs to {owner}: redrive that execution, "
        'or start one with {"date": "YYYY-MM-DD"} to process the day again'
    )
