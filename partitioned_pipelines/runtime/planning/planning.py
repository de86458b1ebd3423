"""PlanRun: converts an execution's input into a plan, with every interval, name and URI of the run decided once."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from partitioned_pipelines.lake.function_events.requests import PlanRequest
from partitioned_pipelines.lake.intervals.execution_input import parse_scheduled_time, requires_inputs
from partitioned_pipelines.lake.intervals.instants import format_instant
from partitioned_pipelines.lake.key_layout import scheduled_claim_key
from partitioned_pipelines.lake.runs.interval_mark import IntervalMark, span_text
from partitioned_pipelines.lake.runs.run_facts import build_run_id
from partitioned_pipelines.runtime.conditional_object import claim
from partitioned_pipelines.runtime.decision_log import about, tell
from partitioned_pipelines.runtime.intervals.mark_writer import write_mark
from partitioned_pipelines.runtime.planning.run_plan import RunPlan
from partitioned_pipelines.runtime.planning.step_inputs import StepInputs

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mypy_boto3_glue import GlueClient
    from mypy_boto3_s3 import S3Client

    from partitioned_pipelines.lake.function_events.payloads import Plan, StepPlan
    from partitioned_pipelines.lake.function_events.requests import PlannedStep
    from partitioned_pipelines.lake.runs.usage import CallUsage


class LateInputsError(RuntimeError):
    """A run has waited until its deadline, and not all of its inputs are there."""


def plan_run(
    event: Mapping[str, Any],
    s3: S3Client,
    *,
    glue: Callable[[], GlueClient] | None = None,
    sleep: Callable[[float], None] = time.sleep,
    usage: Callable[[], CallUsage] | None = None,
) -> Plan:
    """Plan a run.

    The claim of a scheduled event is the last step, after everything that can fail: a failed plan leaves no claim, so that another
    delivery of the event, or a new execution with the same input, can still do the work. An execution that repeats PlanRun, in a retry or
    a redrive, finds its own claim.

    Parameters
    ----------
    event
        PlanRun's payload: ``spec``, ``execution`` and ``input``.
    glue
        Creates a Data Catalog client, if a step reads a table.
    usage
        Returns the usage of this call so far.

    Returns
    -------
    dict
        ``outcome`` is ``run``, or ``duplicate`` or ``missing_input`` with a ``reason``; ``run_id``, ``started_at``, ``interval``,
        ``process_start``, ``process_end`` and, where they fit, ``process_date`` and ``process_hour``; ``usage``; for a run the URI of its
        ``inputs_record``, if its receipts name one, and the ``steps``, each with its resolved ``inputs``, ``arguments``, ``environment`` and
        ``outputs``.

    Raises
    ------
    InvalidIntervalError
        If the input does not define an interval, or a template has ``{process_date}`` and the interval has several days.
    UnknownTimezoneError
        If the schedule's timezone is not in the time zone database.
    LateInputsError
        If the execution's input requires that all that the run waits for is there, and it is not.
    MissingInputError
        If an input's URI or table has no data, and the step does not skip missing input.
    ManifestError
        If a table's files cannot be passed to a job.
    """
    request = PlanRequest.from_event(event)
    run_id = build_run_id(request.execution_start, request.execution_arn)
    with about(pipeline=request.pipeline, run_id=run_id, execution=request.execution_arn):
        answer = _plan(request, run_id, s3, glue, sleep)
        tell(
            "planned" if answer["outcome"] == "run" else answer["outcome"],
            reason=answer.get("reason"),
            process_start=answer["process_start"],
            process_end=answer["process_end"],
            steps=len(answer.get("steps", {})),
        )
    return {**answer, "usage": usage().text() if usage else ""}


def _plan(
    request: PlanRequest,
    run_id: str,
    s3: S3Client,
    glue: Callable[[], GlueClient] | None,
    sleep: Callable[[float], None],
) -> Plan:
    plan = RunPlan(request.rule.interval_of(request.execution_input), request.lake_bucket, run_id)
    facts = {
        "outcome": "run",
        "run_id": run_id,
        "started_at": format_instant(request.execution_start, "milliseconds"),
        "interval": span_text(plan.interval.start, plan.interval.end),
        **plan.dates,
    }
    answer = cast("Plan", facts)
    if requires_inputs(request.execution_input):
        _require_inputs(request, plan, s3)
    steps = {step.name: _plan_step(plan, step, request) for step in request.steps}
    with StepInputs(plan, request, steps, s3, glue) as inputs:
        inputs.write_manifests()
        missing = inputs.find_missing()
        if missing:
            _mark_skipped(request, plan, run_id, s3)
            return {**answer, "outcome": "missing_input", "reason": missing}
        record = inputs.write_record()
    duplicate = _claim_scheduled_event(request, s3, sleep)
    if duplicate:
        return {**answer, "outcome": "duplicate", "reason": duplicate}
    if record:
        answer["inputs_record"] = record
    return {**answer, "steps": steps}


def _require_inputs(request: PlanRequest, plan: RunPlan, s3: S3Client) -> None:
    """Look again: a redrive of the failed run continues once what was late has come."""
    # Imported here: few runs need them, and each import delays a cold start.
    from partitioned_pipelines.lake.schedule.awaited import awaited_of
    from partitioned_pipelines.lake.schedule.deadline import WAITED_IN_VAIN
    from partitioned_pipelines.runtime.planning.readiness import Readiness

    if late := Readiness(s3, request.lake_bucket, awaited_of(request.awaits), request.arrival).late(plan.interval):
        raise LateInputsError(
            f"the run about {plan.interval} {WAITED_IN_VAIN}: {'; '.join(late)}. Once it is there, continue: pipelines retry "
            f"{request.pipeline}; or run with what is there: pipelines run {request.pipeline} --from {plan.interval.start_text} --to "
            f"{plan.interval.end_text}"
        )


def _mark_skipped(request: PlanRequest, plan: RunPlan, run_id: str, s3: S3Client) -> None:
    mark = IntervalMark(plan.interval.start, plan.interval.end, "skipped", run_id)
    for database_name, table_name in request.marked_tables:
        write_mark(s3, request.lake_bucket, database_name, table_name, mark)


def _plan_step(plan: RunPlan, step: PlannedStep, request: PlanRequest) -> StepPlan:
    """Resolve a step's templates."""
    resolve = partial(plan.resolve, what=f"step {step.name!r}")
    read = resolve
    if request.one_input_for_all_intervals:
        read = partial(plan.resolve_input, what=f"step {step.name!r}", calendar=request.rule.calendar)
    return {
        "job_stem": step.job_stem,
        "inputs": {
            **{name: read(uri) for name, uri in step.inputs.items()},
            **{name: resolve(entry.manifest) for name, entry in step.table_inputs.items()},
        },
        "arguments": [resolve(argument) for argument in step.arguments],
        "environment": {**step.environment, **plan.environment},
        "outputs": {name: resolve(prefix) for name, prefix in step.outputs.items()},
    }


def _claim_scheduled_event(request: PlanRequest, s3: S3Client, sleep: Callable[[float], None]) -> str | None:
    """Claim the event that started the execution; return a reason if another execution owns it."""
    execution_input = request.execution_input
    if not isinstance(execution_input, dict) or "scheduled_time" not in execution_input:
        return None  # a manually started run may repeat another run
    scheduled_time = format_instant(parse_scheduled_time(execution_input["scheduled_time"]))
    key = scheduled_claim_key(request.pipeline, scheduled_time)
    owner = claim(s3, request.lake_bucket, key, request.execution_arn, sleep=sleep)
    if owner == request.execution_arn:
        return None
    return (
        f"the event scheduled for {scheduled_time} belongs to {owner}: redrive that execution, "
        'or start one with {"date": …} or {"from": …, "to": …} to process the interval again'
    )
