"""The rules for tables: their names, sources, columns, types and partition keys, and the registration of partitions."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from partitioned_pipelines.lake.intervals.cadence import Cadence
from partitioned_pipelines.lake.schedule.zone_facts import repeats_hours
from partitioned_pipelines.lake.tables.hive_type import INTEGER_BITS
from partitioned_pipelines.lake.time_format import InvalidFormatError, check_format, directives, format_time
from partitioned_pipelines.spec.checks.column_types import column_type_problem
from partitioned_pipelines.spec.checks.names import name_problem
from partitioned_pipelines.spec.checks.schedules.schedule_check import timezones
from partitioned_pipelines.spec.derived.projection import projection_problems
from partitioned_pipelines.spec.files.problems import did_you_mean
from partitioned_pipelines.spec.model.image import SparkImage
from partitioned_pipelines.spec.model.limits import LONGEST_COMMENT, LONGEST_DESCRIPTION, LONGEST_GLUE_NAME

if TYPE_CHECKING:
    from partitioned_pipelines.spec.files.problems import Location
    from partitioned_pipelines.spec.files.yaml_source import Findings
    from partitioned_pipelines.spec.model.pipeline import PipelineEntry, StepEntry, Table

_LAST_MINUTE = datetime(9999, 12, 31, 23, 59, tzinfo=UTC)
_ONLY_IN_PLACE = {
    "msck": "MSCK REPAIR TABLE looks for key=value folders right below the table's location, adds what is new and moves nothing",
    "projection": "Athena works the locations out from the keys' values alone, and a versioned one has the run in it",
}


def check_table(pipeline: PipelineEntry, table: Table, location: Location, findings: Findings) -> None:
    for field in ("database", "name"):
        findings.add((*location, field), name_problem(getattr(table, field), LONGEST_GLUE_NAME))
    findings.add((*location, "description"), _size_problem(table.description, LONGEST_DESCRIPTION))
    _check_source(pipeline, table, location, findings)
    check_registration(table, location, findings)
    _check_lookback(pipeline, table, findings)
    seen: set[str] = set()
    for index, column in enumerate(table.columns):
        place = (*location, "columns", index)
        findings.add((*place, "name"), name_problem(column.name, LONGEST_GLUE_NAME))
        findings.add((*place, "type"), column_type_problem(column.type, table.format))
        findings.add((*place, "comment"), _comment_problem(column.comment))
        if column.name in seen:
            findings.add((*place, "name"), f"is {column.name!r} a second time: choose another name")
        seen.add(column.name)
    for index, key in enumerate(table.partition_keys):
        place = (*location, "partition_keys", index)
        findings.add((*place, "name"), name_problem(key.name, LONGEST_GLUE_NAME))
        findings.add((*place, "comment"), _comment_problem(key.comment))
        if key.name in seen:
            findings.add(
                (*place, "name"),
                f"is {key.name!r} a second time: a key cannot be a column as well; choose another name",
            )
        seen.add(key.name)
        if key.date_format is not None:
            findings.add((*place, "date_format"), _date_format_problem(key.type, key.date_format))
    check_key_times(pipeline, table, location, findings)


def _check_source(pipeline: PipelineEntry, table: Table, location: Location, findings: Findings) -> None:
    steps = {step.name: step for step in pipeline.steps}
    place = (*location, "source")
    step = steps.get(table.source.step)
    if step is None:
        findings.add(place, f"is {table.source.step!r}, which is not a step: {did_you_mean(table.source.step, steps)}")
        return
    check_layout(pipeline, step, table, location, findings)
    outputs = step.outputs or {step.name: ""}
    if table.source.output and table.source.output not in outputs:
        given = table.source.output
        findings.add(
            (*place, "output"), f"is {given!r}, which {step.name} does not have: {did_you_mean(given, outputs)}"
        )
    elif not table.source.output and len(outputs) > 1:
        findings.add(place, f"has several outputs ({', '.join(outputs)}): name one, {{step: {step.name}, output: …}}")


def _check_lookback(pipeline: PipelineEntry, table: Table, findings: Findings) -> None:
    """Check that a lookback, by which each run writes again what earlier runs have published, feeds no in_place table."""
    if pipeline.schedule is None or pipeline.schedule.lookback is None or table.layout != "in_place":
        return
    findings.add(
        ("schedule", "lookback"),
        f"is {pipeline.schedule.lookback}, and {table.qualified_name} is in_place: each run would overwrite published partitions while they "
        "are read, and a failed one would leave them half-written; use layout: versioned, or remove lookback",
    )


def _comment_problem(comment: str) -> str | None:
    """Return an error if a comment is invalid: Glue's pattern allows no line breaks, and a YAML block (|) ends with one."""
    if "\n" in comment:
        return "has a line break, and Glue allows one line: fold it (>-), or shorten it"
    return _size_problem(comment, LONGEST_COMMENT)


def _size_problem(text: str, most: int) -> str | None:
    """Return an error if a string exceeds a Glue limit, in bytes: the API counts characters and the guide bytes, so bytes satisfy both.

    https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-catalog-tables.html
    """
    size = len(text.encode())
    return f"has {size} bytes in UTF-8: use at most {most}" if size > most else None


def check_key_times(pipeline: PipelineEntry, table: Table, location: Location, findings: Findings) -> None:
    """Check ``key_timezone``, and that keys of hourly or finer intervals tell apart the two hours that the clocks repeat."""
    dated = [key.date_format or "" for key in table.partition_keys if key.date_format or key.type == "date"]
    if table.key_timezone is not None and not dated:
        findings.add((*location, "key_timezone"), "is for keys with a date_format, and the table has none: remove it")
    schedule = pipeline.schedule
    if schedule is None or schedule.interval is None or table.key_timezone is not None:
        return
    used = {letter for date_format in dated for letter in directives(date_format)}
    if not Cadence.parse(schedule.interval).fine or "H" not in used or "z" in used:
        return
    # An unknown timezone is another problem of the file.
    if schedule.timezone in timezones() and repeats_hours(schedule.timezone):
        findings.add(
            (*location, "partition_keys"),
            f"cannot tell apart the hours that the clocks of {schedule.timezone} repeat: the second would replace the first. Use "
            "timezone: UTC for the schedule; or key_timezone: UTC for the table, if the script writes UTC; or add the offset to a key's "
            "date_format, '%H%z'",
        )


def _date_format_problem(key_type: str, date_format: str) -> str | None:
    try:
        check_format(date_format, times=True)
    except InvalidFormatError as error:
        return str(error)
    if "%" not in date_format.replace("%%", ""):
        return f"is {date_format!r}, which has no part of a date or time: use one such as '%Y-%m-%d'"
    if key_type == "date" and date_format != "%Y-%m-%d":
        return f"is {date_format!r}: a key of type date requires '%Y-%m-%d'; use type string for another format"
    if key_type in INTEGER_BITS:
        written = format_time(_LAST_MINUTE, date_format)
        if not (written.isascii() and written.isdigit()):
            return f"is {date_format!r}, which a key of type {key_type} can't hold: use digits only, such as '%Y%m%d'"
        if int(written[:40]) >= 2 ** (INTEGER_BITS[key_type] - 1):
            return f"is {date_format!r}, which a key of type {key_type} can't hold: {written} is too large; use type string"
    return None


def check_registration(table: Table, location: Location, findings: Findings) -> None:
    """Check ``registration`` and the options that depend on it."""
    way, place = table.registration, (*location, "registration")
    if way != "lambda":
        if table.layout != "in_place":
            findings.add(place, f"is {way!r}, and {_ONLY_IN_PLACE[way]}: add layout: in_place, or remove registration")
        # Both are options of the run's audit and registration, which these modes skip.
        for field, default in (("on_bad_path", "fail"), ("allow_empty", False)):
            if getattr(table, field) != default:
                message = f"is for registration: lambda, which checks what a run wrote; {way} does not: remove it"
                findings.add((*location, field), message)
    for index, key in enumerate(table.partition_keys):
        here = (*location, "partition_keys", index)
        if way == "projection":
            for field, message in projection_problems(key):
                findings.add((*here, "projection", field) if field else here, message)
        elif key.projection is not None:
            findings.add((*here, "projection"), "is for registration: projection: add that to the table, or remove it")


def check_layout(
    pipeline: PipelineEntry, step: StepEntry, table: Table, location: Location, findings: Findings
) -> None:
    """Check that ``layout`` suits the step that writes the table.

    Spark writes to S3 itself, and each run of an in_place table finds the output of earlier runs. By default Spark then fails; in overwrite
    mode it deletes all partitions before it writes those of its run; in append mode a rerun duplicates its rows. Overwriting only the
    partitions that are written (spark.sql.sources.partitionOverwriteMode: dynamic) is a setting that any write can override:
    https://spark.apache.org/docs/latest/sql-data-sources-load-save-functions.html
    """
    if table.layout != "in_place" or not isinstance(step.image or pipeline.image, SparkImage):
        return
    registration = "" if table.registration == "lambda" else f", without registration: {table.registration}"
    findings.add(
        (*location, "layout"),
        f"is in_place, and the step {step.name!r} is Spark: its second run fails because files exist, or, in the mode overwrite, "
        f"deletes all other partitions; use layout: versioned{registration}",
    )
