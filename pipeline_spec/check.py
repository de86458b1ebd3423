"""The rules that one file must keep, beyond keys and types; each finding says what would be right."""

from __future__ import annotations

import zoneinfo
from typing import TYPE_CHECKING

from partitions.placeholders import InvalidPlaceholderError, check_date_format
from pipeline_spec.column_types import column_type_problem
from pipeline_spec.cron import cron_problem
from pipeline_spec.names import RESERVED_PIPELINES, name_problem
from pipeline_spec.problems import did_you_mean, field_name
from pipeline_spec.shape import short_form
from pipeline_spec.step_check import check_steps

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline_spec.model import Pipeline, Table
    from pipeline_spec.problems import Location, Problem
    from pipeline_spec.yaml_source import YamlSource

_LONGEST_PIPELINE = 40  # `<prefix>-<name>` names the stack, the schedule (64) and the log group
_LONGEST_GLUE_NAME = 255


class Findings:
    """Collects problems of one file."""

    def __init__(self, source: YamlSource) -> None:
        self._source = source
        self.problems: list[Problem] = []

    def add(self, location: Location, message: str | None) -> None:
        """Note what is wrong at a location; None is nothing."""
        if message is not None:
            shown = short_form(self._source, location)
            self.problems.append(self._source.problem(shown, message, field_name(shown)))


def check_pipeline(pipeline: Pipeline, source: YamlSource, project: Path) -> list[Problem]:
    """Give all that is wrong with a pipeline's file."""
    findings = Findings(source)
    findings.add(("name",), name_problem(pipeline.name, _LONGEST_PIPELINE))
    if pipeline.name in RESERVED_PIPELINES:
        findings.add(("name",), f"is {pipeline.name!r}, which is the name of the lake's own stack: choose another")
    if pipeline.schedule is not None:
        findings.add(("schedule", "cron"), cron_problem(pipeline.schedule.cron))
        findings.add(("schedule", "timezone"), _timezone_problem(pipeline.schedule.timezone))
    check_steps(pipeline, project, findings)
    fed: dict[tuple[str, str], str] = {}
    for index, table in enumerate(pipeline.tables):
        _check_table(pipeline, table, ("tables", index), findings)
        output = (table.source.step, table.source.output or table.source.step)
        if output in fed:
            findings.add(
                ("tables", index, "source"), f"feeds {fed[output]} already: give each table an output of its own"
            )
        fed.setdefault(output, table.qualified_name)
    return findings.problems


def _timezone_problem(name: str) -> str | None:
    known = zoneinfo.available_timezones()
    return None if name in known else f"is {name!r}, which is no IANA timezone: {did_you_mean(name, known)[:200]}"


def _check_table(pipeline: Pipeline, table: Table, location: Location, findings: Findings) -> None:
    for field in ("database", "name"):
        findings.add((*location, field), name_problem(getattr(table, field), _LONGEST_GLUE_NAME))
    _check_source(pipeline, table, location, findings)
    seen: set[str] = set()
    for index, column in enumerate(table.columns):
        place = (*location, "columns", index)
        findings.add((*place, "name"), name_problem(column.name, _LONGEST_GLUE_NAME))
        findings.add((*place, "type"), column_type_problem(column.type, nested=table.format == "parquet"))
        if column.name in seen:
            findings.add((*place, "name"), f"is {column.name!r} a second time: column names are unique")
        seen.add(column.name)
    for index, key in enumerate(table.partition_keys):
        place = (*location, "partition_keys", index)
        findings.add((*place, "name"), name_problem(key.name, _LONGEST_GLUE_NAME))
        if key.name in seen:
            findings.add((*place, "name"), f"is {key.name!r} a second time: a key is no column, and names are unique")
        seen.add(key.name)
        if key.date_format is not None:
            findings.add((*place, "date_format"), _date_format_problem(key.type, key.date_format))


def _check_source(pipeline: Pipeline, table: Table, location: Location, findings: Findings) -> None:
    steps = {step.name: step for step in pipeline.steps}
    place = (*location, "source")
    step = steps.get(table.source.step)
    if step is None:
        findings.add(place, f"is {table.source.step!r}, which is no step: {did_you_mean(table.source.step, steps)}")
        return
    outputs = step.outputs or {step.name: ""}
    if table.source.output and table.source.output not in outputs:
        given = table.source.output
        findings.add(
            (*place, "output"), f"is {given!r}, which {step.name} does not have: {did_you_mean(given, outputs)}"
        )
    elif not table.source.output and len(outputs) > 1:
        findings.add(place, f"has several outputs ({', '.join(outputs)}): name one, {{step: {step.name}, output: …}}")


def _date_format_problem(key_type: str, date_format: str) -> str | None:
    try:
        check_date_format(date_format)
    except InvalidPlaceholderError as error:
        return str(error)
    if "%" not in date_format.replace("%%", ""):
        return f"is {date_format!r}, which has no part of a date: give one such as '%Y-%m-%d'"
    if key_type == "date" and date_format != "%Y-%m-%d":
        return f"is {date_format!r}: values of a key of type date are written '%Y-%m-%d'; make the key a string for another"
    digits_only = date_format
    for directive in ("%Y", "%y", "%m", "%d", "%j", "%G", "%V", "%u"):
        digits_only = digits_only.replace(directive, "0")
    if key_type not in {"string", "date"} and not digits_only.isdigit():
        return f"is {date_format!r}, which a key of type {key_type} can't hold: use digits only, such as '%Y%m%d'"
    return None
