"""The rules for a schedule with ``when:``, which starts runs when their inputs are there."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from partitioned_pipelines.lake.intervals.cadence import Cadence
from partitioned_pipelines.lake.partitions.extent import fit_in
from partitioned_pipelines.lake.placeholders import (
    DATE_NAMES,
    LOCAL_TIME_NAMES,
    InvalidPlaceholderError,
    Placeholder,
)
from partitioned_pipelines.lake.schedule.deadline import InvalidWaitError, deadlines, parse_wait
from partitioned_pipelines.lake.schedule.deployed_cron import ShiftingMinutesError, deployed_cron
from partitioned_pipelines.lake.schedule.zone_facts import repeats_hours
from partitioned_pipelines.lake.time_format import ISO_FORMAT, has_time
from partitioned_pipelines.spec.checks.steps.placeholder_check import parse_template
from partitioned_pipelines.spec.model.pipeline import UriInput

if TYPE_CHECKING:
    from collections.abc import Iterator

    from partitioned_pipelines.lake.placeholders import Template
    from partitioned_pipelines.spec.files.yaml_source import Findings
    from partitioned_pipelines.spec.model.pipeline import PipelineEntry, Schedule

_PREFIX = re.compile(r"raw/[^/][\s\S]*/")
# Of EventBridge, in a pattern or in the template of a target's input.
_SPECIAL = re.compile(r'[*<>"\\]')
_NAME = re.compile(r"[^/*{}<>\"\\]+")
_EXAMPLE = "{when: inputs, interval: day, timezone: Asia/Tokyo, wait: 6h}"


def start_problems(schedule: Schedule) -> Iterator[tuple[str, str]]:
    """Yield the fields of a schedule with ``when:`` that are missing or contradict each other, with the error."""
    for name in ("cron", "offset", "lookback"):
        if getattr(schedule, name) is not None:
            yield name, f"is for a schedule without `when:`, which is {schedule.when!r}: keep one of them"
    if "date_offset_days" in schedule.model_fields_set:
        yield (
            "date_offset_days",
            "is for a schedule with `cron:`: remove it; a run is about the interval that its inputs have published",
        )
    if schedule.interval is None:
        yield (
            "when",
            f"is {schedule.when!r}, and `interval:` is missing: the time that one run is about, such as {_EXAMPLE}",
        )
    if schedule.wait is None:
        yield (
            "when",
            f"is {schedule.when!r}, and `wait:` is missing: how long after its interval a run waits, such as {_EXAMPLE}",
        )
    else:
        try:
            parse_wait(schedule.wait)
        except InvalidWaitError as error:
            yield "wait", f"is {error}"
    for name in ("prefix", "of"):
        given = getattr(schedule, name)
        if schedule.when == "inputs" and given is not None:
            yield name, "is for when: arrival: remove it; the tables that a run waits for are those that its steps read"
        elif schedule.when == "arrival" and given is None:
            example = "{when: arrival, prefix: 'raw/NAME/{process_date:%Y/%m/%d}/', of: _SUCCESS, …}"
            yield (
                "when",
                f"is 'arrival', and `{name}:` is missing: name the object that arrives last, such as {example}",
            )


def waits_problem(schedule: Schedule) -> str | None:
    """Return an error if the deadlines of a schedule with valid fields cannot be deployed, else None."""
    if schedule.interval is None or schedule.wait is None:
        return None
    try:
        deployed_cron(deadlines(schedule.interval, schedule.timezone, parse_wait(schedule.wait)))
    except InvalidWaitError:
        return None  # reported with the field
    except ShiftingMinutesError as error:
        return f"is {schedule.interval!r}, and {error}"
    return None


def check_arrival(pipeline: PipelineEntry, findings: Findings) -> None:
    """Check that the object's name and its folder tell one interval from the next, and that a step reads the folder."""
    schedule = pipeline.schedule
    if schedule is None or schedule.when != "arrival":
        return
    if schedule.of is not None and not _NAME.fullmatch(schedule.of):
        message = (
            f"is {schedule.of!r}: write the name of one object, such as _SUCCESS, without a slash, an asterisk, <, >, a quote or a "
            "placeholder"
        )
        findings.add(("schedule", "of"), message)
    if schedule.prefix is not None:
        findings.add(("schedule", "prefix"), _prefix_problem(pipeline, schedule, schedule.prefix))


def _prefix_problem(pipeline: PipelineEntry, schedule: Schedule, prefix: str) -> str | None:
    if not _PREFIX.fullmatch(prefix) or "//" in prefix or _SPECIAL.search(prefix):
        return (
            f"is {prefix!r}: write a folder below raw/ in the lake's bucket, with a slash at its end and without an asterisk, <, > or a "
            "quote"
        )
    try:
        template = parse_template(prefix, schedule)
    except InvalidPlaceholderError as error:
        return str(error)
    if others := sorted(template.names - DATE_NAMES):
        return f"is {prefix!r}: {{{others[0]}}} is not a part of the time; use {{process_date:FORMAT}} or {{process_start:FORMAT}}"
    if problem := _interval_problem(template, schedule):
        return f"is {prefix!r}, {problem}"
    read = [
        source.uri if isinstance(source, UriInput) else source
        for step in pipeline.steps
        for source in step.inputs.values()
        if isinstance(source, UriInput | str)
    ]
    if not any(uri.startswith(f"s3://{{lake}}/{prefix}") for uri in read):
        there = ", ".join(repr(uri.removeprefix("s3://{lake}/")) for uri in read) or "none from S3"
        return f"is {prefix!r}, which no step reads: write it as in the step's input ({there})"
    return None


def _interval_problem(template: Template, schedule: Schedule) -> str | None:
    """Return an error if a folder does not tell which interval it is about, else None."""
    cadence = Cadence.parse(schedule.interval or "day")
    dated = [part for part in template.parts if isinstance(part, Placeholder)]
    formats = [part.time_format or ISO_FORMAT for part in dated]
    whole_times = any(part.time_format is None and part.name != "process_date" for part in dated)
    if not dated or not (whole_times or fit_in([("string", " ".join(formats))], cadence)):
        return f"which does not tell one interval ({cadence}) from the next: name it by placeholders, such as {{process_start:%Y/%m/%d}}"
    names_hour = [part for part in dated if part.name in LOCAL_TIME_NAMES and has_time(part.time_format or "")]
    if cadence.fine and names_hour and "%z" not in "".join(formats) and repeats_hours(schedule.timezone):
        return (
            f"and the clocks of {schedule.timezone} show some hours twice, so that two intervals have one folder: use {{process_start_utc:…}}, "
            "or %z in the format"
        )
    return None
