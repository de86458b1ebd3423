"""The rules for one pipeline file, beyond keys and types; each error names a valid value."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from partitioned_pipelines.spec.checks.names import RESERVED_PIPELINES, name_problem
from partitioned_pipelines.spec.checks.orchestrator_check import check_orchestrator
from partitioned_pipelines.spec.checks.schedules.freshness_check import check_freshness
from partitioned_pipelines.spec.checks.schedules.schedule_check import check_schedule
from partitioned_pipelines.spec.checks.schedules.start_check import check_arrival
from partitioned_pipelines.spec.checks.steps.network_check import check_network
from partitioned_pipelines.spec.checks.steps.step_check import check_steps
from partitioned_pipelines.spec.checks.table_check import check_table
from partitioned_pipelines.spec.derived.function_specs import notice_tables
from partitioned_pipelines.spec.files.yaml_source import Findings
from partitioned_pipelines.spec.model.limits import LONGEST_NOTICE_TABLES, LONGEST_PIPELINE

if TYPE_CHECKING:
    from pathlib import Path

    from partitioned_pipelines.spec.files.problems import Problem
    from partitioned_pipelines.spec.files.yaml_source import YamlSource
    from partitioned_pipelines.spec.model.pipeline import PipelineEntry


def check_pipeline(pipeline: PipelineEntry, source: YamlSource, project: Path) -> list[Problem]:
    """Return all problems of a pipeline's file."""
    findings = Findings(source)
    findings.add(("name",), name_problem(pipeline.name, LONGEST_PIPELINE))
    if pipeline.name in RESERVED_PIPELINES:
        findings.add(("name",), f"is {pipeline.name!r}, which is reserved for the data lake's stack: choose another")
    if pipeline.schedule is not None:
        check_schedule(pipeline.schedule, findings)
        check_arrival(pipeline, findings)
    check_freshness(pipeline, findings)
    check_steps(pipeline, project, findings)
    check_network(pipeline, findings)
    check_orchestrator(pipeline, findings)
    only_outputs = {step.name: next(iter(step.outputs), step.name) for step in pipeline.steps}
    fed: dict[tuple[str, str], str] = {}
    for index, table in enumerate(pipeline.tables):
        check_table(pipeline, table, ("tables", index), findings)
        output = (table.source.step, table.source.output or only_outputs.get(table.source.step, ""))
        if output in fed:
            findings.add(("tables", index, "source"), f"feeds {fed[output]} already: add an output for each table")
        fed.setdefault(output, table.qualified_name)
    if not findings.problems:
        _check_notices(pipeline, findings)
    return findings.problems


def _check_notices(pipeline: PipelineEntry, findings: Findings) -> None:
    """Check that EventBridge can pass the description of the tables to the function that writes notices."""
    names = {step.name: step.name for step in pipeline.steps}
    described = len(json.dumps(notice_tables(pipeline.tables, names), separators=(",", ":")))
    if described > LONGEST_NOTICE_TABLES:
        findings.add(
            ("tables",),
            f"are {len(pipeline.tables)}, whose description for notices has {described:,} characters: EventBridge passes on "
            f"{LONGEST_NOTICE_TABLES:,}; divide the pipeline into several",
        )
