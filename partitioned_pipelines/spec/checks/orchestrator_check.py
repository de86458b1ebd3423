"""The rules for an orchestrator: rejects what it cannot do, with the reason."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

from partitioned_pipelines.lake.schedule.interval_rule import schedule_spec
from partitioned_pipelines.spec.model.inputs import StepInput
from partitioned_pipelines.spec.model.orchestrators import DEFAULT_ORCHESTRATOR, ORCHESTRATORS
from partitioned_pipelines.spec.model.table import Registration

if TYPE_CHECKING:
    from partitioned_pipelines.spec.files.yaml_source import Findings
    from partitioned_pipelines.spec.model.pipeline import PipelineEntry, StepEntry

_OR = f"or remove orchestrator, to use {ORCHESTRATORS[DEFAULT_ORCHESTRATOR].title}"


def check_orchestrator(pipeline: PipelineEntry, findings: Findings) -> None:
    """Check that the orchestrator supports what the pipeline uses."""
    facts = ORCHESTRATORS[pipeline.orchestrator]
    for index, step in enumerate(pipeline.steps):
        if step.retries and facts.why_no_retries:
            message = f"is {step.retries}, and {facts.why_no_retries}: remove it, {_OR}"
            findings.add(("steps", index, "retries"), message)
    for index, table in enumerate(pipeline.tables):
        if why := facts.why_not_registered.get(table.registration):
            others = [way for way in get_args(Registration) if way not in facts.why_not_registered]
            message = f"is {table.registration!r}, and {why}: use {' or '.join(others)}, {_OR}"
            findings.add(("tables", index, "registration"), message)
    if (limit := facts.planned_texts) is None:
        return
    of_the_run = limit.of_the_run(schedule_spec(pipeline.schedule))
    needed = of_the_run + sum(map(_planned_texts, pipeline.steps))
    if needed > limit.most:
        message = (
            f"have {needed} values that PlanRun passes on (S3 and table inputs, outputs, arguments, and {of_the_run} of the run), and "
            f"{limit.carrier} passes on {limit.most}: move literal arguments to environment, {_OR}"
        )
        findings.add(("steps",), message)


def _planned_texts(step: StepEntry) -> int:
    """Return the number of strings planned for each run: inputs except other steps' outputs, outputs with Spark's event logs, arguments."""
    read = sum(1 for source in step.inputs.values() if not isinstance(source, StepInput))
    logs = 1 if step.spark and step.spark.event_logs else 0
    return read + max(len(step.outputs), 1) + logs + len(step.arguments)
