"""A project: a folder with ``pipelines/*.yaml`` and an optional ``deployment.yaml``, read and checked as a whole."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from partitioned_pipelines.lake.schedule.interval_rule import schedule_rule
from partitioned_pipelines.spec.checks.pipeline_check import check_pipeline
from partitioned_pipelines.spec.checks.redshift_check import check_redshift
from partitioned_pipelines.spec.checks.schedules.awaited_table_check import check_awaited_tables
from partitioned_pipelines.spec.checks.steps.table_input_check import check_table_inputs
from partitioned_pipelines.spec.derived.awaited_tables import awaited_tables
from partitioned_pipelines.spec.derived.interval_rule import key_timezone
from partitioned_pipelines.spec.derived.job import job_stem
from partitioned_pipelines.spec.files.deployment_file import DeploymentFile, for_local_cloud
from partitioned_pipelines.spec.files.problems import (
    InvalidProjectError,
    Problem,
    UnknownPipelineError,
    did_you_mean,
)
from partitioned_pipelines.spec.files.shape import shape_pipeline
from partitioned_pipelines.spec.files.yaml_source import Findings, YamlSource, read_yaml
from partitioned_pipelines.spec.model.deployment import Deployment
from partitioned_pipelines.spec.model.fields import PROCESSING_FOLDER
from partitioned_pipelines.spec.model.pipeline import Pipeline, Step, StepInput, TableInput, UriInput

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from partitioned_pipelines.spec.files.problems import Location
    from partitioned_pipelines.spec.model.pipeline import Input, PipelineEntry, Table

    _Outputs = Mapping[str, Mapping[str, str]]

DEFAULT_OUTPUT_PATH = f"{PROCESSING_FOLDER}/output"
_FOLDER = "pipelines"


@dataclass(frozen=True, slots=True)
class Project:
    """A valid project: the content of its files.

    Attributes
    ----------
    root
        The project's folder; paths in the files are relative to it.
    pipelines
        Sorted by name. Their tables' databases have the names of the Data Catalog, with the deployment's suffix.
    deployment
        The options of the deployment.
    """

    root: Path
    pipelines: tuple[Pipeline, ...]
    deployment: Deployment = field(default_factory=Deployment)
    _sources: Mapping[str, YamlSource] = field(default_factory=dict, compare=False, repr=False)

    def pipeline(self, name: str) -> Pipeline:
        """Return the pipeline with a name.

        Raises
        ------
        UnknownPipelineError
            If the name is unknown; the message suggests the closest one.
        """
        for pipeline in self.pipelines:
            if pipeline.name == name:
                return pipeline
        known = [pipeline.name for pipeline in self.pipelines]
        raise UnknownPipelineError(f"no pipeline {name!r} in {self.root / _FOLDER}: {did_you_mean(name, known)}")

    def problem(self, pipeline_name: str, location: Location, message: str) -> Problem:
        """Return a problem at a location of a pipeline's file."""
        return self._sources[pipeline_name].problem(location, message)


def load_project(
    project_dir: Path,
    *,
    redshift: bool = False,
    overrides: Mapping[str, str] | None = None,
    local: bool = False,
) -> Project:
    """Read and check every pipeline file of a project, and its deployment.yaml.

    Parameters
    ----------
    redshift
        Whether to check that Redshift Spectrum can read the tables, even if the deployment does not use Redshift.
    overrides
        Options that replace those of the file: prefix, account, region.
    local
        Whether the deployment is for the local cloud.

    Raises
    ------
    InvalidProjectError
        If any file is invalid; it holds all problems.
    InvalidContextError
        If an override is invalid.
    """
    root = project_dir.resolve()
    problems: list[Problem] = []
    file = DeploymentFile(Deployment())
    try:
        file = DeploymentFile.read(root)
    except InvalidProjectError as error:
        problems += error.problems
    deployment = file.replaced(overrides or {})
    read, found = _read_pipelines(root)
    problems += found
    problems += _clashes(read)
    problems += check_table_inputs(read)
    problems += check_awaited_tables(read)
    named = {deployment.database_name(table.database) for entry, _ in read for table in entry.tables}
    if not problems:
        problems += file.database_problems(named)
        problems += file.notify_problems([entry.name for entry, _ in read])
    if (redshift or deployment.redshift) and not problems:
        problems += _unread_by_redshift(read, deployment)
    if problems:
        raise InvalidProjectError(problems)
    entries = [_in_catalog(entry, deployment) for entry, _ in read]
    tables = {table.qualified_name: table for entry in entries for table in entry.tables}
    writers = {table.qualified_name: entry for entry in entries for table in entry.tables}
    pipelines = tuple(sorted((_filled_in(entry, tables, writers) for entry in entries), key=lambda item: item.name))
    sources = {entry.name: source for entry, source in read}
    return Project(root, pipelines, for_local_cloud(deployment) if local else deployment, sources)


def _read_pipelines(root: Path) -> tuple[list[tuple[PipelineEntry, YamlSource]], list[Problem]]:
    """Return the pipeline files that could be read into the model, and the problems of all files."""
    paths = sorted(path for pattern in ("*.yaml", "*.yml") for path in (root / _FOLDER).glob(pattern))
    if not paths:
        message = (
            f"no {_FOLDER}/*.yaml in {root}. Start one: `pipelines new NAME`, or point to a project: `--project DIR`"
        )
        return [], [Problem(f"{_FOLDER}/", 1, "", message)]
    problems: list[Problem] = []
    read: list[tuple[PipelineEntry, YamlSource]] = []
    for path in paths:
        try:
            source = read_yaml(path, path.relative_to(root).as_posix())
            pipeline = shape_pipeline(source)
        except InvalidProjectError as error:
            problems += error.problems
            continue
        problems += check_pipeline(pipeline, source, root)
        read.append((pipeline, source))
    return read, problems


def _unread_by_redshift(read: list[tuple[PipelineEntry, YamlSource]], deployment: Deployment) -> list[Problem]:
    problems = []
    for entry, source in read:
        findings = Findings(source)
        for index, table in enumerate(_in_catalog(entry, deployment).tables):
            check_redshift(table, ("tables", index), findings)
        problems += findings.problems
    return problems


def _clashes(read: list[tuple[PipelineEntry, YamlSource]]) -> list[Problem]:
    """Return problems for names that two files use: of a pipeline, a table, or jobs."""
    problems = []
    names: dict[str, str] = {}
    tables: dict[str, str] = {}
    stems: dict[str, str] = {}
    for entry, source in read:
        stack = entry.name.replace("_", "-").strip("-")
        if stack in names:
            message = f"is {entry.name!r}, and {names[stack]} has a pipeline of that name already: choose another name"
            problems.append(source.problem(("name",), message))
        else:
            problems += _clashing_stems(entry, source, stems)
        names.setdefault(stack, source.file)
        for index, table in enumerate(entry.tables):
            if table.qualified_name in tables:
                message = (
                    f"{table.qualified_name} is written by {tables[table.qualified_name]} already: choose another table"
                )
                problems.append(source.problem(("tables", index, "name"), message))
            tables.setdefault(table.qualified_name, source.file)
    return problems


def _clashing_stems(entry: PipelineEntry, source: YamlSource, stems: dict[str, str]) -> list[Problem]:
    """Return problems for equal short hashes in two files, one case in many millions."""
    problems = []
    for index, step in enumerate(entry.steps):
        claimed = stems.setdefault(job_stem(entry.name, step.name), source.file)
        if claimed != source.file:
            message = f"gives the same job names as a step of {claimed}: choose another"
            problems.append(source.problem(("steps", index, "name"), message))
    return problems


def _in_catalog(entry: PipelineEntry, deployment: Deployment) -> PipelineEntry:
    """Return a pipeline with its databases' names in the Data Catalog."""
    if not deployment.database_suffix:
        return entry

    def named(source: Input) -> Input:
        if not isinstance(source, TableInput):
            return source
        database, _, table = source.table.partition(".")
        return source.model_copy(update={"table": f"{deployment.database_name(database)}.{table}"})

    steps = tuple(
        step.model_copy(update={"inputs": {name: named(source) for name, source in step.inputs.items()}})
        for step in entry.steps
    )
    tables = tuple(
        table.model_copy(update={"database": deployment.database_name(table.database)}) for table in entry.tables
    )
    return entry.model_copy(update={"steps": steps, "tables": tables})


def _filled_in(entry: PipelineEntry, all_tables: Mapping[str, Table], writers: Mapping[str, PipelineEntry]) -> Pipeline:
    """Return a pipeline with the omitted values filled in: default outputs, the pipeline's image, the only output of a step."""
    outputs = {step.name: step.outputs or {step.name: DEFAULT_OUTPUT_PATH} for step in entry.steps}
    steps = tuple(
        Step.model_validate(
            {
                **dict(step),
                "image": step.image or entry.image,
                "outputs": outputs[step.name],
                "inputs": {name: _linked(source, outputs) for name, source in step.inputs.items()},
            }
        )
        for step in entry.steps
    )
    tables = tuple(_sourced(table, outputs) for table in entry.tables)
    read = {source.table: all_tables[source.table] for step in steps for source in step.table_inputs.values()}
    zones = {name: zone for name, table in read.items() if (zone := _foreign_zone(entry, table, writers[name]))}
    filled = {
        **dict(entry),
        "steps": steps,
        "tables": tables,
        "read_tables": read,
        "read_timezones": zones,
        "awaits": awaited_tables(entry, all_tables, writers),
    }
    return Pipeline.model_validate(filled)


def _foreign_zone(reader: PipelineEntry, table: Table, writer: PipelineEntry) -> str | None:
    """Return the timezone of a table's keys if it differs from the reader's.

    None as well if both read and write days, without ``interval``: their keys are compared as dates, whatever the timezones.
    """
    zone = key_timezone(table, writer.schedule)
    exact = table.key_timezone is not None or any(one.schedule and one.schedule.interval for one in (reader, writer))
    return zone if exact and zone != schedule_rule(reader.schedule).calendar.clock.timezone else None


def _linked(source: Input, outputs: _Outputs) -> Input:
    if isinstance(source, UriInput) and source.distribution == "replicated":
        return source.uri  # the long form of a plain URI
    if not isinstance(source, StepInput) or source.output:
        return source
    return source.model_copy(update={"output": _only_output(outputs[source.step])})


def _sourced(table: Table, outputs: _Outputs) -> Table:
    if table.source.output:
        return table
    output = _only_output(outputs[table.source.step])
    return table.model_copy(update={"source": table.source.model_copy(update={"output": output})})


def _only_output(outputs: Mapping[str, str]) -> str:
    (output,) = outputs
    return output
